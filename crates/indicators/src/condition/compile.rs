//! From names to slots, from texts to ids, days and expressions.

use regex::RegexBuilder;

use super::evaluate::{Check, Predicate, Quick, Typed};
use super::{Literal, Node, Test, WhereError};
use crate::Source;
use crate::day::{DayRule, Moment};
use crate::field::{Field, NO_CODE, Names};
use crate::reference;

/// What a condition needs to know to be made ready.
pub(crate) struct Scope<'s, 'n> {
    pub(crate) names: &'s mut Names<'n>,
    pub(crate) day_rule: &'s DayRule,
}

impl Scope<'_, '_> {
    pub(crate) fn predicate(&mut self, node: &Node) -> Result<Predicate, WhereError> {
        self.node(node, None)
    }

    /// `list`: the path of the list whose element `elemMatch` looks at.
    fn node(&mut self, node: &Node, list: Option<&str>) -> Result<Predicate, WhereError> {
        let mut each = |nodes: &[Node]| {
            nodes.iter().map(|node| self.node(node, list)).collect::<Result<Vec<_>, _>>()
        };
        Ok(match node {
            Node::All(nodes) => Predicate::All(each(nodes)?),
            Node::Any(nodes) => Predicate::Any(each(nodes)?),
            Node::None(nodes) => Predicate::Not(Box::new(Predicate::Any(each(nodes)?))),
            Node::Field { path, test } => {
                let (field, whole) = match (list, test) {
                    (None, Test::Element(_)) => (self.names.list(path), path.clone()),
                    (None, _) => (self.names.field(path), path.clone()),
                    (Some(list), _) => {
                        let whole = format!("{list}.{path}");
                        self.names.need(&whole);
                        (Names::field_of_element(path), whole)
                    }
                };
                let check = self.check(&whole, test)?;
                let quick = self.quick(&field, &check);
                Predicate::Field { field, check, quick }
            }
        })
    }

    /// A comparison of a top-level field with texts, as most conditions are.
    fn quick(&mut self, field: &Field, check: &Check) -> Option<Quick> {
        let slot = field.top_level()?;
        if let Check::Not(inner) = check {
            let Quick { field, fits } = self.quick(field, inner)?;
            return Some(Quick { field, fits: !fits });
        }
        let Check::OneOf(wanted) = check else { return None };
        let mut quick = None;
        for typed in wanted {
            let Typed::Text(text) = typed else { return None };
            let (field, code) = self.names.record.code(slot, text)?;
            let (_, fits) = quick.get_or_insert((field, 0_u64));
            *fits |= 1 << code;
        }
        let (field, fits) = quick?;
        debug_assert!(fits >> NO_CODE & 1 == 0, "no text has the code for none");
        Some(Quick { field, fits })
    }

    fn check(&mut self, path: &str, test: &Test) -> Result<Check, WhereError> {
        let typed = |literal: &Literal| self.typed(path, literal);
        let all = |literals: &[Literal]| literals.iter().map(typed).collect::<Result<Vec<_>, _>>();
        Ok(match test {
            Test::Equals(literal) => Check::OneOf(vec![typed(literal)?]),
            Test::NotEquals(literal) => Check::Not(Box::new(Check::OneOf(vec![typed(literal)?]))),
            Test::OneOf(literals) => Check::OneOf(all(literals)?),
            Test::NoneOf(literals) => Check::Not(Box::new(Check::OneOf(all(literals)?))),
            Test::Order(order, literal) => Check::Order(*order, typed(literal)?),
            Test::Matches { pattern, ignore_case } => {
                let expression = RegexBuilder::new(pattern).case_insensitive(*ignore_case).build();
                Check::Matches(Box::new(expression.map_err(|error| {
                    let last = error.to_string().lines().last().unwrap_or_default().to_owned();
                    WhereError::new(path, format!("the expression cannot be used: {last}"))
                })?))
            }
            Test::Exists(exists) => Check::Exists(*exists),
            Test::Element(node) => Check::Element(Box::new(self.node(node, Some(path))?)),
            Test::Not(test) => Check::Not(Box::new(self.check(path, test)?)),
            Test::All(tests) => Check::All(
                tests.iter().map(|test| self.check(path, test)).collect::<Result<_, _>>()?,
            ),
        })
    }

    fn typed(&self, path: &str, literal: &Literal) -> Result<Typed, WhereError> {
        typed(self.names.source, self.day_rule, path, literal)
    }
}

/// A text that is a date means that moment, any other the id of the field's category.
pub(super) fn typed(
    source: Source,
    day_rule: &DayRule,
    path: &str,
    literal: &Literal,
) -> Result<Typed, WhereError> {
    Ok(match literal {
        Literal::Null => Typed::Null,
        Literal::Bool(value) => Typed::Bool(*value),
        Literal::Number(number) => Typed::Number(*number),
        Literal::Text(text) if Moment::looks_like_one(text) => {
            match Moment::parse(text.as_bytes()) {
                Some(moment) => Typed::Instant(day_rule.instant_of(moment)),
                None => return Err(WhereError::new(path, format!("`{text}` is no date"))),
            }
        }
        Literal::Text(text) => Typed::Text(reference::full_id(source, path, text).into()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::condition::Where;
    use crate::field::{NO_CODE, SlotNames, UNCLEAR};
    use crate::people::PersonSlots;
    use crate::scan::{Keys, Slots, one_record};

    /// The names of one source after these conditions, and for each condition which codes of which
    /// field fit.
    fn quick_ones(conditions: &[Value]) -> (SlotNames, Vec<Option<(usize, u64)>>) {
        let (mut record, mut person) = (SlotNames::default(), PersonSlots::new());
        let names =
            Names { source: Source::Cases, each: None, record: &mut record, person: &mut person };
        let mut scope = Scope { names: &mut { names }, day_rule: &DayRule::Utc };
        let quick = |condition: &Value| {
            let condition = Where::from_json(condition).expect("a condition");
            match scope.predicate(condition.node()).expect("a good one") {
                Predicate::All(parts) => match &parts[..] {
                    [Predicate::Field { quick, .. }] => quick.map(|q| (q.field, q.fits)),
                    _ => panic!("not one field: {condition:?}"),
                },
                Predicate::Field { quick, .. } => quick.map(|q| (q.field, q.fits)),
                _ => panic!("not one field: {condition:?}"),
            }
        };
        let quick = conditions.iter().map(quick).collect();
        (record, quick)
    }

    #[test]
    fn a_comparison_of_a_field_with_texts_asks_for_their_codes() {
        let (_, quick) = quick_ones(&[
            json!({ "post": "a" }),
            json!({ "job": { "inq": ["b", "c"] } }),
            json!({ "job": "c" }),
            json!({ "job": { "neq": "c" } }),
            json!({ "age.years": "a" }),
            json!({ "job": 7 }),
            json!({ "job": { "gt": "a" } }),
            json!({ "job": "a\\b" }),
        ]);
        let some = |field: usize, fits: u64| Some((field, fits));
        let comparisons = [some(0, 0b10), some(1, 0b110), some(1, 0b100), some(1, !0b100)];
        assert_eq!(quick[..4], comparisons);
        assert_eq!(quick[4..], [None; 4], "below the top, no text, no equality, an escape");
    }

    #[test]
    fn sixty_three_texts_of_a_field_have_codes() {
        let wanted: Vec<Value> = (0..65).map(|n| json!({ "job": format!("job {n}") })).collect();
        let (_, quick) = quick_ones(&wanted);
        let expected = |n: u32| (n < 63).then(|| (0, 1 << (n + 1)));
        assert_eq!(quick, (0..65).map(expected).collect::<Vec<_>>());
    }

    #[test]
    fn one_look_at_a_record_tells_which_of_the_texts_it_has() {
        let (names, _) = quick_ones(&[
            json!({ "job": "nurse" }),
            json!({ "job": "midwife" }),
            json!({ "post": "nurse" }),
        ]);
        let keys = Keys::new(names.names());
        let codes = |record: &str| {
            let (mut slots, mut codes) = (Slots::new(keys.len()), vec![7; 9]);
            one_record(record.as_bytes(), &keys, &mut slots).expect("a record");
            names.look_for_codes(record.as_bytes(), &slots, &mut codes);
            codes
        };
        assert_eq!(codes(r#"{"job":"midwife","post":"nurse"}"#), [2, 1]);
        assert_eq!(codes(r#"{"job":"nurse","post":"midwife"}"#), [1, NO_CODE]);
        assert_eq!(codes("{}"), [NO_CODE, NO_CODE]);
        assert_eq!(codes(r#"{"job":7,"post":null}"#), [NO_CODE, NO_CODE]);
        assert_eq!(codes(r#"{"job":"n\u0075rse","post":["nurse"]}"#), [UNCLEAR, UNCLEAR]);
    }
}
