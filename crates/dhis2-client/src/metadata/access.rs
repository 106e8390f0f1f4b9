//! What the user may do with the data of an object.

use serde::Deserialize;

/// What the user may do with the data of an object, by its sharing. Reading and writing are apart:
/// a user may be able to write values and not read them back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DataAccess {
    /// Data can be viewed.
    pub read: bool,
    /// Data can be captured.
    pub write: bool,
}

/// The `access` of an object; absent on objects that are not shared for data.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct Access {
    pub(super) data: Option<DataAccess>,
}
