//! From what people write to the key of a cell.

use super::category::ComboError;
use super::data_set::DataSet;
use crate::cell::Cell;
use crate::period::Period;
use crate::uid::OrgUnitId;

impl DataSet {
    /// The cell of an element (by id, code or name) and options (category and option, each by id,
    /// code or name), under the default attribute option combination.
    ///
    /// # Errors
    ///
    /// [`CellError`]: the data set has no such element, or the element no such combination.
    pub fn cell(
        &self,
        element: &str,
        options: &[(&str, &str)],
        period: Period,
        org_unit: OrgUnitId,
    ) -> Result<Cell, CellError> {
        let found = self.find_element(element).ok_or_else(|| CellError::UnknownElement {
            data_set: self.name.clone(),
            element: element.to_owned(),
            known: self
                .elements
                .iter()
                .map(|element| element.code.clone().unwrap_or_else(|| element.id.to_string()))
                .collect(),
        })?;
        Ok(Cell {
            org_unit,
            period,
            data_element: found.id,
            category_option_combo: found.combo.resolve(options)?,
            attribute_option_combo: self
                .default_attribute_combo()
                .ok_or_else(|| CellError::AttributesNeeded { data_set: self.name.clone() })?,
        })
    }
}

/// Why there is no such cell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CellError {
    /// The data set has no such element.
    #[error("data set `{data_set}` has no data element `{element}`; it has: {}", known.join(", "))]
    UnknownElement {
        /// The data set.
        data_set: String,
        /// What was asked for.
        element: String,
        /// The codes, or ids, of those there are.
        known: Vec<String>,
    },
    /// The element has no such combination.
    #[error(transparent)]
    Combo(#[from] ComboError),
    /// Entries of the data set are split by attributes, so the combination must be named.
    #[error(
        "entries of data set `{data_set}` are split by an attribute combination: resolve it with \
         `attribute_combo` and put it into the cell"
    )]
    AttributesNeeded {
        /// The data set.
        data_set: String,
    },
}
