//! What is asked of a file of records.

use std::collections::BTreeSet;

use indicators::{Engine, Source};
use serde_json::Value;

use super::columns::Columns;
use super::unfit::Unfit;

/// The fields of a record that are looked at; all others, names and telephone numbers among them, are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// The fields of the record itself.
    tops: BTreeSet<String>,
    /// What each indicator reads, for a table that must have columns for it.
    by_indicator: Vec<(String, Vec<String>)>,
    /// Fields that a condition compares with a number.
    numbers: BTreeSet<String>,
}

/// What explaining and the ledger look at besides.
const ALWAYS: [&str; 6] = ["id", "visualId", "createdAt", "updatedAt", "deleted", "personId"];

impl Needs {
    /// What these engines read of a record kind.
    #[must_use]
    pub fn of<'e>(engines: impl IntoIterator<Item = &'e Engine>, source: Source) -> Self {
        let mut needs = Self::fields([]);
        for engine in engines {
            needs.tops.extend(engine.fields(source).iter().map(|field| top(field)));
            for (indicator, fields) in engine.fields_by_indicator(source) {
                needs.by_indicator.push((indicator.to_owned(), fields));
            }
            for definition in engine.definitions().iter().filter(|one| one.from == source) {
                numbers("", definition.condition.to_json(), &mut needs.numbers);
            }
        }
        needs
    }

    /// These fields, by dotted name; nothing is wrong with a table that lacks one.
    #[must_use]
    pub fn fields<'f>(names: impl IntoIterator<Item = &'f str>) -> Self {
        Self {
            tops: ALWAYS.into_iter().chain(names).map(top).collect(),
            by_indicator: Vec::new(),
            numbers: BTreeSet::new(),
        }
    }

    /// Whether the record's own field of this name is looked at.
    pub(super) fn has(&self, top: &str) -> bool {
        self.tops.contains(top)
    }

    /// Whether the field is compared with a number, so that digits in a table are one.
    pub(super) fn is_number(&self, name: &str) -> bool {
        self.numbers.contains(name)
    }

    /// Refuses a table without a column that an indicator needs.
    pub(super) fn check(&self, columns: &Columns) -> Result<(), Unfit> {
        for (indicator, fields) in &self.by_indicator {
            if let Some(missing) = columns.missing(fields) {
                return Err(Unfit::new(
                    format!("the file has no column for `{missing}`, which \"{indicator}\" needs"),
                    "export again with all groups of fields, not anonymised, with \"Use database column names\" and \
                     \"Don't translate values\"; or leave the indicator out",
                ));
            }
        }
        Ok(())
    }
}

fn top(field: &str) -> String {
    let top = field.split('.').next().unwrap_or(field);
    top.strip_suffix("[]").unwrap_or(top).to_owned()
}

/// Collects the fields that a condition compares with numbers.
fn numbers(at: &str, condition: &Value, found: &mut BTreeSet<String>) {
    match condition {
        Value::Number(_) => {
            found.insert(at.to_owned());
        }
        Value::Array(list) => list.iter().for_each(|item| numbers(at, item, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                // Everything that is no operator is a field.
                const OPERATORS: [&str; 18] = [
                    "and",
                    "or",
                    "not",
                    "eq",
                    "neq",
                    "gt",
                    "gte",
                    "lt",
                    "lte",
                    "between",
                    "inq",
                    "nin",
                    "like",
                    "nlike",
                    "regexp",
                    "exists",
                    "elemMatch",
                    "ilike",
                ];
                if OPERATORS.contains(&key.as_str()) {
                    numbers(at, value, found);
                    continue;
                }
                let named: Vec<&str> = at
                    .split('.')
                    .chain(key.split('.'))
                    .map(|step| step.strip_suffix("[]").unwrap_or(step))
                    .filter(|step| !step.is_empty() && step.parse::<usize>().is_err())
                    .collect();
                numbers(&named.join("."), value, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_that_are_compared_with_numbers_are_known() {
        let mut found = BTreeSet::new();
        numbers(
            "",
            &json!({ "and": [
                { "age.years": { "gte": 15, "lt": 25 } },
                { "questionnaireAnswers.days.0.value": { "inq": [1, 2] } },
                { "dateRanges": { "elemMatch": { "beds[].n": { "between": [1, 3] } } } },
                { "classification": "CONFIRMED" },
            ] }),
            &mut found,
        );

        let expected = ["age.years", "dateRanges.beds.n", "questionnaireAnswers.days.value"];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
    }
}
