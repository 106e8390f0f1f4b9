//! What each outbreak is in a data set that is kept apart by attributes.

use std::collections::BTreeSet;

use dhis2_client::{Category, CategoryCombo, CategoryOption};

use crate::godata::Outbreak;
use crate::places::fold;

/// The share of a data set that an outbreak fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The outbreak; `None` where none is known.
    pub outbreak: Option<Outbreak>,
    /// The option of each category of the data set's combination, by code or name; `None` where a person has to say.
    pub options: Vec<Option<String>>,
}

impl Share {
    /// What is known of an outbreak: what was said of it (outbreak by id or name, option by id, code or name), an option
    /// of which there is no other, an option whose name or code is in the outbreak's name.
    #[must_use]
    pub fn of(
        combo: &CategoryCombo,
        outbreak: Option<&Outbreak>,
        said: &[(String, String)],
    ) -> Self {
        let option = |category: &Category| -> Option<String> {
            let said = outbreak.and_then(|outbreak| {
                said.iter()
                    .filter(|(of, _)| *of == outbreak.id || *of == outbreak.name)
                    .find_map(|(_, option)| category.option(option).ok())
            });
            let only = match category.options.as_slice() {
                [only] => Some(only),
                _ => None,
            };
            let named = || named(&category.options, &outbreak?.name);
            said.or(only).or_else(named).map(|option| option.label().to_owned())
        };
        let options = combo.categories.iter().map(option).collect();
        Self { outbreak: outbreak.cloned(), options }
    }
}

/// The one option whose name or code is in a text, word by word; none where several are.
fn named<'a>(options: &'a [CategoryOption], text: &str) -> Option<&'a CategoryOption> {
    let text = fold(text);
    let words: BTreeSet<&str> = text.split(' ').collect();
    let is_in = |name: &str| {
        let name = fold(name);
        !name.is_empty() && name.split(' ').all(|word| words.contains(word))
    };
    let mut found = options
        .iter()
        .filter(|option| is_in(&option.name) || option.code.as_deref().is_some_and(is_in));
    found.next().filter(|_| found.next().is_none())
}

/// Whether every share is known and no two are one.
#[must_use]
pub fn are_apart(shares: &[Share]) -> bool {
    let mut taken = BTreeSet::new();
    shares.iter().all(|share| {
        share.options.iter().all(Option::is_some) && taken.insert(share.options.as_slice())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn combo() -> CategoryCombo {
        let option = |id: &str, code: &str, name: &str| CategoryOption {
            id: id.parse().unwrap(),
            code: Some(code.to_owned()),
            name: name.to_owned(),
            start_date: None,
            end_date: None,
            org_units: BTreeSet::new(),
        };
        let category = |id: &str, name: &str, options: Vec<CategoryOption>| Category {
            id: id.parse().unwrap(),
            code: None,
            name: name.to_owned(),
            options,
        };
        CategoryCombo {
            id: "diseasecmb1".parse().unwrap(),
            code: None,
            name: "By disease".to_owned(),
            is_default: false,
            categories: vec![
                category(
                    "diseasecat1",
                    "Disease",
                    vec![
                        option("evdoptionx1", "EVD", "Ebola"),
                        option("mvdoptionx1", "MVD", "Fièvre de Marburg"),
                    ],
                ),
                category("partnercat1", "Partner", vec![option("mohoptionx1", "MOH", "Ministry")]),
            ],
            option_combos: Vec::new(),
        }
    }

    fn share(name: &str, said: &[(&str, &str)]) -> Vec<Option<String>> {
        let outbreak = Outbreak { id: "o-1".into(), name: name.into(), started: None };
        let said: Vec<(String, String)> =
            said.iter().map(|(of, option)| ((*of).into(), (*option).into())).collect();
        Share::of(&combo(), Some(&outbreak), &said).options
    }

    #[test]
    fn an_outbreak_is_known_by_what_was_said_and_by_its_name() {
        let is = |disease: Option<&str>| vec![disease.map(str::to_owned), Some("MOH".to_owned())];
        assert_eq!(share("Ebola North Kivu 2026", &[]), is(Some("EVD")));
        assert_eq!(share("FIEVRE de Marburg (2)", &[]), is(Some("MVD")));
        assert_eq!(share("mvd 2026", &[]), is(Some("MVD")));
        assert_eq!(share("Marburg", &[]), is(None), "one word of three is a guess");
        assert_eq!(share("EVD and MVD", &[]), is(None), "two are none");
        assert_eq!(share("Ebola", &[("o-1", "Fièvre de Marburg")]), is(Some("MVD")));
        assert_eq!(share("Marburg", &[("Marburg", "MVD")]), is(Some("MVD")));
        assert_eq!(share("Marburg", &[("another", "MVD")]), is(None));
    }

    #[test]
    fn outbreaks_are_apart_when_each_is_known_and_none_is_another() {
        let of = |disease: Option<&str>| Share {
            outbreak: None,
            options: vec![disease.map(str::to_owned)],
        };
        assert!(are_apart(&[of(Some("EVD")), of(Some("MVD"))]));
        assert!(!are_apart(&[of(Some("EVD")), of(Some("EVD"))]));
        assert!(!are_apart(&[of(Some("EVD")), of(None)]));
    }
}
