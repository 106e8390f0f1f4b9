//! Metadata as the server keeps and shows it: objects of a type, with references by id.

mod combos;
mod fields;
mod filter;
mod import;
mod store;

pub(crate) use combos::{
    DEFAULT_CATEGORY, DEFAULT_COMBO, DEFAULT_OPTION, DEFAULT_OPTION_COMBO, generate_option_combos,
};
pub(crate) use fields::{Field, View};
pub(crate) use filter::list;
pub(crate) use import::{Author, create, import, json_patch};
pub(crate) use store::{Object, Store, is_uid, plurals};
