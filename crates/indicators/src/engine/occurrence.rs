//! What one indicator makes of one record.

use std::ops::Range;

use super::Engine;
use super::additions::Additions;
use super::compile::{Counting, Dated, Plan, What};
use super::intervals::free_from;
use super::split::Chosen;
use crate::cube::{Amount, Candidate, Cube, Key, OPTIONS_PER_CATEGORY};
use crate::day::{DayNumber, DayRule, Moment};
use crate::definition::{Only, Timing};
use crate::field::{Elements, Field, Row};
use crate::reason::Reason;
use crate::scan::Raw;
use crate::timeline::Place;

/// Numbers that are larger or finer than this are not believed, so that sums stay exact.
const MAX_NUMBER: i64 = 1_000_000_000_000;
const MAX_SCALE: u32 = 6;

/// What was found out about a record and may be asked again by another indicator.
pub(super) struct Memo<'w> {
    pub(super) dates: &'w mut [Option<Result<DayNumber, Reason>>],
    pub(super) units: &'w mut [Option<Result<u32, Reason>>],
    pub(super) options: &'w mut [Option<Result<u32, Reason>>],
}

impl Memo<'_> {
    pub(super) fn forget(&mut self) {
        self.dates.fill(None);
        self.units.fill(None);
        self.options.fill(None);
    }
}

/// One indicator and one record.
pub(super) struct Run<'r, 'm> {
    engine: &'r Engine,
    counting: &'r Counting,
    indicator: u16,
    cube: &'r mut Cube,
    memo: &'r mut Memo<'m>,
    additions: &'r mut Additions,
    furthest: Option<Reason>,
    n_counted: u64,
}

impl<'r, 'm> Run<'r, 'm> {
    pub(super) fn new(
        engine: &'r Engine,
        counting: &'r Counting,
        indicator: usize,
        cube: &'r mut Cube,
        memo: &'r mut Memo<'m>,
        additions: &'r mut Additions,
    ) -> Self {
        // The number of indicators is checked when they are made ready.
        let indicator = u16::try_from(indicator).unwrap_or(u16::MAX);
        Self { engine, counting, indicator, cube, memo, additions, furthest: None, n_counted: 0 }
    }

    pub(super) fn record(
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
        if !self.counting.asks_record() && !self.counting.predicate.holds(row, rule) {
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
            amount => self.additions.add_amount(self.counting, key, amount),
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

    pub(super) fn left_out(&mut self, reason: Reason) {
        self.furthest = self.furthest.max(Some(reason));
    }

    /// Notes what became of the record as a whole.
    pub(super) fn close(&mut self) {
        let account = &mut self.cube.accounts[usize::from(self.indicator)];
        match (self.n_counted, self.furthest) {
            // A candidate is accounted for when it is known whether it counts.
            (u64::MAX, _) => {}
            (0, Some(reason)) => account.left_out[reason as usize] += 1,
            _ => account.counted += 1,
        }
    }
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
