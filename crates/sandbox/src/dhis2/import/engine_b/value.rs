//! The checks on each value.

use super::{
    super::{
        Context, Options,
        decode::{Decoded, Item},
    },
    refusal::Refusal,
};
use crate::dhis2::value_type;

/// A value that is good, with the text to store.
pub(super) struct Good<'a> {
    pub(super) item: &'a Item,
    pub(super) value: Option<String>,
}

pub(super) fn check_values<'a>(
    context: &Context<'_>,
    group: &'a Decoded,
    options: &Options,
) -> (Vec<Good<'a>>, Vec<(usize, Refusal)>) {
    let mut good = Vec::new();
    let mut faults = Vec::new();
    for (index, item) in group.items.iter().enumerate() {
        match check_value(context, item, index, options.deletes()) {
            Ok(value) => good.push(Good { item, value }),
            Err(refusal) => faults.push((index, refusal)),
        }
    }
    (good, faults)
}

fn check_value(
    context: &Context<'_>,
    item: &Item,
    index: usize,
    deletes: bool,
) -> Result<Option<String>, Refusal> {
    if item.deleted || deletes {
        return Ok(item.value.clone().filter(|value| !value.is_empty()));
    }
    let Some(text) = item.value.as_ref().filter(|value| !value.is_empty()) else {
        let message = format!("Value #{index} value is required");
        return Err(Refusal::new("E8120", index.to_string(), message));
    };
    let Some(element) = context.catalog.element(&item.data_element) else {
        return Ok(Some(text.clone()));
    };
    let kind = &element.value_type;
    let stored = value_type::check(kind, text, true).map_err(|fault| {
        let message = format!("Value #{index} value `{text}` is no valid {kind}: {fault}");
        Refusal::new("E8122", format!("{index}-{text}-{kind}-{fault}"), message)
    })?;
    if let Some(set) = &element.option_set
        && !context.catalog.has_option(set, text)
    {
        let message = format!("Value #{index} value `{text}` is not an option of option set {set}");
        return Err(Refusal::new("E8123", format!("{index}-{text}-{set}"), message));
    }
    if item.comment.as_ref().is_some_and(|comment| comment.chars().count() > 5000) {
        let message = format!("Value #{index} comment too long (max 5,000 characters)`");
        return Err(Refusal::new("E8125", format!("{index}-5000"), message));
    }
    Ok(Some(stored))
}

/// A single value keeps its own code, with the arguments in the wrong places
/// (x-atomic-single-bad).
pub(super) fn not_atomic(group: &Decoded, faults: &[(usize, Refusal)]) -> Refusal {
    let n = group.items.len();
    let n_good = n - faults.len();
    let Some((_, first)) = faults.first() else { return Refusal::new("E8000", "", "") };
    if n == 1 {
        let args = format!("[{}]", first.args.split('-').collect::<Vec<_>>().join(", "));
        let message = match first.code {
            "E8122" => format!("Value #{args} value `{{1}}` is no valid {{2}}: {{3}}"),
            _ => first.message.clone(),
        };
        return Refusal::new(first.code, args, message);
    }
    let message = format!(
        "Atomic mode requires all values to be valid but only {n_good}/{n} were. First issue: {}",
        first.message
    );
    Refusal::new("E8000", format!("{n_good}-{n}-{}", first.message), message)
}
