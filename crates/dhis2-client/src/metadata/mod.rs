//! Metadata: data sets, elements, combinations, organisation units, users.

mod access;
mod category;
mod cells;
mod data_set;
mod exchange;
mod org_unit;
mod read;
mod saved;
#[cfg(test)]
pub(crate) mod tests;
mod user;

pub use access::DataAccess;
pub use category::{Category, CategoryCombo, CategoryOption, CategoryOptionCombo, ComboError};
pub use cells::CellError;
pub use data_set::{
    AggregationType, Choice, CompulsoryOperand, DataSet, DataSetElement, DataSetSummary,
    InputPeriod, OptionSet,
};
pub use exchange::{MetadataIssue, MetadataMode, MetadataReport};
pub use org_unit::{AttributeValue, OrgUnit, OrgUnitQuery};
pub use saved::{SavedError, SavedMetadata};
pub use user::{Me, UserOrgUnit};
