//! Which fields a condition compares with numbers.

use std::collections::BTreeSet;

use super::{Literal, Node, Test, Where};

impl Where {
    /// The fields that the condition compares with a number, by dotted name without places in lists: a reader of tables,
    /// in which everything is text, has to make numbers of their digits.
    ///
    /// ```
    /// use indicators::Where;
    ///
    /// let condition: Where = serde_json::from_str(r#"{ "age.years": { "gte": 15 }, "gender": "MALE" }"#)?;
    /// assert!(condition.number_fields().iter().eq(["age.years"]));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn number_fields(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        of_node("", self.node(), &mut found);
        found
    }
}

fn of_node(above: &str, node: &Node, found: &mut BTreeSet<String>) {
    match node {
        Node::All(nodes) | Node::Any(nodes) | Node::None(nodes) => {
            nodes.iter().for_each(|node| of_node(above, node, found));
        }
        Node::Field { path, test } => {
            let steps: Vec<&str> = above
                .split('.')
                .chain(path.split('.'))
                .map(|step| step.strip_suffix("[]").unwrap_or(step))
                .filter(|step| !step.is_empty() && step.parse::<usize>().is_err())
                .collect();
            of_test(&steps.join("."), test, found);
        }
    }
}

fn of_test(path: &str, test: &Test, found: &mut BTreeSet<String>) {
    let compared = match test {
        Test::All(tests) => {
            tests.iter().for_each(|test| of_test(path, test, found));
            false
        }
        Test::Not(test) => {
            of_test(path, test, found);
            false
        }
        Test::Element(node) => {
            of_node(path, node, found);
            false
        }
        Test::Equals(value) | Test::NotEquals(value) | Test::Order(_, value) => is_number(value),
        Test::OneOf(values) | Test::NoneOf(values) => values.iter().any(is_number),
        Test::Matches { .. } | Test::Exists(_) => false,
    };
    if compared {
        found.insert(path.to_owned());
    }
}

fn is_number(value: &Literal) -> bool {
    matches!(value, Literal::Number(_))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_elements_and_negations_are_entered() {
        let condition = Where::from_json(&json!({ "and": [
            { "age.years": { "gte": 15, "lt": 25 } },
            { "questionnaireAnswers.days.0.value": { "not": { "inq": [1, 2] } } },
            { "dateRanges": { "elemMatch": { "beds[].n": { "between": [1, 3] } } } },
            { "classification": "CONFIRMED", "wasContact": true },
        ] }))
        .unwrap();

        let expected = ["age.years", "dateRanges.beds.n", "questionnaireAnswers.days.value"];
        assert!(condition.number_fields().iter().eq(expected), "{:?}", condition.number_fields());
    }
}
