//! Headings of which nobody has said what they mean, for the person who can.

use indicators::{Source, names_of_field};

use super::columns::Columns;
use super::header::{self, Step};
use super::shape::Shape;
use super::unfit::Unfit;
use crate::places::fold;

/// How many headings are listed.
const LISTED: usize = 12;
/// How alike a heading and the name of a field must be, of 1, to be proposed.
const ALIKE: f64 = 0.75;

/// Refuses a table whose headings do not say what an indicator needs, or say one thing twice.
pub(super) fn check(
    shape: &Shape,
    headings: &[String],
    paths: &[Option<Vec<Step>>],
    columns: &Columns,
) -> Result<(), Unfit> {
    for (n, path) in paths.iter().enumerate() {
        let twice = path.is_some().then(|| paths[..n].iter().position(|other| other == path));
        if let Some(other) = twice.flatten() {
            let field = header::name(path.as_deref().unwrap_or_default());
            return Err(Unfit::new(
                format!("two columns are `{field}`, and only one can be counted from"),
                "take one of their lines out of headings.csv, or export again",
            )
            .at("columns", format!("{}\n{}", headings[other], headings[n])));
        }
    }
    let unknown = || {
        let all = headings.iter().zip(paths);
        all.filter(|(_, path)| path.is_none()).map(|(heading, _)| heading.as_str())
    };
    if !paths.iter().flatten().any(|path| header::name(path) == "id") {
        return Err(refused(shape, unknown(), "no column is the record's `id`".to_owned(), "id"));
    }
    // Of several addresses, one is where somebody lives: its type says which.
    let has = |field: &str| paths.iter().flatten().any(|path| header::name(path) == field);
    if shape.needs.has("addresses") && has("addresses.locationId") && !has("addresses.typeId") {
        let what = "no heading is known to be `addresses.typeId`, which says where somebody lives";
        return Err(refused(shape, unknown(), what.to_owned(), "addresses.typeId"));
    }
    match shape.needs.missing(columns) {
        // Where every heading is understood, the export lacks the column.
        Some((missing, indicator)) if unknown().next().is_some() => {
            let what =
                format!("no heading is known to be `{missing}`, which \"{indicator}\" needs");
            Err(refused(shape, unknown(), what, missing))
        }
        _ => Ok(()),
    }
}

/// The problem of a file of which no heading is known.
pub(super) fn all<'h>(shape: &Shape, headings: impl IntoIterator<Item = &'h str>) -> Unfit {
    let what = "the headings are not those of fields, nor English ones of cases: nothing says what a column is";
    let headings = headings.into_iter().filter(|heading| shape.headings.path(heading).is_none());
    let refused = refused(shape, headings, what.to_owned(), "FIELD");
    // What an export does not have is put together from addresses; an event has one, persons have a list.
    let other = if shape.source == Source::Events { "addresses." } else { "address." };
    let is_in_exports = |field: &&str| {
        !["id", "usualPlaceOfResidenceLocationId"].contains(field) && !field.starts_with(other)
    };
    let needed: Vec<&str> = shape.needs.by_indicators().into_iter().filter(is_in_exports).collect();
    if needed.is_empty() { refused } else { refused.at("needed", needed.join(", ")) }
}

/// Lists the headings, those first for which a field can be proposed.
fn refused<'h>(
    shape: &Shape,
    headings: impl IntoIterator<Item = &'h str>,
    what: String,
    field: &str,
) -> Unfit {
    let mut headings: Vec<(&str, Option<String>)> = headings
        .into_iter()
        .filter(|heading| !heading.is_empty())
        .map(|heading| (heading, nearest(shape, heading)))
        .collect();
    headings.sort_by_key(|(_, field)| field.is_none());
    let mut lines: Vec<String> = headings
        .iter()
        .take(LISTED)
        .map(|(heading, field)| match field {
            Some(field) => format!("{heading} (is it `{field}`?)"),
            None => (*heading).to_owned(),
        })
        .collect();
    if headings.len() > LISTED {
        lines.push(format!("and {} more", headings.len() - LISTED));
    }
    Unfit::new(
        what,
        format!(
            "export again with \"Use database column names\" and \"Don't translate values\"; or say in a file \
             headings.csv in the same folder what the headings mean, with a line for each that is needed:\n\
             heading,field\nHEADING,{field}"
        ),
    )
    .at("unknown", lines.join("\n"))
}

/// The field that a heading is most like: by its own name, by the headings that are known, and by what people call it
/// in four languages.
fn nearest(shape: &Shape, heading: &str) -> Option<String> {
    let (words, _) = heading.rsplit_once(" [").unwrap_or((heading, ""));
    let words = fold(words);
    let needed = shape.needs.by_indicators().into_iter().map(str::to_owned);
    let known = shape.headings.all().map(|(_, field)| field);
    let fields = needed.chain(known.filter(|field| !field.ends_with(header::ID_BESIDE)));
    let names = fields.flat_map(|field| {
        let said = names_of_field(shape.source, &field).map(|name| without_article(&fold(name)));
        let mut names: Vec<String> = said.collect();
        names.push(fold(&apart(&field)));
        names.into_iter().map(move |name| (name, field.clone()))
    });
    let headings = shape.headings.all().map(|(heading, field)| (fold(heading), field));
    names
        .chain(headings)
        .map(|(name, field)| (strsim::normalized_damerau_levenshtein(&words, &name), field))
        .filter(|(alike, _)| *alike >= ALIKE)
        // The first of those that are as near: the fields that are needed come first.
        .reduce(|best, other| if other.0 > best.0 { other } else { best })
        .map(|(_, field)| field)
}

/// `dateOfReporting` as `date Of Reporting`.
fn apart(field: &str) -> String {
    let mut words = String::new();
    for c in field.chars() {
        if c.is_uppercase() {
            words.push(' ');
        }
        words.push(c);
    }
    words
}

fn without_article(name: &str) -> String {
    const ARTICLES: [&str; 13] =
        ["the", "le", "la", "les", "l", "el", "los", "las", "o", "a", "os", "as", "lo"];
    match name.split_once(' ') {
        Some((article, rest)) if ARTICLES.contains(&article) => rest.to_owned(),
        _ => name.to_owned(),
    }
}
