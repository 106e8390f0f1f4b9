//! Desired cells against stored values: what would have to change.

mod ownership;
mod plan;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use crate::cell::{Cell, StoredValue};
use crate::metadata::DataSet;
use crate::value_type::is_zero;

pub use ownership::Ownership;
pub use plan::{Action, Change, ChangeKind, Plan, PlanCounts};

/// What a cell shall hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// This value.
    Value(String),
    /// No value: cleared where there is one.
    Nothing,
}

/// Compares what cells shall hold with what DHIS2 holds, and plans the difference. Pure.
///
/// - Only differences are sent: an unchanged value sent again would overwrite who stored it and,
///   without its comment, wipe the comment (recordings `x-com-resend`, `meta-resend-no-comment`).
/// - A zero for an element whose zeros are not significant means "no value": sent, it would be
///   stored and deleted by turns on engine A (`zero-loop-*`). A stored one counts as no value, too.
/// - A value that somebody else stored last is [`Action::Foreign`] and left alone unless `ownership`
///   includes everything.
/// - A stored value in a cell that is not among `desired` is cleared where `ownership` says that the
///   cell is ours, and not mentioned otherwise.
/// - Values are compared by what they mean to the server: `12.0` of a whole number is `12`.
///
/// `stored` must hold the values of all cells of `desired`; deleted ones do not count.
///
/// # Errors
///
/// [`ReconcileError`]: a cell is wanted twice, with two values.
///
/// # Examples
///
/// See `examples/dhis2_reconcile.rs`.
pub fn reconcile(
    data_set: &DataSet,
    desired: impl IntoIterator<Item = (Cell, Wanted)>,
    stored: impl IntoIterator<Item = StoredValue>,
    ownership: &Ownership,
) -> Result<Plan, ReconcileError> {
    let mut plan = Plan::new(data_set.id);
    let mut desired = distinct(data_set, desired)?.into_iter().peekable();
    let mut stored: Vec<StoredValue> =
        stored.into_iter().filter(|value| value.live_value().is_some()).collect();
    stored.sort_unstable_by_key(|value| value.cell);
    stored.dedup_by_key(|value| value.cell);
    let mut stored = stored.into_iter().peekable();
    loop {
        let order = match (desired.peek(), stored.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((wanted, _)), Some(value)) => wanted.cmp(&value.cell),
        };
        match order {
            Ordering::Less => {
                if let Some((cell, wanted)) = desired.next() {
                    match wanted {
                        Wanted::Value(new) => plan.push(cell, Action::Create { new }),
                        Wanted::Nothing => plan.count_empty(),
                    }
                }
            }
            Ordering::Greater => {
                if let Some(old) = stored.next() {
                    // A zero that does not count is not worth a call.
                    if ownership.owns(&old.cell) && !is_idle_zero(data_set, &old) {
                        plan.push(old.cell, clear(old, ownership));
                    }
                }
            }
            Ordering::Equal => {
                if let (Some((cell, wanted)), Some(old)) = (desired.next(), stored.next()) {
                    plan.push(cell, compare(data_set, wanted, old, ownership));
                }
            }
        }
    }
    Ok(plan)
}

fn compare(data_set: &DataSet, wanted: Wanted, old: StoredValue, ownership: &Ownership) -> Action {
    match wanted {
        Wanted::Nothing if is_idle_zero(data_set, &old) => Action::Unchanged { stored: old },
        Wanted::Nothing => clear(old, ownership),
        Wanted::Value(new) => {
            if same(data_set, old.cell, old.live_value().unwrap_or_default(), &new) {
                Action::Unchanged { stored: old }
            } else if ownership.may_change(&old) {
                Action::Update { old, new }
            } else {
                Action::Foreign { old, wanted: Wanted::Value(new) }
            }
        }
    }
}

fn clear(old: StoredValue, ownership: &Ownership) -> Action {
    if ownership.may_change(&old) {
        Action::Clear { old }
    } else {
        Action::Foreign { old, wanted: Wanted::Nothing }
    }
}

/// Whether two texts are one value to the server.
pub(crate) fn same(data_set: &DataSet, cell: Cell, one: &str, other: &str) -> bool {
    one == other
        || data_set.element(cell.data_element).is_some_and(|element| {
            element.value_type.canonical(one) == element.value_type.canonical(other)
        })
}

fn keeps_zeros(data_set: &DataSet, cell: &Cell) -> bool {
    data_set.element(cell.data_element).is_none_or(|element| element.keeps_zeros())
}

/// Whether a stored value is a zero that means nothing.
fn is_idle_zero(data_set: &DataSet, stored: &StoredValue) -> bool {
    stored.live_value().is_some_and(is_zero) && !keeps_zeros(data_set, &stored.cell)
}

fn distinct(
    data_set: &DataSet,
    desired: impl IntoIterator<Item = (Cell, Wanted)>,
) -> Result<Vec<(Cell, Wanted)>, ReconcileError> {
    let mut cells: Vec<(Cell, Wanted)> = desired
        .into_iter()
        .map(|(cell, wanted)| match wanted {
            Wanted::Value(text) if text.is_empty() => (cell, Wanted::Nothing),
            Wanted::Value(text) if is_zero(&text) && !keeps_zeros(data_set, &cell) => {
                (cell, Wanted::Nothing)
            }
            wanted => (cell, wanted),
        })
        .collect();
    cells.sort_by_key(|(cell, _)| *cell);
    for pair in cells.windows(2) {
        let [(one, first), (other, second)] = pair else { continue };
        if one == other && !alike(data_set, *one, first, second) {
            return Err(ReconcileError {
                cell: *one,
                first: first.clone(),
                second: second.clone(),
            });
        }
    }
    cells.dedup_by_key(|(cell, _)| *cell);
    Ok(cells)
}

fn alike(data_set: &DataSet, cell: Cell, one: &Wanted, other: &Wanted) -> bool {
    match (one, other) {
        (Wanted::Value(one), Wanted::Value(other)) => same(data_set, cell, one, other),
        (one, other) => one == other,
    }
}

/// A cell is wanted twice, with two values: the caller must decide, or sum them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the cell {cell} is wanted twice, once as {} and once as {}: two indicators write to one cell",
    words(first),
    words(second)
)]
pub struct ReconcileError {
    /// The cell.
    pub cell: Cell,
    /// One value.
    pub first: Wanted,
    /// The other.
    pub second: Wanted,
}

fn words(wanted: &Wanted) -> String {
    match wanted {
        Wanted::Value(text) => format!("`{text}`"),
        Wanted::Nothing => "nothing".to_owned(),
    }
}
