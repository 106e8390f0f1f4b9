//! Why a group or a value is refused.

use std::collections::HashSet;

/// Why a whole group or one value is refused.
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) args: String,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(
        code: &'static str,
        args: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { code, args: args.into(), message: message.into() }
    }
}

pub(super) fn list(ids: &[String]) -> String {
    format!("[{}]", ids.join(", "))
}

/// Each text once, in the order of first use.
pub(super) fn distinct<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert((*text).clone())).cloned().collect()
}
