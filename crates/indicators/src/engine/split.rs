//! Breakdowns made ready.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive;

use crate::Source;
use crate::day::{DayNumber, DayRule, Moment, completed_years};
use crate::definition::{Bands, Breakdown};
use crate::field::{Field, Names, Root, Row};
use crate::places::Places;
use crate::reason::Reason;
use crate::reference;
use crate::scan::Raw;

/// The oldest age that is believed.
const OLDEST: i64 = 120;

/// A breakdown for one kind of records.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Split {
    /// What it was made of: two definitions that ask the same share it.
    pub(super) identity: (Source, Option<String>, String, Breakdown),
    by: By,
    /// The options that are known beforehand, in the order in which they are shown.
    pub(super) options: Vec<String>,
    other: Option<u32>,
    missing: Option<u32>,
    /// The list in the cube that takes the options that are met.
    pub(super) open: Option<usize>,
    pub(super) of_element: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum By {
    Age(AgeFields, Bands, Vec<u32>),
    Number(Field, Bands, Vec<u32>),
    Listed(Field, BTreeMap<String, u32>),
    Open(Field),
    Level(Field, String),
}

/// What the age in years follows from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AgeFields {
    age: Field,
    birth: Field,
    at: Field,
}

/// The option of a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Chosen<'r> {
    /// A known one.
    Listed(u32),
    /// One that is met, by its text.
    Met(Cow<'r, str>),
}

impl Split {
    pub(super) fn new(
        name: &str,
        breakdown: &Breakdown,
        names: &mut Names<'_>,
        n_open: &mut usize,
    ) -> Result<Self, String> {
        let mut options: Vec<String> = Vec::new();
        let mut option = |text: &str| {
            let place = options.iter().position(|known| known == text).unwrap_or_else(|| {
                options.push(text.to_owned());
                options.len() - 1
            });
            u32::try_from(place).unwrap_or(u32::MAX)
        };
        let given =
            [breakdown.bands.is_some(), breakdown.values.is_some(), breakdown.level.is_some()];
        if given.into_iter().filter(|given| *given).count() > 1 {
            return Err(format!(
                "the breakdown `{name}` has more than one of `bands`, `values` and `level`"
            ));
        }
        let of = age_of(&breakdown.field);
        let by = match (&breakdown.bands, &breakdown.values, &breakdown.level) {
            (Some(bands), _, _) => {
                let places = bands.bands().iter().map(|band| option(&band.option)).collect();
                match of {
                    Some(of) => By::Age(
                        AgeFields::new(of, breakdown.at.as_deref(), names),
                        bands.clone(),
                        places,
                    ),
                    None => By::Number(names.field(&breakdown.field), bands.clone(), places),
                }
            }
            (_, Some(values), _) => By::Listed(
                names.field(&breakdown.field),
                values
                    .iter()
                    .map(|(value, text)| {
                        let id = reference::full_id(names.source, &breakdown.field, value);
                        (id.into_owned(), option(text))
                    })
                    .collect(),
            ),
            (_, _, Some(level)) => By::Level(names.field(&breakdown.field), level.clone()),
            (None, None, None) => By::Open(names.field(&breakdown.field)),
        };
        let other = breakdown.other.as_deref().map(&mut option);
        let missing = breakdown.missing.as_deref().map(&mut option);
        let open = matches!(by, By::Open(_) | By::Level(..)).then(|| {
            *n_open += 1;
            *n_open - 1
        });
        let of_element = match &by {
            By::Number(field, ..)
            | By::Listed(field, _)
            | By::Open(field)
            | By::Level(field, _) => field.root == Root::Element,
            By::Age(..) => false,
        };
        let each = names.each.map(str::to_owned);
        Ok(Self {
            identity: (names.source, each, name.to_owned(), breakdown.clone()),
            by,
            options,
            other,
            missing,
            open,
            of_element,
        })
    }

    /// The option of a record, or why it has none.
    pub(super) fn choose<'r>(
        &self,
        row: &Row<'r>,
        places: &Places,
        rule: &DayRule,
    ) -> Result<Chosen<'r>, Reason> {
        let missing = || self.missing.map(Chosen::Listed).ok_or(Reason::MissingCategory);
        let other = || self.other.map(Chosen::Listed).ok_or(Reason::OtherCategory);
        match &self.by {
            By::Age(fields, bands, options) => match fields.years(row, rule) {
                Some(years) => {
                    bands.find(years).map_or_else(other, |band| Ok(Chosen::Listed(options[band])))
                }
                None => missing(),
            },
            By::Number(field, bands, options) => {
                let Some(value) = row.first(field) else { return missing() };
                let number = value.as_number_or_numeric_text();
                let band = number.and_then(|n| n.floor().to_i64()).and_then(|n| bands.find(n));
                band.map_or_else(other, |band| Ok(Chosen::Listed(options[band])))
            }
            By::Listed(field, options) => {
                let Some(value) = row.first(field).and_then(scalar) else { return missing() };
                let option = options.get(value.as_ref());
                option.map_or_else(other, |option| Ok(Chosen::Listed(*option)))
            }
            By::Open(field) => {
                let Some(value) = row.first(field).and_then(scalar) else { return missing() };
                Ok(self.named(match value {
                    Cow::Borrowed(id) => {
                        Cow::Borrowed(reference::short_name(self.identity.0, &field.written, id))
                    }
                    owned => owned,
                }))
            }
            By::Level(field, level) => {
                let Some(value) = row.first(field).and_then(scalar) else { return missing() };
                let location = places.find(value.as_bytes());
                let above = location.and_then(|location| places.at_level(location, level));
                above.map_or_else(other, |n| {
                    Ok(self.named(Cow::Owned(places.location(n).id.clone())))
                })
            }
        }
    }

    /// The text of an option.
    pub(super) fn text(&self, chosen: &Chosen<'_>) -> String {
        match chosen {
            Chosen::Listed(option) => {
                self.options.get(*option as usize).cloned().unwrap_or_default()
            }
            Chosen::Met(text) => text.to_string(),
        }
    }

    /// A text that is met may equal an option that is known, such as that for "missing".
    fn named<'r>(&self, text: Cow<'r, str>) -> Chosen<'r> {
        match self.options.iter().position(|option| *option == text) {
            Some(known) => Chosen::Listed(u32::try_from(known).unwrap_or(u32::MAX)),
            None => Chosen::Met(text),
        }
    }
}

/// Whether a field with bands means the age in years, and of whom: the prefix of the person.
fn age_of(field: &str) -> Option<&str> {
    let of = field.strip_suffix(".years").unwrap_or(field).strip_suffix("age")?;
    (of.is_empty() || matches!(of, "person." | "source." | "target.")).then_some(of)
}

impl AgeFields {
    pub(crate) fn new(of: &str, at: Option<&str>, names: &mut Names<'_>) -> Self {
        for part in ["years", "months"] {
            names.need(&format!("{of}age.{part}"));
        }
        let at = at.map_or_else(|| format!("{of}dateOfReporting"), str::to_owned);
        Self {
            age: names.list(&format!("{of}age")),
            birth: names.field(&format!("{of}dob")),
            at: names.field(&at),
        }
    }

    /// The age in completed years, if it is known and possible.
    pub(crate) fn years(&self, row: &Row<'_>, rule: &DayRule) -> Option<i64> {
        self.stated_years(row, rule).filter(|years| (0..=OLDEST).contains(years))
    }

    /// The age in completed years as the record has it, possible or not.
    pub(crate) fn stated_years(&self, row: &Row<'_>, rule: &DayRule) -> Option<i64> {
        if let Some(age) = row.first(&self.age) {
            let number = |name| age.field(name).and_then(Raw::as_number_or_numeric_text);
            if let Some(years) = number("years") {
                return years.floor().to_i64();
            }
            if number("months").is_some() {
                return Some(0);
            }
        }
        let day = |field| -> Option<DayNumber> {
            Some(rule.day_of(Moment::parse(row.first(field)?.quoted()?)?))
        };
        completed_years(day(&self.birth)?, day(&self.at)?).map(i64::from)
    }
}

/// A text, number or truth value as text; nothing for an object or an empty text.
fn scalar(value: Raw<'_>) -> Option<Cow<'_, str>> {
    match value.0.first()? {
        b'"' => value.as_text().filter(|text| !text.is_empty()),
        b'{' | b'[' => None,
        _ => std::str::from_utf8(value.0).ok().map(Cow::Borrowed),
    }
}
