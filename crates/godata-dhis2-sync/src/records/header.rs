//! What the columns of a CSV export mean.
//!
//! Go.Data's exporter (2.50.3, `components/exportHelper.js`) flattens a record so, with database columns:
//!
//! | Field | Column |
//! |---|---|
//! | `classification` | `classification` |
//! | `age.years` | `age age.years`: the parents, then the whole path |
//! | `dateRanges[0].startDate` | `dateRanges startDate [1]` |
//! | answer 1 to question `q`, its date | `q [MV 1]`, `q [MD 1]`; of several choices `q [MV 1] 1`, `q [MV 1] 2` |
//! | the id of a place, if values are translated | `addresses locationId ID [1]`, in the user's language |
//! | codes, levels and parents of a place | `addresses locationId [1] Parent location [2]` and the like: not needed |
//!
//! Paths with dots and places in brackets, as other tools write them (`dateRanges[0].startDate`), are understood too.

/// One step from a record to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A field of an object.
    Field(String),
    /// An element of a list, from 0.
    Item(usize),
}

/// The field beside a place that holds its id where the place itself is given by name.
pub(super) const ID_BESIDE: &str = " ID";

/// No list of a record is as long; a header is not to make memory.
const MOST_ITEMS: usize = 10_000;

/// The way to the value of a column; `None` for one that no figure needs.
pub(super) fn path(heading: &str) -> Option<Vec<Step>> {
    let heading = heading.trim();
    if let Some(answer) = answer(heading) {
        return Some(answer);
    }
    let (words, item) = numbered(heading);
    let words: Vec<&str> = words.split_whitespace().collect();
    match (words.as_slice(), item) {
        ([], _) => None,
        ([list, field], Some(item)) => Some(element(list, item, field)),
        // Beside a place: a word in the user's language.
        ([list, place, other @ ..], Some(item)) if is_place(place) && no_bracket(other) => {
            Some(element(list, item, &format!("{place}{ID_BESIDE}")))
        }
        ([one], None) => dotted(one),
        ([parents @ .., last], None)
            if last.rsplit_once('.').is_some_and(|(above, _)| above == parents.join(".")) =>
        {
            dotted(last)
        }
        ([place, other @ ..], None) if is_place(place) && no_bracket(other) => {
            dotted(&format!("{place}{ID_BESIDE}"))
        }
        _ => None,
    }
}

/// The path without places in lists: `dateRanges.startDate`.
pub(super) fn name(path: &[Step]) -> String {
    let fields: Vec<&str> = path
        .iter()
        .filter_map(|step| match step {
            Step::Field(name) => Some(name.as_str()),
            Step::Item(_) => None,
        })
        .collect();
    fields.join(".")
}

/// Whether a field holds the id of a place.
pub(super) fn is_place(field: &str) -> bool {
    field.ends_with("locationId") || field.ends_with("LocationId")
}

fn no_bracket(words: &[&str]) -> bool {
    !words.iter().any(|word| word.contains(['[', ']', '.']))
}

/// `a b [3]` as `a b` and 2.
fn numbered(heading: &str) -> (&str, Option<usize>) {
    let cut = || {
        let (words, number) = heading.strip_suffix(']')?.rsplit_once(" [")?;
        Some((words, index(number)?))
    };
    cut().map_or((heading, None), |(words, item)| (words, Some(item)))
}

/// A place in a list, counted from 1 in headings.
fn index(number: &str) -> Option<usize> {
    let item = number.parse::<usize>().ok()?.checked_sub(1)?;
    (item < MOST_ITEMS).then_some(item)
}

fn element(list: &str, item: usize, field: &str) -> Vec<Step> {
    let mut path = vec![Step::Field(list.to_owned()), Step::Item(item)];
    path.extend(field.split('.').map(|name| Step::Field(name.to_owned())));
    path
}

/// `a.b`, `a[0].b`.
fn dotted(text: &str) -> Option<Vec<Step>> {
    let mut path = Vec::new();
    for part in text.split('.') {
        let (name, item) = match part.strip_suffix(']').and_then(|part| part.split_once('[')) {
            Some((name, item)) => (name, Some(item.parse().ok().filter(|n| *n < MOST_ITEMS)?)),
            None => (part, None),
        };
        if name.is_empty() || name.contains(['[', ']']) {
            return None;
        }
        path.push(Step::Field(name.to_owned()));
        path.extend(item.map(Step::Item));
    }
    Some(path)
}

/// The column of an answer. Where two questions have one text, the exporter adds the variable in parentheses.
fn answer(heading: &str) -> Option<Vec<Step>> {
    let (question, rest) = heading.rsplit_once(" [M")?;
    let (kind, rest) = rest.split_at_checked(1)?;
    let (number, rest) = rest.strip_prefix(' ')?.split_once(']')?;
    let item = index(number)?;
    let rest = rest.trim();
    let (choice, variable) = match rest.split_once('(') {
        Some((choice, variable)) => (choice.trim(), variable.strip_suffix(')')?),
        None => (rest, question),
    };
    let below = match kind {
        "V" => "value",
        "D" => "date",
        _ => return None,
    };
    let mut path = vec![
        Step::Field("questionnaireAnswers".to_owned()),
        Step::Field(variable.to_owned()),
        Step::Item(item),
        Step::Field(below.to_owned()),
    ];
    if !choice.is_empty() {
        path.push(Step::Item(index(choice)?));
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the comments above write paths.
    fn shown(heading: &str) -> Option<String> {
        let mut text = String::new();
        for step in path(heading)? {
            match step {
                Step::Field(name) if text.is_empty() => text.push_str(&name),
                Step::Field(name) => text.push_str(&format!(".{name}")),
                Step::Item(item) => text.push_str(&format!("[{item}]")),
            }
        }
        Some(text)
    }

    #[test]
    fn every_form_of_a_column_is_understood() {
        for (heading, path) in [
            ("_id", "_id"),
            ("classification", "classification"),
            ("age age.years", "age.years"),
            ("age.years", "age.years"),
            ("person address person.address.locationId", "person.address.locationId"),
            ("dateRanges startDate [1]", "dateRanges[0].startDate"),
            ("dateRanges[0].startDate", "dateRanges[0].startDate"),
            ("addresses geoLocation.lat [12]", "addresses[11].geoLocation.lat"),
            ("addresses locationId ID [2]", "addresses[1].locationId ID"),
            ("addresses locationId ID de lieu [2]", "addresses[1].locationId ID"),
            ("deathLocationId ID", "deathLocationId ID"),
            ("address.locationId ID", "address.locationId ID"),
            ("hcw [MV 1]", "questionnaireAnswers.hcw[0].value"),
            ("hcw [MD 2]", "questionnaireAnswers.hcw[1].date"),
            ("symptoms [MV 1] 3", "questionnaireAnswers.symptoms[0].value[2]"),
            ("Any fever? [MV 1] (fever)", "questionnaireAnswers.fever[0].value"),
            ("Symptoms [MV 1] 3 (symptoms)", "questionnaireAnswers.symptoms[0].value[2]"),
        ] {
            assert_eq!(shown(heading).as_deref(), Some(path), "{heading}");
        }
    }

    #[test]
    fn columns_about_places_are_passed_over() {
        for heading in [
            "",
            "addresses locationId Identifiers [1] Identifier [2]",
            "addresses locationId [1] Location geographical level [1]",
            "addresses locationId [1] Parent location [4]",
            "deathLocationId Identifiers Identifier [1]",
            "deathLocationId Parent location [1]",
            "a[99999999999].b",
            "q [MV 0]",
            "q [MX 1]",
        ] {
            assert_eq!(shown(heading), None, "{heading}");
        }
    }
}
