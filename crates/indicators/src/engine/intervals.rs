//! Intervals, and the periods on whose last day they are open.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::cube::{Cube, Key};

impl Cube {
    /// Intervals as counts of each period in which they are open.
    pub(super) fn open_intervals(&self, n_periods: usize) -> Vec<(Key, u64)> {
        let steps: BTreeMap<(u16, u32, u64, u16), i64> = self
            .steps
            .iter()
            .map(|(key, n)| ((key.indicator, key.unit, key.categories, key.period), *n))
            .collect();
        let mut open = Vec::new();
        let mut steps = steps.into_iter().peekable();
        let mut n_open: i64 = 0;
        while let Some(((indicator, unit, categories, period), n)) = steps.next() {
            n_open += n;
            let until = match steps.peek() {
                Some(((i, u, c, next), _)) if (*i, *u, *c) == (indicator, unit, categories) => {
                    *next
                }
                _ => u16::try_from(n_periods + 1).unwrap_or(u16::MAX),
            };
            let n = u64::try_from(n_open).unwrap_or(0);
            if n > 0 {
                let key = Key { indicator, period, unit, categories };
                open.extend((period..until).map(|period| (Key { period, ..key }, n)));
            }
            if usize::from(until) > n_periods {
                n_open = 0;
            }
        }
        open
    }
}

/// Moves `from` to the next period that no range has, and answers where the free ones end.
pub(super) fn free_from(taken: &[Range<usize>], from: &mut usize, end: usize) -> Option<usize> {
    while let Some(range) = taken.iter().find(|range| range.contains(from)) {
        *from = range.end;
    }
    let n_free = taken.iter().filter_map(|range| range.start.checked_sub(*from)).min();
    (*from < end).then(|| n_free.map_or(end, |n_free| (*from + n_free).min(end)))
}
