//! Which part of the ids a reading has still to do.

use serde_json::{Value, json};

/// The ids of one range that are still to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Index of the condition that this range belongs to; see `pages::Plan`.
    pub(super) part: usize,
    start: Start,
    /// The first id of the next range.
    end: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Start {
    Unbounded,
    From(String),
    After(String),
}

impl Cursor {
    /// Ranges that hold every possible id exactly once.
    ///
    /// Ids are random UUIDs nearly always, so ranges by the first two hexadecimal digits are of
    /// about equal size; other ids fall into one of the ranges, too.
    pub(super) fn ranges(part: usize, n_ranges: u32) -> Vec<Self> {
        let n_ranges = n_ranges.clamp(1, 256);
        let bound = |i: u32| format!("{:02x}", i * 256 / n_ranges);
        (0..n_ranges)
            .map(|i| Self {
                part,
                start: if i == 0 { Start::Unbounded } else { Start::From(bound(i)) },
                end: (i + 1 < n_ranges).then(|| bound(i + 1)),
            })
            .collect()
    }

    /// The condition on `id`: one operator per object, for both of the server's engines.
    pub(super) fn condition(&self) -> Value {
        let start = match &self.start {
            Start::Unbounded => None,
            Start::From(id) => Some(json!({"id": {"gte": id}})),
            Start::After(id) => Some(json!({"id": {"gt": id}})),
        };
        let end = self.end.as_ref().map(|id| json!({"id": {"lt": id}}));
        match (start, end) {
            (None, None) => json!({}),
            (Some(only), None) | (None, Some(only)) => only,
            (Some(start), Some(end)) => json!({"and": [start, end]}),
        }
    }

    /// Whether a page that runs from `first` to `last` is what was asked for.
    pub(super) fn admits(&self, first: &str, last: &str) -> bool {
        let after_start = match &self.start {
            Start::Unbounded => true,
            Start::From(id) => first >= id.as_str(),
            Start::After(id) => first > id.as_str(),
        };
        let before_end = self.end.as_ref().is_none_or(|id| last < id.as_str());
        after_start && before_end && first <= last
    }

    /// The rest after a page that ended with `last`.
    pub(super) fn after(self, last: String) -> Self {
        Self { start: Start::After(last), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_in_exactly_one_range() {
        let ids = [
            "",
            "!",
            "0",
            "00",
            "3f",
            "40",
            "7fff",
            "80",
            "a",
            "ff",
            "g",
            "zz",
            "É",
            "A0",
            "\u{10ffff}",
        ];
        for n_ranges in [1, 2, 3, 4, 7, 256, 1000] {
            let ranges = Cursor::ranges(0, n_ranges);
            for id in ids {
                let n = ranges.iter().filter(|range| range.admits(id, id)).count();
                assert_eq!(n, 1, "`{id}` with {n_ranges} ranges");
            }
        }
    }

    #[test]
    fn conditions_hold_one_operator_per_object() {
        let range = Cursor::ranges(0, 4).remove(1).after("5a".into());
        assert_eq!(range.condition(), json!({"and": [{"id": {"gt": "5a"}}, {"id": {"lt": "80"}}]}));
        assert_eq!(Cursor::ranges(0, 1)[0].condition(), json!({}));
    }

    #[test]
    fn a_page_that_goes_back_or_out_of_its_range_is_noticed() {
        let range = Cursor::ranges(0, 2).remove(0).after("40".into());
        assert!(range.admits("41", "7f"));
        assert!(!range.admits("40", "7f"), "the last page's last record again");
        assert!(!range.admits("41", "80"), "beyond the range");
        assert!(!range.admits("60", "50"), "not in order");
    }
}
