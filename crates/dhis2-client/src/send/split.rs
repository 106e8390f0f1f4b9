//! Taking a refused call apart, so that one bad cell costs one cell.

use std::collections::BTreeMap;

use crate::cell::Cell;
use crate::import::Conflict;

/// What to do about a call of engine B that was refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Split {
    /// Every value in it is at fault.
    AllRefused,
    /// These values (positions in the call) are at fault for certain, the rest may be good.
    Refused { bad: Vec<usize>, rest: Vec<usize> },
    /// Send these parts apart from each other.
    Parts(Vec<Vec<usize>>),
}

/// Decides from what the conflict names.
///
/// Engine B looks at one class of fault after another and names all identifiers of the first class
/// that fails (recording `x-grp-two-faults`): with those set aside, the rest may have faults of the
/// next class. What it names is at fault by itself for most classes; where a fault depends on more
/// than what is named, the call is halved.
///
/// `in_future` tells the cells whose period is not open yet, for which there are no exceptions.
pub(super) fn split(
    cells: &[Cell],
    suspects: &[usize],
    conflict: &Conflict,
    in_future: impl Fn(&Cell) -> bool,
) -> Split {
    if cells.len() <= 1 {
        return Split::AllRefused;
    }
    let code = conflict.code.map_or(0, crate::import::ErrorCode::number);
    // Units (8011, 8022), elements (8020), period types (8021), attribute combinations (8023),
    // element with combination (8024), unit with period (8031), one key twice (8128).
    let decisive = matches!(code, 8011 | 8020..=8024 | 8031 | 8128);
    let rest = |bad: &[usize]| -> Vec<usize> {
        (0..cells.len()).filter(|index| bad.binary_search(index).is_err()).collect()
    };
    if suspects.is_empty() {
        return halves(cells.len());
    }
    if decisive {
        return refused(suspects.to_vec(), rest(suspects));
    }
    let named_rest = rest(suspects);
    if code == 8030 {
        let future: Vec<usize> =
            suspects.iter().copied().filter(|&index| in_future(&cells[index])).collect();
        if !future.is_empty() {
            let rest = rest(&future);
            return refused(future, rest);
        }
        // Expired, but a lock exception can open a period for one of the units.
        let mut entries: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for &index in suspects {
            entries.entry((cells[index].org_unit, cells[index].period)).or_default().push(index);
        }
        if entries.len() == 1 && named_rest.is_empty() {
            return Split::AllRefused;
        }
        let rest = (!named_rest.is_empty()).then_some(named_rest);
        return Split::Parts(rest.into_iter().chain(entries.into_values()).collect());
    }
    if named_rest.is_empty() {
        halves(cells.len())
    } else {
        Split::Parts(vec![named_rest, suspects.to_vec()])
    }
}

fn refused(bad: Vec<usize>, rest: Vec<usize>) -> Split {
    if rest.is_empty() { Split::AllRefused } else { Split::Refused { bad, rest } }
}

pub(super) fn halves(n: usize) -> Split {
    let middle = n / 2;
    Split::Parts(vec![(0..middle).collect(), (middle..n).collect()])
}
