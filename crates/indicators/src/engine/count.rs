//! Records in, counts out.

use std::fmt;
use std::ops::Range;

use super::Engine;
use super::additions::Additions;
use super::compile::{Compiled, Plan};
use super::joined::{join, with_embedded_person};
use super::occurrence::{Memo, Run};
use crate::Source;
use crate::cube::Cube;
use crate::day::DayNumber;
use crate::field::{Elements, Record, Root, Row};
use crate::people::People;
use crate::reason::Reason;
use crate::scan::{
    ArrayError, ArrayState, Element, Entry, Feed, Keys, Slots, TakeRecords, one_record,
};

/// Counts records into a cube of its own.
///
/// One for each thread; the cubes are then [merged](Cube::merge). Nothing is allocated for a record
/// unless it adds a cell that was not there.
pub struct Counter<'e> {
    engine: &'e Engine,
    people: &'e People,
    cube: Cube,
    work: Work,
    looks_for_findings: bool,
}

/// Memory that is used again for each record.
#[derive(Default)]
struct Work {
    slots: Slots,
    /// Of a copy of the person inside the record.
    person_slots: Slots,
    /// Of one element of a list.
    element_slots: Slots,
    codes: Vec<u8>,
    /// The lists of the record, and one that only one indicator sees.
    lists: Vec<Elements<'static>>,
    own_list: Elements<'static>,
    dates: Vec<Option<Result<DayNumber, Reason>>>,
    units: Vec<Option<Result<u32, Reason>>>,
    options: Vec<Option<Result<u32, Reason>>>,
    occurrences: Vec<(DayNumber, usize)>,
    periods: Vec<Range<usize>>,
    additions: Additions,
}

impl<'e> Counter<'e> {
    pub(super) fn new(engine: &'e Engine, people: &'e People) -> Self {
        let work = Work {
            person_slots: Slots::new(engine.person_keys.len()),
            units: vec![None; engine.places.len()],
            options: vec![None; engine.splits.len()],
            ..Work::default()
        };
        Self { engine, people, cube: engine.cube(), work, looks_for_findings: true }
    }

    /// The same, which only counts.
    pub(super) fn without_findings(self) -> Self {
        Self { looks_for_findings: false, ..self }
    }

    /// Forgets what was counted; its memory is used again.
    pub(super) fn forget(&mut self) {
        self.cube.forget();
    }

    /// Takes one record: the text of one JSON object. One that cannot be read is counted as such.
    pub fn push(&mut self, source: Source, record: &[u8]) {
        let Some(plan) = self.engine.plans.get(&source) else { return };
        self.begin(plan);
        let mut slots = std::mem::take(&mut self.work.slots);
        match one_record(record, &plan.keys, &mut slots) {
            Some(()) => self.count(plan, source, record, &slots),
            None => self.bad(plan, source),
        }
        self.work.slots = slots;
    }

    /// Takes the records of one complete JSON array, such as a page; answers how many there were.
    ///
    /// # Errors
    ///
    /// When the text is not one complete array. What came before the fault stays counted.
    pub fn push_array(&mut self, source: Source, array: &[u8]) -> Result<u64, ArrayError> {
        let mut state = ArrayState::new();
        self.take_part(source, &mut state, array)?;
        state.finish()
    }

    /// Takes a JSON array of any size in portions.
    pub fn feed(&mut self, source: Source) -> Feed<'_> {
        Feed::new(Sink(self, source))
    }

    /// Takes a part of a JSON array in portions: the elements that begin from byte `from` on, up
    /// to the one that is under way at byte `until`.
    ///
    /// So threads share a file. Each looks at its stretch ([`Stretch`]), which tells each of them
    /// the state of a reader at its place; then each counts, reading on behind `until` until
    /// [`Feed::is_done`]. Every element is counted by exactly one of them.
    ///
    /// [`Stretch`]: crate::Stretch
    pub fn feed_part(
        &mut self,
        source: Source,
        entry: Entry,
        from: u64,
        until: Option<u64>,
    ) -> Feed<'_> {
        Feed::from_state(Sink(self, source), ArrayState::part(entry, from, until))
    }

    /// What was counted.
    #[must_use]
    pub fn into_cube(mut self) -> Cube {
        self.work.additions.settle(&self.engine.compiled, &mut self.cube);
        self.cube
    }

    /// What was counted so far.
    #[must_use]
    pub fn cube(&mut self) -> &Cube {
        self.work.additions.settle(&self.engine.compiled, &mut self.cube);
        &self.cube
    }

    fn take_part(
        &mut self,
        source: Source,
        state: &mut ArrayState,
        text: &[u8],
    ) -> Result<usize, ArrayError> {
        let none = Keys::default();
        let plan = self.engine.plans.get(&source);
        if let Some(plan) = plan {
            self.begin(plan);
            self.work.additions.make_room(self.engine.n_places);
        }
        let mut slots = std::mem::take(&mut self.work.slots);
        let keys = plan.map_or(&none, |plan| &plan.keys);
        let done =
            state.take(text, keys, &mut slots, |element, text, slots| match (plan, element) {
                (Some(plan), Element::Record) => self.count(plan, source, text, slots),
                (Some(plan), Element::Bad) => self.bad(plan, source),
                (None, _) => {}
            });
        self.work.slots = slots;
        done
    }

    fn begin(&mut self, plan: &Plan) {
        self.work.slots.resize(plan.keys.len());
        self.work.dates.resize(plan.dates.len(), None);
    }

    fn bad(&mut self, plan: &Plan, source: Source) {
        self.cube.n_read[source as usize] += 1;
        self.cube.n_bad[source as usize] += 1;
        for &indicator in &plan.indicators {
            self.cube.accounts[indicator].left_out[Reason::Unreadable as usize] += 1;
        }
    }

    fn count(&mut self, plan: &Plan, source: Source, text: &[u8], slots: &Slots) {
        let Self { engine, people, cube, work, looks_for_findings } = self;
        cube.n_read[source as usize] += 1;
        work.dates.fill(None);
        work.units.fill(None);
        work.options.fill(None);
        let Work {
            person_slots,
            element_slots,
            codes,
            lists: kept_lists,
            own_list: kept_list,
            dates,
            units,
            options,
            occurrences,
            periods,
            additions,
            ..
        } = work;
        plan.names.look_for_codes(text, slots, codes);
        let mut record = Record::new(text, slots, codes);
        if plan.needs_person {
            record = with_embedded_person(engine, plan, record, person_slots);
        }
        let row = Row::of(&record);
        let mut memo = Memo { dates, units, options };
        let mut lists: Vec<Elements<'_>> =
            std::mem::take(kept_lists).into_iter().map(Elements::recycled).collect();
        lists.resize_with(plan.lists.len(), Elements::default);
        for (elements, list) in lists.iter_mut().zip(&plan.lists) {
            elements.fill(&row, list, element_slots);
        }
        for &indicator in &plan.indicators {
            let Compiled::Counting(counting) = &engine.compiled[indicator] else { continue };
            // Most indicators see most records for no longer than this.
            if counting.asks_record() && !counting.predicate.holds(&row, &engine.setup.day_rule) {
                cube.accounts[indicator].left_out[Reason::Condition as usize] += 1;
                continue;
            }
            let joined;
            let row = if counting.join.is_empty() {
                Ok(row)
            } else {
                memo.forget();
                joined = join(plan, counting, people, record);
                joined.as_ref().map(Row::of)
            };
            let mut run = Run::new(engine, counting, indicator, cube, &mut memo, additions);
            match row {
                Ok(row) => match counting.each {
                    None => run.record(plan, &row, None, occurrences, periods),
                    // A list of the person is another one for each indicator with a join.
                    Some(n) if plan.lists[n].field.root != Root::Record => {
                        let mut own = std::mem::take(kept_list).recycled();
                        own.fill(&row, &plan.lists[n], element_slots);
                        run.record(plan, &row, Some(&own), occurrences, periods);
                        *kept_list = own.recycled();
                    }
                    Some(n) => run.record(plan, &row, Some(&lists[n]), occurrences, periods),
                },
                Err(reason) => run.left_out(*reason),
            }
            run.close();
            if !counting.join.is_empty() {
                memo.forget();
            }
        }
        *kept_lists = lists.into_iter().map(Elements::recycled).collect();
        if let (true, Some(checks), Some(rules)) =
            (*looks_for_findings, &plan.checks, &engine.setup.quality)
        {
            checks.look(source, &row, rules, &engine.setup, cube);
        }
        additions.settle_many();
        if additions.is_full() {
            additions.settle(&engine.compiled, cube);
        }
    }
}

/// A counter that takes the records of one source.
struct Sink<'c, 'e>(&'c mut Counter<'e>, Source);

impl TakeRecords for Sink<'_, '_> {
    fn take(&mut self, state: &mut ArrayState, text: &[u8]) -> Result<usize, ArrayError> {
        self.0.take_part(self.1, state, text)
    }
}

impl fmt::Debug for Counter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counter").field("cube", &self.cube).finish_non_exhaustive()
    }
}
