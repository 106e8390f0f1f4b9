//! The ids behind translated values: `Confirmed` is `LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED`.
//!
//! Only a file of the same server can say so, for labels are edited by administrators and differ by language. Two are
//! understood: an export of the reference data with database columns (its `_id` stays an id, its `value` is the label),
//! and what the API answers to `GET /languages/{id}/language-tokens` (recording `language-tokens-sample`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Ids by label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Labels(BTreeMap<String, Vec<String>>);

/// What a label stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning<'l> {
    /// This id.
    Id(&'l str),
    /// None that is known.
    Unknown,
    /// One of several.
    Ambiguous,
}

impl Labels {
    /// Takes a row of reference data, or a language token.
    pub(super) fn add(&mut self, row: &Map<String, Value>) {
        let text = |name: &str| row.get(name).and_then(Value::as_str);
        let id = text("token").or_else(|| text("_id")).or_else(|| text("id"));
        let label = text("translation").or_else(|| text("value"));
        let (Some(id), Some(label)) = (id, label) else { return };
        // Untranslated: the label is the id itself.
        if label == id || !id.starts_with("LNG_") || id.ends_with("_DESCRIPTION") {
            return;
        }
        let ids = self.0.entry(label.trim().to_owned()).or_default();
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The id of a label whose ids begin with `prefix`; those of one outbreak alone begin otherwise.
    pub(super) fn meaning(&self, prefix: &str, label: &str) -> Meaning<'_> {
        let Some(ids) = self.0.get(label.trim()) else { return Meaning::Unknown };
        // `…_VACCINE_` is also the beginning of `…_VACCINE_STATUS_`.
        let fits = |id: &&String| {
            id.strip_prefix(prefix).is_some_and(|rest| !rest.starts_with("STATUS_"))
                || id.starts_with("LNG_OUTBREAK_")
        };
        let mut found = ids.iter().filter(fits);
        match (found.next(), found.next()) {
            (None, _) => Meaning::Unknown,
            (Some(id), None) => Meaning::Id(id),
            (Some(_), Some(_)) => Meaning::Ambiguous,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_label_belongs_to_the_category_of_its_field() {
        let mut labels = Labels::default();
        for row in [
            json!({ "_id": "LNG_REFERENCE_DATA_CATEGORY_OUTCOME_ALIVE", "value": "Vivant" }),
            json!({ "token": "LNG_REFERENCE_DATA_CATEGORY_VACCINE_OTHER", "translation": "Autre" }),
            json!({ "token": "LNG_REFERENCE_DATA_CATEGORY_VACCINE_STATUS_OTHER", "translation": "Autre" }),
            json!({ "_id": "LNG_REFERENCE_DATA_CATEGORY_GENDER_A", "value": "A" }),
            json!({ "_id": "LNG_REFERENCE_DATA_CATEGORY_GENDER_B", "value": "A" }),
            json!({ "id": "LNG_X", "value": "LNG_X" }),
        ] {
            labels.add(row.as_object().unwrap());
        }
        let id = |prefix, label| labels.meaning(prefix, label);

        assert_eq!(
            id("LNG_REFERENCE_DATA_CATEGORY_OUTCOME_", "Vivant "),
            Meaning::Id("LNG_REFERENCE_DATA_CATEGORY_OUTCOME_ALIVE")
        );
        assert_eq!(
            id("LNG_REFERENCE_DATA_CATEGORY_VACCINE_", "Autre"),
            Meaning::Id("LNG_REFERENCE_DATA_CATEGORY_VACCINE_OTHER")
        );
        assert_eq!(id("LNG_REFERENCE_DATA_CATEGORY_GENDER_", "Vivant"), Meaning::Unknown);
        assert_eq!(id("LNG_REFERENCE_DATA_CATEGORY_GENDER_", "A"), Meaning::Ambiguous);
        assert_eq!(id("LNG_", "LNG_X"), Meaning::Unknown);
    }
}
