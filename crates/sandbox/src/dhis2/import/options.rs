//! Import parameters.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::dhis2::{http::Query, payload::ID_SCHEMES, version::Dhis2Version};

/// How identifiers are to be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Scheme {
    Uid,
    Code,
    Name,
    Attribute(String),
}

impl Scheme {
    pub(crate) fn parse(text: &str) -> Self {
        match text.to_uppercase().as_str() {
            "CODE" => Self::Code,
            "NAME" => Self::Name,
            upper if upper.starts_with("ATTRIBUTE:") => Self::Attribute(text[10..].to_owned()),
            _ => Self::Uid,
        }
    }

    /// As messages write it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Uid => "uid",
            Self::Code => "code",
            Self::Name => "name",
            Self::Attribute(_) => "attribute",
        }
    }
}

const STRATEGIES: &[&str] = &[
    "CREATE",
    "UPDATE",
    "CREATE_AND_UPDATE",
    "DELETE",
    "SYNC",
    "NEW_AND_UPDATES",
    "NEW",
    "UPDATES",
    "DELETES",
];

/// All parameters, as an XML answer lists them.
pub(crate) const NAMES: &[&str] = &[
    "atomic",
    "dryRun",
    "async",
    "importStrategy",
    "mergeMode",
    "reportMode",
    "skipExistingCheck",
    "sharing",
    "skipNotifications",
    "skipAudit",
    "datasetAllowsPeriods",
    "strictPeriods",
    "strictDataElements",
    "strictCategoryOptionCombos",
    "strictAttributeOptionCombos",
    "strictOrganisationUnits",
    "strictDataSetApproval",
    "strictDataSetLocking",
    "strictDataSetInputPeriods",
    "requireCategoryOptionCombo",
    "requireAttributeOptionCombo",
    "skipPatternValidation",
    "ignoreEmptyCollection",
    "force",
    "firstRowIsHeader",
    "skipLastUpdated",
    "mergeDataValues",
    "skipCache",
];

/// Parameters with a field of their own; all others are flags.
const FIELDS: &[&str] =
    &["atomic", "dryRun", "importStrategy", "mergeMode", "reportMode", "firstRowIsHeader"];

/// Flags that a system setting can switch on for everybody.
const SETTINGS: &[(&str, &str)] = &[
    ("strictPeriods", "keyDataImportStrictPeriods"),
    ("strictDataElements", "keyDataImportStrictDataElements"),
    ("strictCategoryOptionCombos", "keyDataImportStrictCategoryOptionCombos"),
    ("strictAttributeOptionCombos", "keyDataImportStrictAttributeOptionCombos"),
    ("strictOrganisationUnits", "keyDataImportStrictOrganisationUnits"),
    ("requireCategoryOptionCombo", "keyDataImportRequireCategoryOptionCombo"),
    ("requireAttributeOptionCombo", "keyDataImportRequireAttributeOptionCombo"),
];

/// The parameters of one call.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) strategy: String,
    pub(crate) dry_run: bool,
    pub(crate) atomic: bool,
    pub(crate) first_row_is_header: bool,
    flags: BTreeMap<&'static str, bool>,
    report_mode: String,
    schemes: BTreeMap<String, String>,
    engine_b: bool,
}

impl Options {
    /// Reads a query; the error is the message of a 400.
    pub(crate) fn parse(
        query: &Query,
        version: Dhis2Version,
        settings: &BTreeMap<String, String>,
    ) -> Result<Self, String> {
        let strategy = query
            .first("importStrategy")
            .or_else(|| query.first("strategy"))
            .unwrap_or("CREATE_AND_UPDATE");
        if !STRATEGIES.contains(&strategy) {
            return Err(format!(
                "Value '{strategy}' is not valid for parameter importStrategy. Valid values are: [{}]",
                STRATEGIES.join(", ")
            ));
        }
        let flags = NAMES
            .iter()
            .filter(|name| !FIELDS.contains(name))
            .map(|flag| {
                let set = SETTINGS
                    .iter()
                    .find(|(name, _)| name == flag)
                    .and_then(|(_, key)| settings.get(*key))
                    .is_some_and(|value| value == "true");
                (*flag, query.is(flag) || set)
            })
            .collect();
        let schemes = ID_SCHEMES
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), query.first(name)?.to_owned())))
            .collect();
        Ok(Self {
            strategy: normal(strategy).to_owned(),
            dry_run: query.is("dryRun"),
            atomic: query.is("atomic") && version.is_engine_b(),
            first_row_is_header: query.first("firstRowIsHeader") != Some("false"),
            flags,
            report_mode: query.first("reportMode").unwrap_or("FULL").to_owned(),
            schemes,
            engine_b: version.is_engine_b(),
        })
    }

    pub(crate) fn is(&self, flag: &str) -> bool {
        self.flags.get(flag).copied().unwrap_or(false)
    }

    /// Takes over what a payload says of itself: it wins over the query.
    pub(crate) fn override_by(&mut self, header: &crate::dhis2::payload::Header) {
        if let Some(dry_run) = header.dry_run {
            self.dry_run = dry_run;
        }
        // 2.43 passes over the strategy of a payload.
        if let Some(strategy) = header.strategy.as_deref()
            && !self.engine_b
            && STRATEGIES.contains(&strategy)
        {
            normal(strategy).clone_into(&mut self.strategy);
        }
        self.schemes.extend(header.schemes.clone());
    }

    /// The scheme for a kind of object, such as `orgUnit`.
    pub(crate) fn scheme(&self, of: &str, default: &Scheme) -> Scheme {
        let text =
            self.schemes.get(&format!("{of}IdScheme")).or_else(|| self.schemes.get("idScheme"));
        text.map_or_else(|| default.clone(), |text| Scheme::parse(text))
    }

    /// The attributes that schemes of the query go by.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = &str> {
        self.schemes
            .values()
            .filter(|text| {
                text.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("attribute:"))
            })
            .map(|text| &text[10..])
    }

    pub(crate) fn deletes(&self) -> bool {
        self.strategy == "DELETE"
    }

    /// How a summary repeats them.
    pub(crate) fn echo(&self) -> Value {
        let mut echo = Map::new();
        echo.insert("idSchemes".to_owned(), json!({}));
        if self.engine_b {
            echo.insert("atomic".to_owned(), json!(self.atomic));
        }
        echo.insert("dryRun".to_owned(), json!(self.dry_run));
        echo.insert("importStrategy".to_owned(), json!(self.strategy));
        echo.insert("mergeMode".to_owned(), json!("REPLACE"));
        echo.insert("reportMode".to_owned(), json!(self.report_mode));
        echo.insert("firstRowIsHeader".to_owned(), json!(self.first_row_is_header));
        for (flag, value) in &self.flags {
            echo.insert((*flag).to_owned(), json!(value));
        }
        Value::Object(echo)
    }
}

fn normal(strategy: &str) -> &str {
    match strategy {
        "NEW_AND_UPDATES" | "SYNC" => "CREATE_AND_UPDATE",
        "NEW" => "CREATE",
        "UPDATES" => "UPDATE",
        "DELETES" => "DELETE",
        other => other,
    }
}
