//! Fields, values and conditions in words.

use chrono::{Datelike, NaiveDate};

use super::glossary;
use super::texts::{Texts, fill};
use crate::Source;
use crate::condition::{Literal, Node, Order, Test};
use crate::day::Moment;
use crate::reference::{full_id, id_prefix, short_name};

/// Puts what belongs to one definition into words.
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub(super) texts: &'static Texts,
    pub(super) source: Source,
}

impl Words {
    /// A field with its article: "the date of report".
    pub(super) fn field(self, path: &str) -> String {
        let texts = self.texts;
        let roots: &[(&str, &str)] = match self.source {
            Source::FollowUps | Source::LabResults => &[("person.", texts.of_person)],
            Source::Relationships => &[("source.", texts.of_from), ("target.", texts.of_to)],
            _ => &[],
        };
        for (root, of_whom) in roots {
            if let Some(rest) = path.strip_prefix(root) {
                return fill(of_whom, &[&self.own_field(rest)]);
            }
        }
        self.own_field(path)
    }

    fn own_field(self, path: &str) -> String {
        let texts = self.texts;
        if let Some(words) = glossary::field(self.source, path, texts.column) {
            return words.to_owned();
        }
        let answers = path.strip_prefix("questionnaireAnswers.");
        if let Some(question) = answers.and_then(|rest| rest.split(['.', '[']).next()) {
            return fill(texts.question, &[&texts.quoted(question)]);
        }
        fill(texts.field, &[&texts.quoted(path)])
    }

    /// A list, quoted.
    pub(super) fn list(self, path: &str) -> String {
        self.texts.quoted(glossary::list(path, self.texts.column).unwrap_or(path))
    }

    /// A value of a field, quoted.
    pub(super) fn value(self, path: &str, text: &str) -> String {
        let texts = self.texts;
        if id_prefix(self.source, path).is_none() {
            return texts.quoted(text);
        }
        let id = full_id(self.source, path, text);
        let short = short_name(self.source, path, &id);
        match glossary::value(short, texts.column) {
            Some(words) => texts.quoted(words),
            None => texts.quoted(&short.to_lowercase().replace('_', " ")),
        }
    }

    /// A day, such as "2 March 2020".
    pub(super) fn day(self, day: NaiveDate) -> String {
        let texts = self.texts;
        let template = if day.day() == 1 { texts.date_first } else { texts.date };
        let month = texts.months[day.month0() as usize];
        fill(template, &[&day.day().to_string(), month, &day.year().to_string()])
    }

    fn literal(self, path: &str, literal: &Literal) -> String {
        let texts = self.texts;
        match literal {
            Literal::Null => texts.quoted("null"),
            Literal::Bool(true) => texts.quoted(texts.yes_no.0),
            Literal::Bool(false) => texts.quoted(texts.yes_no.1),
            Literal::Number(number) => {
                number.to_string().replace('.', &texts.decimal_point.to_string())
            }
            Literal::Text(text) => match date(text) {
                Some((day, "")) => self.day(day),
                // A moment: the day in words, and the moment exactly.
                Some((day, _)) => format!("{} ({text})", self.day(day)),
                None => self.value(path, text),
            },
        }
    }

    fn literals(self, path: &str, literals: &[Literal]) -> String {
        let words: Vec<String> = literals.iter().map(|l| self.literal(path, l)).collect();
        self.texts.any_of(&words)
    }

    /// What must hold, each part by itself: a condition of several parts is several sentences.
    pub(super) fn parts(self, node: &Node) -> Vec<String> {
        match node {
            Node::All(nodes) => nodes.iter().flat_map(|node| self.parts(node)).collect(),
            Node::Field { path, test: Test::All(tests) } if between(tests).is_none() => {
                tests.iter().map(|test| self.test("", path, test)).collect()
            }
            _ => vec![self.condition("", node)],
        }
    }

    /// A condition as one clause; `within` is the list that `elemMatch` looks into.
    fn condition(self, within: &str, node: &Node) -> String {
        let texts = self.texts;
        let several = |nodes: &[Node], join: fn(&Texts, &[String]) -> String| {
            let clauses: Vec<String> = nodes
                .iter()
                .map(|node| match node {
                    Node::Field { .. } => self.condition(within, node),
                    _ if nodes.len() == 1 => self.condition(within, node),
                    _ => format!("({})", self.condition(within, node)),
                })
                .collect();
            join(texts, &clauses)
        };
        match node {
            Node::All(nodes) => several(nodes, Texts::all_of),
            Node::Any(nodes) => several(nodes, Texts::any_of),
            Node::None(nodes) => fill(texts.none, &[&several(nodes, Texts::any_of)]),
            Node::Field { path, test } => self.test(within, path, test),
        }
    }

    fn test(self, within: &str, path: &str, test: &Test) -> String {
        let texts = self.texts;
        let whole = if within.is_empty() { path.to_owned() } else { format!("{within}.{path}") };
        let path = whole.as_str();
        let field = self.field(path);
        let say = |template: &str, value: &str| fill(template, &[&field, value]);
        match test {
            Test::Equals(Literal::Null) | Test::Exists(false) => fill(texts.absent, &[&field]),
            Test::NotEquals(Literal::Null) | Test::Exists(true) => fill(texts.exists, &[&field]),
            Test::Equals(value) => say(texts.is, &self.literal(path, value)),
            Test::NotEquals(value) => say(texts.is_not, &self.literal(path, value)),
            Test::OneOf(values) => say(texts.one_of, &self.literals(path, values)),
            Test::NoneOf(values) => match values.as_slice() {
                [value] => say(texts.is_not, &self.literal(path, value)),
                _ => say(texts.none_of, &self.literals(path, values)),
            },
            Test::Order(order, value) => {
                let n = match order {
                    Order::Greater => 0,
                    Order::GreaterOrEqual => 1,
                    Order::Less => 2,
                    Order::LessOrEqual => 3,
                };
                let is_date = matches!(value, Literal::Text(text) if date(text).is_some());
                let templates = if is_date { &texts.date_order } else { &texts.number_order };
                say(templates[n], &self.literal(path, value))
            }
            Test::Matches { pattern, ignore_case } => {
                let template = if *ignore_case { texts.matches_any_case } else { texts.matches };
                say(template, &texts.quoted(pattern))
            }
            Test::Element(node) => say(texts.an_element, &self.condition(path, node)),
            Test::Not(test) => fill(texts.not, &[&self.test(within, strip(within, path), test)]),
            Test::All(tests) => match between(tests) {
                Some((low, high)) => {
                    let (low, high) = (self.literal(path, low), self.literal(path, high));
                    fill(texts.between, &[&field, &low, &high])
                }
                None => {
                    let path = strip(within, path);
                    let clauses: Vec<String> =
                        tests.iter().map(|test| self.test(within, path, test)).collect();
                    texts.all_of(&clauses)
                }
            },
        }
    }
}

/// The path without the list that it lies in.
fn strip<'p>(within: &str, path: &'p str) -> &'p str {
    match within {
        "" => path,
        _ => path.strip_prefix(within).and_then(|rest| rest.strip_prefix('.')).unwrap_or(path),
    }
}

/// The two ends of `between`, or of `gte` with `lte`.
fn between(tests: &[Test]) -> Option<(&Literal, &Literal)> {
    match tests {
        [Test::Order(Order::GreaterOrEqual, low), Test::Order(Order::LessOrEqual, high)] => {
            Some((low, high))
        }
        _ => None,
    }
}

/// The day of a text that is a date, and what stands behind it.
fn date(text: &str) -> Option<(NaiveDate, &str)> {
    if !Moment::looks_like_one(text) {
        return None;
    }
    let (day, rest) = text.split_at_checked(10)?;
    // Go.Data stores days as their midnight: that is no more than the day.
    let rest = if matches!(rest, "T00:00:00.000Z" | "T00:00:00Z") { "" } else { rest };
    Some((day.parse().ok()?, rest))
}
