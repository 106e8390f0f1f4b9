//! Why a record is in a cell, or in none.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::Engine;
use super::cells::Cell;
use super::compile::{Compiled, Counting, Dated, Plan};
use super::joined::{self, Rows};
use super::occurrence::day_of;
use super::place::Place;
use super::standing::Standing;
use crate::Source;
use crate::condition::values;
use crate::definition::Timing;
use crate::field::{Elements, Row};
use crate::people::People;
use crate::reason::Reason;
use crate::scan::Slots;
use crate::timeline;

/// A cell by its place alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CellKey {
    /// The indicator.
    pub indicator: String,
    /// The period.
    pub period: String,
    /// The organisation unit.
    pub org_unit: String,
    /// For each category, the option.
    pub categories: BTreeMap<String, String>,
}

impl From<&Cell> for CellKey {
    fn from(cell: &Cell) -> Self {
        Self {
            indicator: cell.indicator.to_string(),
            period: cell.period.to_string(),
            org_unit: cell.org_unit.to_string(),
            categories: BTreeMap::clone(&cell.categories),
        }
    }
}

/// What became of one record in one indicator, step by step.
///
/// It shows values of the record: codes, dates and places, no names. It is for whoever may see the
/// record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The indicator.
    pub indicator: String,
    /// The questions in their order; after the first that fails the rest is not asked.
    pub steps: Vec<Step>,
    /// What came of it.
    pub outcome: Outcome,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What is asked, with the element of a list that it is asked of: `dateRanges[0]`.
    pub asks: String,
    /// What the record holds.
    pub finds: String,
    /// Whether the record passes.
    pub passes: bool,
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It counts in these cells; more than one if it has several occurrences.
    Counted(Vec<CellKey>),
    /// It counts in this cell unless another record of the same person does instead.
    CountedUnlessAnother(CellKey),
    /// It counts in later periods only through the cumulative count, from this cell on.
    CountedBefore(Vec<CellKey>),
    /// It is in no cell.
    LeftOut(Reason),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.passes { "yes" } else { "no" };
        write!(f, "{}: {} ({mark})", self.asks, self.finds)
    }
}

impl Engine {
    /// What became of a record in each indicator of its source, in the order of the definitions.
    #[must_use]
    pub fn explain_record(
        &self,
        source: Source,
        record: &[u8],
        people: &People,
    ) -> Vec<Explanation> {
        let Some(plan) = self.plans.get(&source) else { return Vec::new() };
        // The answer is that of the very code that counts; the steps tell how it came about.
        let standings = self.tracer(people).standings(source, record);
        let explain = |(&n, standing): (&usize, Standing<'_>)| {
            let Compiled::Counting(counting) = &self.compiled[n] else { return None };
            let mut outcome = standing.outcome;
            if let Outcome::Counted(cells) | Outcome::CountedBefore(cells) = &mut outcome {
                cells.dedup();
            }
            Some(Explanation {
                indicator: standing.indicator.to_owned(),
                steps: self.steps(plan, n, counting, source, record, people),
                outcome,
            })
        };
        plan.indicators.iter().zip(standings).filter_map(explain).collect()
    }

    /// How a record counts in a cell; `None` if it does not.
    #[must_use]
    pub fn explain_cell(
        &self,
        cell: &CellKey,
        source: Source,
        record: &[u8],
        people: &People,
    ) -> Option<Explanation> {
        let cumulative = self.definition(&cell.indicator)?.timing == Timing::Cumulative;
        let explanations = self.explain_record(source, record, people);
        let explanation = explanations.into_iter().find(|e| e.indicator == cell.indicator)?;
        let at = |period: &str| self.setup.timeline.periods().iter().position(|p| p.id == period);
        let fits = |key: &CellKey| {
            let same_period = match cumulative {
                true => key.period.is_empty() || at(&key.period) <= at(&cell.period),
                false => key.period == cell.period,
            };
            same_period && key.org_unit == cell.org_unit && key.categories == cell.categories
        };
        let is_in = match &explanation.outcome {
            Outcome::Counted(keys) | Outcome::CountedBefore(keys) => keys.iter().any(fits),
            Outcome::CountedUnlessAnother(key) => fits(key),
            Outcome::LeftOut(_) => false,
        };
        is_in.then_some(explanation)
    }

    fn steps(
        &self,
        plan: &Plan,
        n: usize,
        counting: &Counting,
        source: Source,
        record: &[u8],
        people: &People,
    ) -> Vec<Step> {
        let mut rows = Rows::new(self, plan);
        let Some(record) = rows.record(self, plan, record) else {
            return vec![Step::new("the record is one JSON object", "something else", false)];
        };
        let mut steps = Vec::new();
        let record = if counting.join.is_empty() {
            Ok(record)
        } else {
            let joined = joined::join(plan, counting, people, record);
            let lists: Vec<&str> = counting.join.iter().map(|list| list.as_str()).collect();
            let asks = format!("the person is in {}", lists.join(" or "));
            let finds = if joined.is_ok() { "found" } else { "not found" };
            steps.push(Step::new(asks, finds, joined.is_ok()));
            joined
        };
        let Ok(record) = record else { return steps };
        let row = Row::of(&record);
        match counting.each.map(|list| &plan.lists[list]) {
            None => self.steps_of_one(n, counting, source, &row, "", &mut steps),
            Some(list) => {
                let mut elements = Elements::default();
                elements.fill(&row, list, &mut Slots::default());
                let written = &list.field.written;
                for place in 0..elements.len() {
                    let row = Row { element: elements.get(place), ..row };
                    let of = format!("{written}[{place}]: ");
                    self.steps_of_one(n, counting, source, &row, &of, &mut steps);
                }
                if elements.len() == 0 {
                    steps.push(Step::new(format!("{written} has an element"), "none", false));
                }
            }
        }
        steps
    }

    fn steps_of_one(
        &self,
        n: usize,
        counting: &Counting,
        source: Source,
        row: &Row<'_>,
        of: &str,
        steps: &mut Vec<Step>,
    ) {
        let rule = &self.setup.day_rule;
        for part in counting.predicate.parts(source, row, rule) {
            steps.push(Step::new(format!("{of}{}", part.asks), part.finds, part.holds));
            if !part.holds {
                return;
            }
        }
        let date = &counting.date.field;
        let day = day_of(row, date, rule);
        let asks = format!("{of}{} is a date", date.written);
        steps.push(Step::new(asks, values(source, row, date), day.is_ok()));
        let Ok(day) = day else { return };
        for Dated { field, .. } in &counting.until {
            let asks = format!("{of}until {}", field.written);
            steps.push(Step::new(asks, values(source, row, field), true));
        }
        if counting.timing != Timing::Current {
            let place = self.setup.timeline.place_of(day);
            let (finds, passes) = match place {
                timeline::Place::In(period) => (self.setup.timeline.id(usize::from(period)), true),
                timeline::Place::Before => {
                    ("before the first period", counting.timing == Timing::Cumulative)
                }
                timeline::Place::After => ("after the last period", false),
            };
            steps.push(Step::new(format!("{of}the day is in a period"), finds, passes));
            if !passes {
                return;
            }
        }
        let place = &self.places[counting.place];
        let unit = place.unit(row, &self.setup.places);
        let finds = match (&unit, &place.place) {
            (Ok(unit), _) => self.units.get(*unit as usize).cloned().unwrap_or_default(),
            (Err(reason), Place::Field(field)) => {
                format!("{reason}: {}", values(source, row, field))
            }
            (Err(reason), Place::Residence { derived, .. }) => {
                format!("{reason}: {}", values(source, row, derived))
            }
            (Err(reason), Place::Fixed(_)) => reason.to_string(),
        };
        steps.push(Step::new(
            format!("{of}the place has an organisation unit"),
            finds,
            unit.is_ok(),
        ));
        if unit.is_err() {
            return;
        }
        let categories = self.setup.definitions[n].by.iter().zip(&counting.splits);
        for ((category, breakdown), &split) in categories {
            let chosen = self.splits[split].choose(row, &self.setup.places, rule);
            let (finds, passes) = match chosen {
                Ok(chosen) => (self.splits[split].text(&chosen), true),
                Err(reason) => (reason.to_string(), false),
            };
            steps.push(Step::new(format!("{of}{category} by {breakdown}"), finds, passes));
        }
    }
}

impl Step {
    fn new(asks: impl Into<String>, finds: impl Into<String>, passes: bool) -> Self {
        Self { asks: asks.into(), finds: finds.into(), passes }
    }
}
