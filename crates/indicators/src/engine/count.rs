//! Records in, counts out.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::Engine;
use super::additions::Additions;
use super::compile::{Compiled, Counting, Dated, Plan, What};
use super::split::Chosen;
use crate::Source;
use crate::cube::{Amount, Candidate, Cube, Key, OPTIONS_PER_CATEGORY};
use crate::day::{DayNumber, DayRule, Moment};
use crate::definition::{Only, Timing};
use crate::field::{Elements, Field, Record, Root, Row};
use crate::people::{People, Person};
use crate::reason::Reason;
use crate::scan::{
    ArrayError, ArrayState, Element, Entry, Feed, Keys, Raw, Slots, TakeRecords, one_record,
};
use crate::timeline::Place;

/// Numbers that are larger or finer than this are not believed, so that sums stay exact.
const MAX_NUMBER: i64 = 1_000_000_000_000;
const MAX_SCALE: u32 = 6;

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
            if counting.asks_record && !counting.predicate.holds(&row, &engine.setup.day_rule) {
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
            let mut run = Run {
                engine,
                counting,
                // The number of indicators is checked when they are made ready.
                indicator: u16::try_from(indicator).unwrap_or(u16::MAX),
                cube,
                memo: &mut memo,
                additions,
                furthest: None,
                n_counted: 0,
            };
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
        additions.settle_many(cube);
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

/// The memory of one row, for a look at a single record.
pub(super) struct Rows {
    slots: Slots,
    person_slots: Slots,
}

impl Rows {
    pub(super) fn new(engine: &Engine, plan: &Plan) -> Self {
        Self {
            slots: Slots::new(plan.keys.len()),
            person_slots: Slots::new(engine.person_keys.len()),
        }
    }

    /// The record, if it is one JSON object.
    pub(super) fn record<'r>(
        &'r mut self,
        engine: &Engine,
        plan: &Plan,
        text: &'r [u8],
    ) -> Option<Record<'r>> {
        one_record(text, &plan.keys, &mut self.slots)?;
        let record = Record::new(text, &self.slots, &[]);
        Some(match plan.needs_person {
            true => with_embedded_person(engine, plan, record, &mut self.person_slots),
            false => record,
        })
    }
}

impl fmt::Debug for Counter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counter").field("cube", &self.cube).finish_non_exhaustive()
    }
}

/// The record with the copy of the person that it carries, if it does.
fn with_embedded_person<'r>(
    engine: &Engine,
    plan: &Plan,
    record: Record<'r>,
    slots: &'r mut Slots,
) -> Record<'r> {
    let copy = plan.embedded.iter().find_map(|field| record.first(field).filter(|v| v.is_object()));
    match copy {
        Some(copy) if one_record(copy.0, &engine.person_keys, slots).is_some() => {
            Record { person: Person::Embedded { text: copy.0, slots }, ..record }
        }
        _ => record,
    }
}

/// The record with the persons of the list that it belongs to.
pub(super) fn join<'r>(
    plan: &Plan,
    counting: &Counting,
    people: &'r People,
    record: Record<'r>,
) -> Result<Record<'r>, Reason> {
    let find = |id: Option<Raw<'_>>| {
        id.and_then(|id| people.find(id, &counting.join)).ok_or(Reason::PersonNotInList)
    };
    if plan.persons == plan.id {
        return Ok(Record { person: find(record.first(&plan.person_id))?, ..record });
    }
    let (mut from, mut to) = (None, None);
    let _ = record.each(&plan.persons, &mut |list| {
        if let Some(list) = list {
            list.for_each_element(|person| {
                let is = |flag| person.field(flag).and_then(Raw::as_bool) == Some(true);
                if is("source") {
                    from = person.field("id");
                } else if is("target") {
                    to = person.field("id");
                }
            });
        }
        std::ops::ControlFlow::<()>::Continue(())
    });
    // One of the two may be of a kind that was not asked for; both absent is nobody.
    let (from, to) = (find(from), find(to));
    if from.is_err() && to.is_err() {
        return Err(Reason::PersonNotInList);
    }
    let nobody = Person::Nobody;
    Ok(Record { from: from.unwrap_or(nobody), to: to.unwrap_or(nobody), ..record })
}

/// What was found out about a record and may be asked again by another indicator.
pub(super) struct Memo<'w> {
    dates: &'w mut [Option<Result<DayNumber, Reason>>],
    units: &'w mut [Option<Result<u32, Reason>>],
    options: &'w mut [Option<Result<u32, Reason>>],
}

impl Memo<'_> {
    fn forget(&mut self) {
        self.dates.fill(None);
        self.units.fill(None);
        self.options.fill(None);
    }
}

/// One indicator and one record.
struct Run<'r, 'm> {
    engine: &'r Engine,
    counting: &'r Counting,
    indicator: u16,
    cube: &'r mut Cube,
    memo: &'r mut Memo<'m>,
    additions: &'r mut Additions,
    furthest: Option<Reason>,
    n_counted: u64,
}

impl Run<'_, '_> {
    fn record(
        &mut self,
        plan: &Plan,
        row: &Row<'_>,
        list: Option<&Elements<'_>>,
        occurrences: &mut Vec<(DayNumber, usize)>,
        periods: &mut Vec<Range<usize>>,
    ) {
        occurrences.clear();
        periods.clear();
        match list {
            None => self.occurrence(plan, row, 0, occurrences, periods),
            Some(list) => {
                for n in 0..list.len() {
                    let row = Row { element: list.get(n), ..*row };
                    self.occurrence(plan, &row, n, occurrences, periods);
                }
                if list.len() == 0 {
                    self.left_out(Reason::NothingInList);
                }
            }
        }
        if !occurrences.is_empty() {
            self.narrowed(row, list, occurrences);
        }
    }

    /// Asks the condition and the date, then counts or, where one of several occurrences is to be
    /// chosen, remembers.
    fn occurrence(
        &mut self,
        plan: &Plan,
        row: &Row<'_>,
        n: usize,
        occurrences: &mut Vec<(DayNumber, usize)>,
        periods: &mut Vec<Range<usize>>,
    ) {
        let rule = &self.engine.setup.day_rule;
        if !self.counting.asks_record && !self.counting.predicate.holds(row, rule) {
            return self.left_out(Reason::Condition);
        }
        let day = match self.day(row, &self.counting.date) {
            Ok(day) => day,
            Err(reason) => return self.left_out(reason),
        };
        match (self.counting.timing, self.counting.only) {
            (Timing::Current, _) => self.current(row, day, periods),
            (_, None) => {
                let outcome = self.settled(row, day);
                self.take(outcome);
            }
            (_, Some(_)) if self.counting.across_records => {
                match text(row.first(&plan.person_id)) {
                    Some(person) => {
                        let outcome = self.settled(row, day);
                        let key = (self.indicator, person.into());
                        let candidates = self.cube.candidates.entry(key).or_default();
                        candidates.push(Candidate { day, outcome });
                        // Whether it counts is known when all are there.
                        self.n_counted = u64::MAX;
                    }
                    None => self.left_out(Reason::PersonNotInList),
                }
            }
            (_, Some(_)) => occurrences.push((day, n)),
        }
    }

    /// Counts those occurrences of a record that `only` leaves.
    fn narrowed(
        &mut self,
        row: &Row<'_>,
        list: Option<&Elements<'_>>,
        occurrences: &[(DayNumber, usize)],
    ) {
        let timeline = &self.engine.setup.timeline;
        for &(day, n) in occurrences {
            let mut others = occurrences.iter();
            let beaten = match self.counting.only {
                Some(Only::First) => others.any(|o| *o < (day, n)).then_some(Reason::NotFirst),
                Some(Only::Last) => {
                    others.any(|o| o.0 > day || o.0 == day && o.1 < n).then_some(Reason::NotLast)
                }
                Some(Only::OnePerPersonAndPeriod) => others
                    .any(|o| *o < (day, n) && timeline.place_of(o.0) == timeline.place_of(day))
                    .then_some(Reason::SamePersonAndPeriod),
                None => None,
            };
            match beaten {
                Some(reason) => self.left_out(reason),
                None => {
                    let element = list.and_then(|list| list.get(n));
                    let outcome = self.settled(&Row { element, ..*row }, day);
                    self.take(outcome);
                }
            }
        }
    }

    /// Counts an interval in each period on whose last day it is open, once a record.
    fn current(&mut self, row: &Row<'_>, start: DayNumber, periods: &mut Vec<Range<usize>>) {
        let mut end = DayNumber::MAX;
        for field in &self.counting.until {
            match self.day(row, field) {
                Ok(day) => end = end.min(day),
                Err(Reason::NoDate) => {}
                Err(reason) => return self.left_out(reason),
            }
        }
        let timeline = &self.engine.setup.timeline;
        let open = timeline.ending_within(start, end);
        if open.is_empty() {
            return self.left_out(match (timeline.place_of(start), timeline.place_of(end)) {
                (Place::After, _) => Reason::AfterWindow,
                (_, Place::Before) => Reason::BeforeWindow,
                _ => Reason::NotOpen,
            });
        }
        let mut from = open.start;
        // The periods in which no other interval of this record is open. Where there is none, another
        // one is counted, and with it the record.
        while let Some(to) = free_from(periods, &mut from, open.end) {
            let outcome = self.filled(row, u16::try_from(from + 1).unwrap_or(u16::MAX));
            if let Ok((key, amount)) = &outcome {
                periods.push(from..to);
                self.n_counted = self.n_counted.saturating_add(1);
                self.add_interval(*key, amount, to);
            } else {
                self.take(outcome);
            }
            from = to;
        }
    }

    /// The cell of an occurrence on a day, and what it adds.
    fn settled(&mut self, row: &Row<'_>, day: DayNumber) -> Result<(Key, Amount), Reason> {
        let period = match self.engine.setup.timeline.place_of(day) {
            Place::In(period) => period + 1,
            Place::Before if self.counting.timing == Timing::Cumulative => 0,
            Place::Before => return Err(Reason::BeforeWindow),
            Place::After => return Err(Reason::AfterWindow),
        };
        self.filled(row, period)
    }

    fn filled(&mut self, row: &Row<'_>, period: u16) -> Result<(Key, Amount), Reason> {
        let unit = self.unit(row)?;
        let mut key = Key { indicator: self.indicator, period, unit, categories: 0 };
        for (category, &split) in self.counting.splits.iter().enumerate() {
            key.set_option(category, self.option(row, split)?);
        }
        Ok((key, self.amount(row)?))
    }

    fn day(&mut self, row: &Row<'_>, date: &Dated) -> Result<DayNumber, Reason> {
        let rule = &self.engine.setup.day_rule;
        match date.memo {
            None => day_of(row, &date.field, rule),
            Some(memo) => {
                *self.memo.dates[memo].get_or_insert_with(|| day_of(row, &date.field, rule))
            }
        }
    }

    fn unit(&mut self, row: &Row<'_>) -> Result<u32, Reason> {
        let place = &self.engine.places[self.counting.place];
        let places = &self.engine.setup.places;
        if place.of_element {
            return place.unit(row, places);
        }
        *self.memo.units[self.counting.place].get_or_insert_with(|| place.unit(row, places))
    }

    fn option(&mut self, row: &Row<'_>, split: usize) -> Result<u32, Reason> {
        if let Some(known) = self.memo.options[split] {
            return known;
        }
        let ready = &self.engine.splits[split];
        let chosen = ready.choose(row, &self.engine.setup.places, &self.engine.setup.day_rule);
        let option = match (chosen, ready.open) {
            (Ok(Chosen::Listed(option)), _) => Ok(option),
            (Ok(Chosen::Met(text)), Some(list)) => {
                let met = &mut self.cube.options[list];
                let place = met.iter().position(|known| **known == *text).unwrap_or_else(|| {
                    met.push(text.as_ref().into());
                    met.len() - 1
                });
                let option = u32::try_from(ready.options.len() + place).unwrap_or(u32::MAX);
                if option < OPTIONS_PER_CATEGORY { Ok(option) } else { Err(Reason::OtherCategory) }
            }
            (Ok(Chosen::Met(_)), None) => Err(Reason::OtherCategory),
            (Err(reason), _) => Err(reason),
        };
        if !ready.of_element {
            self.memo.options[split] = Some(option);
        }
        option
    }

    fn amount(&mut self, row: &Row<'_>) -> Result<Amount, Reason> {
        match &self.counting.what {
            What::One => Ok(Amount::One),
            What::Value(field) => {
                let value = row.first(field).ok_or(Reason::NoValue)?;
                let text = value.as_text().map(Into::into);
                let text = text.or_else(|| std::str::from_utf8(value.0).ok().map(Into::into));
                text.map(Amount::Value).ok_or(Reason::NoValue)
            }
            What::Number(field) => {
                let number = row.first(field).and_then(Raw::as_number_or_numeric_text);
                let number = number.filter(|number| {
                    number.scale() <= MAX_SCALE && number.abs() <= MAX_NUMBER.into()
                });
                number.map(Amount::Number).ok_or(Reason::NoValue)
            }
            What::Days(from, to) => {
                let mut day = |date| self.day(row, date).map_err(|_| Reason::NoValue);
                Ok(Amount::Number((day(to)? - day(from)?).into()))
            }
        }
    }

    fn take(&mut self, outcome: Result<(Key, Amount), Reason>) {
        match outcome {
            Ok((key, amount)) => {
                self.add(key, amount);
                self.n_counted = self.n_counted.saturating_add(1);
            }
            Err(reason) => self.left_out(reason),
        }
    }

    fn add(&mut self, key: Key, amount: Amount) {
        match amount {
            Amount::One => self.additions.add(self.counting, key, 1),
            amount => self.additions.add_amount(self.counting, key, amount, self.cube),
        }
    }

    /// Adds an occurrence to each period from that of `key` to the one before `end` (counted from
    /// 0).
    fn add_interval(&mut self, key: Key, amount: &Amount, end: usize) {
        let n_periods = self.engine.setup.timeline.len();
        let behind = u16::try_from(end).unwrap_or(u16::MAX);
        if *amount == Amount::One {
            self.additions.add(self.counting, key, 1);
            if usize::from(behind) < n_periods {
                self.additions.add(self.counting, Key { period: behind + 1, ..key }, -1);
            }
            return;
        }
        for period in key.period..=behind {
            self.add(Key { period, ..key }, amount.clone());
        }
    }

    fn left_out(&mut self, reason: Reason) {
        self.furthest = self.furthest.max(Some(reason));
    }

    /// Notes what became of the record as a whole.
    fn close(&mut self) {
        let account = &mut self.cube.accounts[usize::from(self.indicator)];
        match (self.n_counted, self.furthest) {
            // A candidate is accounted for when it is known whether it counts.
            (u64::MAX, _) => {}
            (0, Some(reason)) => account.left_out[reason as usize] += 1,
            _ => account.counted += 1,
        }
    }
}

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
fn free_from(taken: &[Range<usize>], from: &mut usize, end: usize) -> Option<usize> {
    while let Some(range) = taken.iter().find(|range| range.contains(from)) {
        *from = range.end;
    }
    let n_free = taken.iter().filter_map(|range| range.start.checked_sub(*from)).min();
    (*from < end).then(|| n_free.map_or(end, |n_free| (*from + n_free).min(end)))
}

/// The calendar day of a field.
pub(crate) fn day_of(row: &Row<'_>, field: &Field, rule: &DayRule) -> Result<DayNumber, Reason> {
    let value = row.first(field).ok_or(Reason::NoDate)?;
    let text = value.quoted().ok_or(Reason::UnreadableDate)?;
    if text.is_empty() {
        return Err(Reason::NoDate);
    }
    Moment::parse(text).map(|moment| rule.day_of(moment)).ok_or(Reason::UnreadableDate)
}

fn text(value: Option<Raw<'_>>) -> Option<&str> {
    std::str::from_utf8(value?.quoted()?).ok()
}
