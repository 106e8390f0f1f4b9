//! Why a figure changed: what became of the records since the last run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use serde::Serialize;

use super::fingerprint::{RecordKey, RecordStandings, unpack};
use super::{CONDITION, CellKey, CountedPeriod, Fingerprints, Standing};

/// What became of the records of a cell since the last run, in numbers of records.
///
/// A record *enters* a cell in which it did not count at the last run, and *leaves* one in which it did. Each entry
/// and each leaving is counted once, by the first of these that is true.
///
/// Entries, of a record that was
/// 1. counted by the same indicator in a cell that it leaves: **moved in** (its date, place or category changed);
/// 2. known or not, in a period later than the last run counted: **new** (nothing was due there);
/// 3. in a period that the last run did not count otherwise (a longer window): **uncompared**;
/// 4. not known: **new** in the newest period of this run, otherwise **late**. Where the last run had asked Go.Data
///    for matching records only, and the record had been entered before it, it is **reclassified in**;
/// 5. known, by an indicator that the last run did not have: **uncompared**;
/// 6. counted by the same indicator elsewhere, in a cell that it does not leave (another element of a list) or whose
///    period slid out of the window: **corrected in**;
/// 7. left out because of the condition: **reclassified in**; for any other reason: **corrected in**.
///
/// Leavings, of a record that
/// 1. is gone: **deleted**. Where this run asked Go.Data for matching records only, this cannot be told from a
///    reclassification, and it is **gone**;
/// 2. is not counted by its indicator any more because the configuration has no such indicator: **uncompared**;
/// 3. enters another cell of the same indicator: **moved out**;
/// 4. still counts in another cell: **corrected out**;
/// 5. is left out because of the condition: **reclassified out**; for any other reason: **corrected out**.
///
/// Periods that have slid out of the window are not looked at. So for a cell that both runs counted with the same
/// indicators, `entered() - left()` is exactly by how many records it changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// Entered in Go.Data since, or in a period that was not due.
    pub new: u64,
    /// Entered in Go.Data since, into an older period.
    pub late: u64,
    /// The condition is fulfilled now and was not.
    pub reclassified_in: u64,
    /// The condition was fulfilled and is not any more.
    pub reclassified_out: u64,
    /// Came from another period, place or category.
    pub moved_in: u64,
    /// Went to another period, place or category.
    pub moved_out: u64,
    /// Something else that had kept it out was corrected: a date, a place, an element of a list.
    pub corrected_in: u64,
    /// Something else keeps it out now.
    pub corrected_out: u64,
    /// Not in Go.Data any more.
    pub deleted: u64,
    /// Not among the records that Go.Data was asked for any more: deleted or reclassified.
    pub gone: u64,
    /// The last run did not look at this period or indicator in a way that can be compared.
    pub uncompared: u64,
}

impl Why {
    /// How many records came into the cell.
    #[must_use]
    pub fn entered(&self) -> u64 {
        self.new + self.late + self.reclassified_in + self.moved_in + self.corrected_in
    }

    /// How many records went out of the cell.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.reclassified_out + self.moved_out + self.corrected_out + self.deleted + self.gone
    }
}

/// `1 late, 1 deleted`; nothing where nothing changed.
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (self.new, "new"),
            (self.late, "late"),
            (self.reclassified_in, "reclassified in"),
            (self.reclassified_out, "reclassified out"),
            (self.moved_in, "moved in"),
            (self.moved_out, "moved out"),
            (self.corrected_in, "corrected in"),
            (self.corrected_out, "corrected out"),
            (self.deleted, "deleted"),
            (self.gone, "deleted or reclassified"),
            (self.uncompared, "not compared"),
        ];
        let mut between = "";
        for (n, word) in words.into_iter().filter(|(n, _)| *n > 0) {
            write!(f, "{between}{n} {word}")?;
            between = ", ";
        }
        Ok(())
    }
}

/// What is known of the last run's records, apart from the records.
#[derive(Debug)]
pub(super) struct Before {
    /// When it began, in seconds since 1970.
    pub(super) started: i64,
    pub(super) narrowed: bool,
    pub(super) periods: Vec<CountedPeriod>,
    pub(super) standings: Vec<Standing>,
}

/// Compares the records of two runs, one record at a time.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    before: &'a Before,
    now: &'a Fingerprints,
    /// Every standing of either run.
    facts: Vec<Fact<'a>>,
    /// Number of a standing in the last run → in `facts`.
    of_before: Vec<usize>,
    /// Number of a standing in this run → in `facts`.
    of_now: Vec<usize>,
    indicators_before: BTreeSet<&'a str>,
    indicators_now: BTreeSet<&'a str>,
    whys: Vec<Why>,
}

/// What matters of a standing.
#[derive(Debug, Clone, Copy)]
struct Fact<'a> {
    indicator: &'a str,
    kind: Kind<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Kind<'a> {
    Cell { key: &'a CellKey, then: Then, is_counted_now: bool, is_newest: bool },
    Condition,
    Other,
}

/// Whether the last run counted a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Counted,
    /// It was not due: it is later than all that were counted.
    NotDue,
    NotCounted,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(before: &'a Before, now: &'a Fingerprints) -> Self {
        let mut numbers: BTreeMap<&Standing, usize> = BTreeMap::new();
        let mut facts = Vec::new();
        let periods = Periods::of(before, now);
        let mut number = |standing: &'a Standing| {
            *numbers.entry(standing).or_insert_with(|| {
                facts.push(Fact { indicator: standing.indicator(), kind: periods.kind(standing) });
                facts.len() - 1
            })
        };
        let of_before = before.standings.iter().map(&mut number).collect();
        let of_now = now.standings.iter().map(&mut number).collect();
        let names = |standings: &'a [Standing]| standings.iter().map(Standing::indicator).collect();
        Self {
            before,
            now,
            whys: vec![Why::default(); facts.len()],
            facts,
            of_before,
            of_now,
            indicators_before: names(&before.standings),
            indicators_now: names(&now.standings),
        }
    }

    /// Walks through the last run's records, which must come in ascending order, beside this run's.
    pub(super) fn walk<E>(
        mut self,
        before: impl Iterator<Item = Result<(RecordKey, Vec<u8>), E>>,
    ) -> Result<BTreeMap<CellKey, Why>, E> {
        let mut records = self.now.records.iter().peekable();
        for row in before {
            let (record, packed) = row?;
            while let Some((_, unknown)) = records.next_if(|(key, _)| **key < record) {
                self.record(None, Some(unknown));
            }
            let same = records.next_if(|(key, _)| **key == record).map(|(_, standings)| standings);
            self.record(Some(&packed), same);
        }
        for (_, unknown) in records {
            self.record(None, Some(unknown));
        }
        let whys = self.facts.iter().zip(self.whys).filter(|(_, why)| *why != Why::default());
        Ok(whys
            .filter_map(|(fact, why)| match fact.kind {
                Kind::Cell { key, .. } => Some((key.clone(), why)),
                _ => None,
            })
            .collect())
    }

    /// One record: where it stood, and where it stands.
    fn record(&mut self, before: Option<&[u8]>, now: Option<&RecordStandings>) {
        let then = numbers(before, &self.of_before);
        let here = numbers(now.map(|now| &*now.packed), &self.of_now);
        if then == here {
            return;
        }
        let existed = before.is_some();
        let may_have_existed = !existed
            && self.before.narrowed
            && now.and_then(|now| now.created).is_some_and(|at| at < self.before.started);
        let names: BTreeSet<&str> =
            then.iter().chain(&here).map(|number| self.facts[*number].indicator).collect();
        for name in names {
            let mine = |set: &BTreeSet<usize>| -> BTreeSet<usize> {
                set.iter().copied().filter(|n| self.facts[*n].indicator == name).collect()
            };
            let story = Story {
                existed,
                may_have_existed,
                exists: now.is_some(),
                then: mine(&then),
                here: mine(&here),
            };
            self.indicator(name, &story);
        }
    }

    /// One record and indicator: which cells it enters and leaves.
    fn indicator(&mut self, name: &str, story: &Story) {
        let leaves = story.then.difference(&story.here).copied();
        let enters = story.here.difference(&story.then).copied();
        // A cell whose period slid out of the window was not left.
        let leaves: Vec<usize> = leaves.filter(|n| self.facts[*n].is_counted_now()).collect();
        let enters: Vec<usize> = enters.filter(|n| self.facts[*n].is_cell()).collect();
        let was_counted = story.then.iter().any(|n| self.facts[*n].is_cell());
        let is_counted = story.here.iter().any(|n| self.facts[*n].is_cell());
        let moved = !leaves.is_empty() && !enters.is_empty();
        for &number in &enters {
            let fact = self.facts[number];
            let was_compared = self.indicators_before.contains(name);
            let why = &mut self.whys[number];
            *match fact.then() {
                _ if moved => &mut why.moved_in,
                Then::NotDue => &mut why.new,
                Then::NotCounted => &mut why.uncompared,
                Then::Counted if story.may_have_existed => &mut why.reclassified_in,
                Then::Counted if !story.existed && fact.is_newest() => &mut why.new,
                Then::Counted if !story.existed => &mut why.late,
                Then::Counted if !was_compared => &mut why.uncompared,
                Then::Counted if was_counted => &mut why.corrected_in,
                Then::Counted if by_condition(&self.facts, &story.then) => &mut why.reclassified_in,
                Then::Counted => &mut why.corrected_in,
            } += 1;
        }
        for &number in &leaves {
            let why = &mut self.whys[number];
            *if !story.exists {
                if self.now.narrowed { &mut why.gone } else { &mut why.deleted }
            } else if !self.indicators_now.contains(name) {
                &mut why.uncompared
            } else if moved {
                &mut why.moved_out
            } else if is_counted {
                &mut why.corrected_out
            } else if by_condition(&self.facts, &story.here) {
                &mut why.reclassified_out
            } else {
                &mut why.corrected_out
            } += 1;
        }
    }
}

/// A record as one indicator sees it.
struct Story {
    existed: bool,
    may_have_existed: bool,
    exists: bool,
    then: BTreeSet<usize>,
    here: BTreeSet<usize>,
}

impl Fact<'_> {
    fn is_cell(&self) -> bool {
        matches!(self.kind, Kind::Cell { .. })
    }

    fn is_counted_now(&self) -> bool {
        matches!(self.kind, Kind::Cell { is_counted_now: true, .. })
    }

    fn is_newest(&self) -> bool {
        matches!(self.kind, Kind::Cell { is_newest: true, .. })
    }

    fn then(&self) -> Then {
        match self.kind {
            Kind::Cell { then, .. } => then,
            _ => Then::NotCounted,
        }
    }
}

/// Whether one of these standings is the condition's.
fn by_condition(facts: &[Fact<'_>], standings: &BTreeSet<usize>) -> bool {
    standings.iter().any(|n| matches!(facts[*n].kind, Kind::Condition))
}

/// The periods of both runs.
struct Periods<'a> {
    before: BTreeSet<&'a str>,
    last_before: Option<NaiveDate>,
    now: BTreeMap<&'a str, NaiveDate>,
    newest: Option<NaiveDate>,
}

impl<'a> Periods<'a> {
    fn of(before: &'a Before, now: &'a Fingerprints) -> Self {
        let days = |periods: &'a [CountedPeriod]| {
            periods.iter().map(|period| (period.id.as_str(), period.first_day)).collect()
        };
        let then: BTreeMap<&str, NaiveDate> = days(&before.periods);
        let here: BTreeMap<&str, NaiveDate> = days(&now.periods);
        Self {
            last_before: then.values().max().copied(),
            before: then.into_keys().collect(),
            newest: here.values().max().copied(),
            now: here,
        }
    }

    fn kind<'s>(&self, standing: &'s Standing) -> Kind<'s> {
        match standing {
            Standing::LeftOut { reason, .. } if reason == CONDITION => Kind::Condition,
            Standing::LeftOut { .. } => Kind::Other,
            Standing::Counted(key) => {
                let first_day = self.now.get(key.period.as_str()).copied();
                let then = if self.before.contains(key.period.as_str()) {
                    Then::Counted
                } else if first_day > self.last_before {
                    Then::NotDue
                } else {
                    Then::NotCounted
                };
                let is_newest = first_day.is_some() && first_day == self.newest;
                Kind::Cell { key, then, is_counted_now: first_day.is_some(), is_newest }
            }
        }
    }
}

/// The standings of a record, in the numbers that both runs share.
fn numbers(packed: Option<&[u8]>, shared: &[usize]) -> BTreeSet<usize> {
    unpack(packed.unwrap_or_default())
        .filter_map(|number| shared.get(number as usize).copied())
        .collect()
}
