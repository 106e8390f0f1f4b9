//! Categories, their combinations, and the option combinations found by their options.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;

use crate::uid::{CategoryComboId, CategoryId, CategoryOptionComboId, CategoryOptionId, OrgUnitId};

/// A combination of categories by which values are split, such as "Sex and age".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryCombo {
    /// The id.
    pub id: CategoryComboId,
    /// The code, if it has one.
    pub code: Option<String>,
    /// The name.
    pub name: String,
    /// Whether it is the default: not split at all.
    pub is_default: bool,
    /// Its categories, in order.
    pub categories: Vec<Category>,
    /// The option combinations that the server has generated.
    pub option_combos: Vec<CategoryOptionCombo>,
}

/// A category, such as "Sex".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// The id.
    pub id: CategoryId,
    /// The code, if it has one.
    pub code: Option<String>,
    /// The name.
    pub name: String,
    /// Its options, in order.
    pub options: Vec<CategoryOption>,
}

/// An option of a category, such as "Female".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryOption {
    /// The id.
    pub id: CategoryOptionId,
    /// The code, if it has one.
    pub code: Option<String>,
    /// The name.
    pub name: String,
    /// The first day for which it can be used.
    pub start_date: Option<NaiveDate>,
    /// The last day for which it can be used.
    pub end_date: Option<NaiveDate>,
    /// The organisation units for which, and for those under which, it can be used; none: for all.
    pub org_units: BTreeSet<OrgUnitId>,
}

/// One option of each category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryOptionCombo {
    /// The id: another one on every server.
    pub id: CategoryOptionComboId,
    /// The code; usually there is none.
    pub code: Option<String>,
    /// The name: those of the options.
    pub name: String,
    /// The options: what identifies it.
    pub options: BTreeSet<CategoryOptionId>,
}

impl CategoryCombo {
    /// Finds the option combination with these options; each category and option is given by id,
    /// code or name, in any order.
    ///
    /// Ids and names of option combinations differ between servers, their options do not: so they
    /// are found by their options.
    ///
    /// # Errors
    ///
    /// [`ComboError`] says which category or option is missing, unknown or given twice, and what
    /// there is instead.
    pub fn resolve(&self, options: &[(&str, &str)]) -> Result<CategoryOptionComboId, ComboError> {
        let mut chosen: BTreeMap<CategoryId, CategoryOptionId> = BTreeMap::new();
        for &(category_name, option_name) in options {
            let category = self.category(category_name)?;
            let option = category.option(option_name)?;
            if chosen.insert(category.id, option.id).is_some() {
                return Err(ComboError::CategoryTwice { category: category_name.to_owned() });
            }
        }
        if let Some(missing) =
            self.categories.iter().find(|category| !chosen.contains_key(&category.id))
        {
            // The default combination has one category with one option, which nobody names.
            match missing.options.as_slice() {
                [only] if self.is_default => {
                    chosen.insert(missing.id, only.id);
                }
                _ => {
                    return Err(ComboError::CategoryMissing {
                        combo: self.name.clone(),
                        category: missing.label().to_owned(),
                    });
                }
            }
        }
        let wanted: BTreeSet<CategoryOptionId> = chosen.into_values().collect();
        self.option_combos
            .iter()
            .find(|combo| combo.options == wanted)
            .map(|combo| combo.id)
            .ok_or_else(|| ComboError::NotGenerated { combo: self.name.clone() })
    }

    /// The only option combination of the default combination.
    #[must_use]
    pub fn default_option_combo(&self) -> Option<CategoryOptionComboId> {
        match self.option_combos.as_slice() {
            [only] if self.is_default => Some(only.id),
            _ => None,
        }
    }

    /// An option combination by its id.
    #[must_use]
    pub fn option_combo(&self, id: CategoryOptionComboId) -> Option<&CategoryOptionCombo> {
        self.option_combos.iter().find(|combo| combo.id == id)
    }

    /// The options of an option combination in words: category code to option code, or the name
    /// where there is no code. Empty for the default combination.
    #[must_use]
    pub fn describe(&self, id: CategoryOptionComboId) -> Option<BTreeMap<&str, &str>> {
        let combo = self.option_combo(id)?;
        if self.is_default {
            return Some(BTreeMap::new());
        }
        let options = self.categories.iter().filter_map(|category| {
            let option = category.options.iter().find(|o| combo.options.contains(&o.id))?;
            Some((category.label(), option.label()))
        });
        Some(options.collect())
    }

    /// A category by id, code or name.
    ///
    /// # Errors
    ///
    /// [`ComboError::UnknownCategory`], with those that there are.
    pub fn category(&self, name: &str) -> Result<&Category, ComboError> {
        find(&self.categories, name, |c| (c.id.as_str(), c.code.as_deref(), &c.name)).ok_or_else(
            || ComboError::UnknownCategory {
                combo: self.name.clone(),
                category: name.to_owned(),
                known: self.categories.iter().map(|c| c.label().to_owned()).collect(),
            },
        )
    }
}

impl Category {
    /// An option by id, code or name.
    ///
    /// # Errors
    ///
    /// [`ComboError::UnknownOption`], with those that there are.
    pub fn option(&self, name: &str) -> Result<&CategoryOption, ComboError> {
        find(&self.options, name, |o| (o.id.as_str(), o.code.as_deref(), &o.name)).ok_or_else(
            || ComboError::UnknownOption {
                category: self.label().to_owned(),
                option: name.to_owned(),
                known: self.options.iter().map(|o| o.label().to_owned()).collect(),
            },
        )
    }

    /// The code, or the name where there is none.
    #[must_use]
    pub fn label(&self) -> &str {
        self.code.as_deref().unwrap_or(&self.name)
    }
}

impl CategoryOption {
    /// The code, or the name where there is none.
    #[must_use]
    pub fn label(&self) -> &str {
        self.code.as_deref().unwrap_or(&self.name)
    }
}

/// Ids go before codes, codes before names.
pub(super) fn find<'a, T>(
    all: &'a [T],
    wanted: &str,
    keys: impl for<'b> Fn(&'b T) -> (&'b str, Option<&'b str>, &'b str),
) -> Option<&'a T> {
    all.iter()
        .find(|item| keys(item).0 == wanted)
        .or_else(|| all.iter().find(|item| keys(item).1 == Some(wanted)))
        .or_else(|| all.iter().find(|item| keys(item).2 == wanted))
}

/// Why no option combination was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComboError {
    /// The combination has no such category.
    #[error("category combination `{combo}` has no category `{category}`; it has: {}", known.join(", "))]
    UnknownCategory {
        /// The combination.
        combo: String,
        /// What was asked for.
        category: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The category has no such option.
    #[error("category `{category}` has no option `{option}`; it has: {}", known.join(", "))]
    UnknownOption {
        /// The category.
        category: String,
        /// What was asked for.
        option: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A category of the combination was not given.
    #[error("category combination `{combo}` needs an option of category `{category}`, too")]
    CategoryMissing {
        /// The combination.
        combo: String,
        /// The category.
        category: String,
    },
    /// A category was given twice.
    #[error("category `{category}` is given twice")]
    CategoryTwice {
        /// The category.
        category: String,
    },
    /// The options exist, the combination of them does not.
    #[error(
        "the server has not generated this option combination of `{combo}`: an administrator can do \
         it in Data Administration, or `generate_option_combos` of this crate"
    )]
    NotGenerated {
        /// The combination.
        combo: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawCombo {
    id: CategoryComboId,
    code: Option<String>,
    #[serde(default)]
    name: String,
    is_default: Option<bool>,
    #[serde(default)]
    categories: Vec<RawCategory>,
    #[serde(default)]
    category_option_combos: Vec<RawOptionCombo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawCategory {
    id: CategoryId,
    code: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    category_options: Vec<RawOption>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawOption {
    id: CategoryOptionId,
    code: Option<String>,
    #[serde(default)]
    name: String,
    start_date: Option<String>,
    end_date: Option<String>,
    #[serde(default)]
    organisation_units: Vec<RawUnitRef>,
}

#[derive(Deserialize)]
struct RawUnitRef {
    id: OrgUnitId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawOptionCombo {
    id: CategoryOptionComboId,
    code: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    category_options: Vec<RawOptionRef>,
}

#[derive(Deserialize)]
struct RawOptionRef {
    id: CategoryOptionId,
}

pub(super) const COMBO_FIELDS: &str = "id,code,name,isDefault,\
     categories[id,code,name,\
     categoryOptions[id,code,name,startDate,endDate,organisationUnits[id]]],\
     categoryOptionCombos[id,code,name,categoryOptions[id]]";

impl From<RawCombo> for CategoryCombo {
    fn from(raw: RawCombo) -> Self {
        let day = |text: Option<String>| text.as_deref().and_then(crate::system::date);
        let option = |raw: RawOption| CategoryOption {
            id: raw.id,
            code: raw.code,
            name: raw.name,
            start_date: day(raw.start_date),
            end_date: day(raw.end_date),
            org_units: raw.organisation_units.into_iter().map(|unit| unit.id).collect(),
        };
        Self {
            id: raw.id,
            code: raw.code,
            is_default: raw.is_default.unwrap_or(raw.name == "default"),
            name: raw.name,
            categories: raw
                .categories
                .into_iter()
                .map(|category| Category {
                    id: category.id,
                    code: category.code,
                    name: category.name,
                    options: category.category_options.into_iter().map(option).collect(),
                })
                .collect(),
            option_combos: raw
                .category_option_combos
                .into_iter()
                .map(|combo| CategoryOptionCombo {
                    id: combo.id,
                    code: combo.code,
                    name: combo.name,
                    options: combo.category_options.into_iter().map(|option| option.id).collect(),
                })
                .collect(),
        }
    }
}
