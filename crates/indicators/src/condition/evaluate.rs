//! Conditions asked of records, with the server's meaning.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use regex::Regex;
use rust_decimal::Decimal;

use super::Order;
use crate::day::{DayRule, Moment};
use crate::field::{Field, Row, UNCLEAR};
use crate::scan::Raw;

/// A condition that is ready to be asked.
#[derive(Debug, Clone)]
pub(crate) enum Predicate {
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
    Field {
        field: Field,
        check: Check,
        /// How a look at the record that all conditions share answers this one.
        quick: Option<Quick>,
    },
}

/// A condition on the code of a field: see [`SlotNames::look_for_codes`].
///
/// [`SlotNames::look_for_codes`]: crate::field::SlotNames::look_for_codes
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quick {
    /// Which of the fields with codes.
    pub(crate) field: usize,
    /// One bit for each code that fits.
    pub(crate) fits: u64,
}

impl Quick {
    /// The answer, if the look at the record was enough.
    #[inline]
    fn holds(self, row: &Row<'_>) -> Option<bool> {
        let code = *row.record.codes.get(self.field)?;
        (code != UNCLEAR).then(|| self.fits >> code & 1 == 1)
    }
}

/// What is asked of a field. All but `Not` and `All` hold if any of its values fits.
#[derive(Debug, Clone)]
pub(crate) enum Check {
    All(Vec<Check>),
    Not(Box<Check>),
    OneOf(Vec<Typed>),
    Order(Order, Typed),
    Matches(Box<Regex>),
    Exists(bool),
    Element(Box<Predicate>),
}

/// A value to compare with. Values of two kinds are never equal and have no order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Typed {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
    /// Milliseconds since 1970.
    Instant(i64),
}

impl Predicate {
    #[inline]
    pub(crate) fn holds(&self, row: &Row<'_>, rule: &DayRule) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(row, rule)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(row, rule)),
            Self::Not(part) => !part.holds(row, rule),
            Self::Field { field, check, quick } => quick
                .and_then(|quick| quick.holds(row))
                .unwrap_or_else(|| check.holds(field, row, rule)),
        }
    }
}

impl Check {
    #[inline]
    fn holds(&self, field: &Field, row: &Row<'_>, rule: &DayRule) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(field, row, rule)),
            Self::Not(part) => !part.holds(field, row, rule),
            Self::OneOf(wanted) => {
                any(field, row, |value| wanted.iter().any(|wanted| wanted.equals(value, rule)))
            }
            Self::Order(order, wanted) => any(field, row, |value| {
                value.and_then(|value| wanted.compare(value, rule)).is_some_and(|found| match order
                {
                    Order::Greater => found == Ordering::Greater,
                    Order::GreaterOrEqual => found != Ordering::Less,
                    Order::Less => found == Ordering::Less,
                    Order::LessOrEqual => found != Ordering::Greater,
                })
            }),
            Self::Matches(expression) => any(field, row, |value| {
                value.and_then(Raw::as_text).is_some_and(|text| expression.is_match(&text))
            }),
            Self::Exists(exists) => {
                let found = row.each(field, &mut |value| match value {
                    Some(_) => ControlFlow::Break(()),
                    None => ControlFlow::Continue(()),
                });
                found.is_break() == *exists
            }
            Self::Element(inner) => {
                let found = row.each(field, &mut |value| {
                    let mut fits = false;
                    if let Some(list) = value {
                        list.for_each_element(|element| {
                            let row = Row { inner: Some(element), ..*row };
                            fits = fits || element.is_object() && inner.holds(&row, rule);
                        });
                    }
                    if fits { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                });
                found.is_break()
            }
        }
    }
}

/// Whether any value of a field fits; a list at the end of the path is as good as its elements.
#[inline]
fn any(field: &Field, row: &Row<'_>, mut fits: impl FnMut(Option<Raw<'_>>) -> bool) -> bool {
    let found = row.each(field, &mut |value| {
        let fit = match value {
            Some(list) if list.is_array() => {
                let mut fit = false;
                list.for_each_element(|element| fit = fit || fits(Some(element)));
                fit
            }
            value => fits(value),
        };
        if fit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    found.is_break()
}

impl Typed {
    #[inline]
    fn equals(&self, value: Option<Raw<'_>>, rule: &DayRule) -> bool {
        let Some(value) = value else { return *self == Self::Null };
        match self {
            Self::Null => value.is_null(),
            Self::Bool(wanted) => value.as_bool() == Some(*wanted),
            Self::Number(wanted) => value.as_number() == Some(*wanted),
            // An escape is longer than what it stands for: a text that is too short is another one, and
            // one that is as long has none.
            Self::Text(wanted) => value.quoted().is_some_and(|quoted| {
                let has_escapes = || memchr::memchr(b'\\', quoted).is_some();
                match quoted.len().cmp(&wanted.len()) {
                    Ordering::Less => false,
                    Ordering::Equal => quoted == wanted.as_bytes() && !has_escapes(),
                    Ordering::Greater => {
                        has_escapes() && value.as_text().is_some_and(|text| text == wanted.as_str())
                    }
                }
            }),
            Self::Instant(wanted) => instant(value, rule) == Some(*wanted),
        }
    }

    /// How a value of a record stands to this one; `None` for a value of another kind.
    fn compare(&self, value: Raw<'_>, rule: &DayRule) -> Option<Ordering> {
        match self {
            Self::Null | Self::Bool(_) => None,
            Self::Number(wanted) => Some(value.as_number()?.cmp(wanted)),
            Self::Instant(wanted) => Some(instant(value, rule)?.cmp(wanted)),
            // A date is no text: the server finds nothing for "later than `last week`"
            // (recording cases-where-date-words).
            Self::Text(_) if is_instant(value) => None,
            Self::Text(wanted) => Some(value.as_text()?.as_ref().cmp(wanted.as_str())),
        }
    }
}

fn instant(value: Raw<'_>, rule: &DayRule) -> Option<i64> {
    Some(rule.instant_of(Moment::parse(value.quoted()?)?))
}

fn is_instant(value: Raw<'_>) -> bool {
    matches!(value.quoted().and_then(Moment::parse), Some(Moment::Instant { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Record;
    use crate::scan::Slots;

    #[test]
    fn a_code_answers_without_a_look_at_the_field() {
        let slots = Slots::default();
        let quick = Quick { field: 1, fits: 1 << 2 };
        let holds = |codes: &[u8]| quick.holds(&Row::of(&Record::new(b"{}", &slots, codes)));
        assert_eq!(holds(&[0, 2]), Some(true));
        assert_eq!(holds(&[2, 1]), Some(false));
        assert_eq!(holds(&[2, UNCLEAR]), None);
        assert_eq!(holds(&[]), None, "nobody looked");
    }
}
