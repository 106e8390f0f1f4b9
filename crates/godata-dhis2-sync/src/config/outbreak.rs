//! Which outbreaks a report counts, and what keeps their numbers apart in DHIS2.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Config, File, OneOrMany, Report};
use crate::problem::{Outcome, Problem};

/// An outbreak of a report, with the attribute option combination that takes its values.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportOutbreak {
    /// Id or name of the outbreak in Go.Data; several are counted together.
    pub name: OneOrMany,
    /// What it is in DHIS2: category = option, each by id, code or name. Added to the report's own.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// The same by id, code or name of the attribute option combination.
    #[serde(default)]
    pub attribute_option_combo: Option<String>,
}

impl Config {
    /// The configuration with one report for each outbreak that is kept apart, so that whatever works on reports
    /// works on them one by one.
    #[must_use]
    pub fn apart(mut self) -> Self {
        self.file.report = self.file.report.iter().flat_map(Report::parts).collect();
        self
    }
}

impl File {
    /// The outbreaks that a report counts, by id or name as they are written: its own, else those of `[godata]`.
    #[must_use]
    pub fn outbreaks_of(&self, report: &Report) -> Vec<String> {
        let own = report.outbreak.iter().flat_map(|outbreak| outbreak.name.as_slice());
        let own: Vec<String> = own.cloned().collect();
        if !own.is_empty() {
            return own;
        }
        self.godata.as_ref().map(|godata| godata.outbreak.as_slice().to_vec()).unwrap_or_default()
    }

    /// The outbreaks of all reports, each once, in the order in which they are written.
    #[must_use]
    pub fn outbreaks(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut all: Vec<String> =
            self.report.iter().flat_map(|report| self.outbreaks_of(report)).collect();
        if self.report.is_empty() {
            all.extend(self.godata.iter().flat_map(|godata| godata.outbreak.as_slice()).cloned());
        }
        all.retain(|name| seen.insert(name.clone()));
        all
    }
}

impl Report {
    /// One report for each outbreak that is kept apart; the report itself where none is.
    fn parts(&self) -> Vec<Self> {
        if self.outbreak.is_empty() {
            return vec![self.clone()];
        }
        let part = |outbreak: &ReportOutbreak| {
            let mut part = Self { outbreak: vec![outbreak.clone()], ..self.clone() };
            part.attributes.extend(outbreak.attributes.clone());
            if outbreak.attribute_option_combo.is_some() {
                part.attribute_option_combo.clone_from(&outbreak.attribute_option_combo);
            }
            part
        };
        self.outbreak.iter().map(part).collect()
    }

    /// The options or the combination that take the values, in words: `Ebola, North`; `None` for the default.
    #[must_use]
    pub fn attributes_in_words(&self) -> Option<String> {
        if self.attributes.is_empty() {
            return self.attribute_option_combo.clone();
        }
        Some(self.attributes.values().cloned().collect::<Vec<_>>().join(", "))
    }

    /// What can be wrong about outbreaks and attributes without a server's word.
    pub(super) fn check_outbreaks(&self, name: &str) -> Outcome<()> {
        let parts = self.parts();
        for part in &parts {
            if part.attribute_option_combo.is_some() && !part.attributes.is_empty() {
                return Err(Problem::usage(format!(
                    "report {name} has both `attributes` and `attribute_option_combo`"
                ))
                .next("keep `attributes`: they mean the same on every server"));
            }
        }
        let mut names = BTreeSet::new();
        for outbreak in &self.outbreak {
            if outbreak.name.as_slice().is_empty() {
                return Err(Problem::usage(format!(
                    "a [[report.outbreak]] of report {name} names no outbreak"
                ))
                .next("add `name = \"…\"`: id or exact name of the outbreak in Go.Data"));
            }
            for one in outbreak.name.as_slice() {
                if !names.insert(one) {
                    return Err(Problem::usage(format!(
                        "report {name} names the outbreak `{one}` twice, so its cases would be counted twice"
                    ))
                    .next("name each outbreak of a report once"));
                }
            }
        }
        let mut taken: BTreeMap<_, &ReportOutbreak> = BTreeMap::new();
        for (part, outbreak) in parts.iter().zip(&self.outbreak) {
            let combo = (&part.attributes, &part.attribute_option_combo);
            if let Some(other) = taken.insert(combo, outbreak) {
                let (one, other) = (outbreak.name.in_words(), other.name.in_words());
                return Err(match part.attributes_in_words() {
                    None => Problem::usage(format!(
                        "report {name} does not say what keeps the outbreaks {other} and {one} apart in DHIS2"
                    ))
                    .next("add `attributes = { Category = \"option\" }` to each [[report.outbreak]]; to count them together, list them in one `name = [\"…\", \"…\"]`"),
                    Some(combo) => Problem::usage(format!(
                        "report {name} puts the outbreaks {other} and {one} into one attribute option combination, {combo}: one would overwrite the other"
                    ))
                    .next("give each its own `attributes`; to count them together, list them in one `name = [\"…\", \"…\"]`"),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Config;

    fn parse(report: &str) -> Result<Config, String> {
        let text = format!(
            "[godata]\nurl = \"https://x\"\nusername = \"u\"\n[[report]]\nlibrary = \"covid19\"\n{report}"
        );
        Config::parse(&text, Path::new("sync.toml")).map_err(|problem| problem.render())
    }

    const TWO: &str = r#"
attributes = { Partner = "WHO" }
[[report.outbreak]]
name = "Ebola"
attributes = { Disease = "EVD" }
[[report.outbreak]]
name = ["Marburg", "Marburg 2"]
attributes = { Disease = "MVD" }
"#;

    #[test]
    fn a_report_becomes_one_for_each_outbreak() {
        let config = parse(TWO).unwrap().apart();
        let of: Vec<_> = config
            .file
            .report
            .iter()
            .map(|report| (config.file.outbreaks_of(report), report.attributes_in_words().unwrap()))
            .collect();
        assert_eq!(
            of,
            [
                (vec!["Ebola".to_owned()], "EVD, WHO".to_owned()),
                (vec!["Marburg".to_owned(), "Marburg 2".to_owned()], "MVD, WHO".to_owned()),
            ]
        );
        assert_eq!(config.file.outbreaks(), ["Ebola", "Marburg", "Marburg 2"]);
    }

    #[test]
    fn what_cannot_be_kept_apart_is_refused() {
        for (report, expected) in [
            (TWO.replace("MVD", "EVD"), "into one attribute option combination, EVD, WHO"),
            (
                TWO.replace("attributes = { Disease", "#"),
                "into one attribute option combination, WHO",
            ),
            (TWO.replace("attributes =", "#"), "does not say what keeps the outbreaks"),
            (TWO.replace("Marburg 2", "Ebola"), "names the outbreak `Ebola` twice"),
            (TWO.replace("[\"Marburg\", \"Marburg 2\"]", "[]"), "names no outbreak"),
            (
                format!("attribute_option_combo = \"x\"\n{}", TWO.trim_start()),
                "both `attributes` and `attribute_option_combo`",
            ),
            (String::new(), "is of no outbreak"),
        ] {
            let message = parse(&report).expect_err(&report);
            assert!(message.contains(expected), "{expected}\n{message}");
        }
    }
}
