//! From a report of the configuration to an engine that can count it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use dhis2_client::{DataSet, DataSetElement, Period, PeriodType};
use indicators::{
    Breakdowns, DayRule, Definition, Engine, PeriodSpan, Places, QualityRules, RollUp, Setup,
    Source, Timeline, Zero,
};

use super::Input;
use super::attributes::Attributes;
use super::day_rule::day_rule;
use crate::config::{Config, Report, Unmapped, Window};
use crate::ledger::ReportKey;
use crate::places::{Location, Mapping};
use crate::problem::{Outcome, Problem};

/// A report that can be counted.
#[derive(Debug)]
pub struct Prepared {
    /// What people call it: the data set's name, else what the configuration says, else its number.
    pub name: String,
    /// The report as configured.
    pub report: Report,
    /// The data set, where DHIS2 was asked.
    pub data_set: Option<DataSet>,
    /// Its period type.
    pub kind: PeriodType,
    /// First and last period that is counted.
    pub periods: (Period, Period),
    /// The compiled indicators.
    pub engine: Engine,
    /// The breakdowns that they may name.
    pub breakdowns: Breakdowns,
    /// The organisation units that records can be counted at.
    pub units: BTreeSet<String>,
    /// Whether it also looks for what is odd about the records.
    pub quality: bool,
    /// The outbreaks whose records it counts, by id or name as configured.
    pub outbreaks: Vec<String>,
    /// The attribute option combination that takes its values, where DHIS2 was asked.
    pub attributes: Option<Attributes>,
}

impl Prepared {
    /// Whether it reads this record kind, to count it or to join others to it.
    #[must_use]
    pub fn reads(&self, source: Source) -> bool {
        self.engine.sources().contains(&source) || self.engine.people_sources().contains(&source)
    }

    /// The key under which the ledger keeps it, where DHIS2 was asked.
    #[must_use]
    pub fn key(&self) -> Option<ReportKey> {
        Some(ReportKey {
            data_set: self.data_set.as_ref()?.id.to_string(),
            attribute_option_combo: self.attributes.as_ref()?.id.to_string(),
        })
    }
}

/// What all reports of a run share.
#[derive(Debug)]
pub struct Preparation<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Where records come from.
    pub input: &'a Input,
    /// Every location of Go.Data, deleted ones included: old records may name them.
    pub locations: &'a [Location],
    /// Which location is which organisation unit.
    pub mapping: &'a Mapping,
    /// The day of the run.
    pub today: NaiveDate,
    /// A window from the command line, in place of the configured ones.
    pub window: Option<&'a Window>,
    /// The window of a report that has none: the last periods in a run, everything in an offline count.
    pub without_window: Option<Window>,
    /// What is looked for in the records.
    pub quality: Option<QualityRules>,
}

impl Preparation<'_> {
    /// Prepares one report; `data_set` where DHIS2 was asked.
    ///
    /// # Errors
    ///
    /// When the period type is not known, the window does not fit it, the library is unknown, or an indicator
    /// cannot be compiled.
    pub fn prepare(
        &self,
        n: usize,
        report: &Report,
        data_set: Option<DataSet>,
    ) -> Outcome<Prepared> {
        let name = data_set
            .as_ref()
            .map(|data_set| data_set.name.clone())
            .or_else(|| report.data_set.clone())
            .unwrap_or_else(|| format!("report {}", n + 1));
        let outbreaks = self.config.file.outbreaks_of(report);
        let attributes = data_set
            .as_ref()
            .map(|data_set| Attributes::find(&name, report, data_set))
            .transpose()
            .map_err(|problem| problem.fact("file", self.config.path.display().to_string()))?;
        let apart = match &attributes {
            Some(attributes) => attributes.name.clone(),
            None => report.attributes_in_words(),
        };
        let name = apart.map_or(name.clone(), |attributes| format!("{name} ({attributes})"));
        let kind = self.period_type(&name, report, data_set.as_ref())?;
        let window = self.window.or(report.window.as_ref()).cloned();
        let window = window
            .or_else(|| self.without_window.clone())
            .unwrap_or_else(|| Window::default_for(kind));
        let open_future = data_set.as_ref().map_or(0, |data_set| data_set.open_future_periods);
        let periods = window.periods(kind, self.today, open_future).map_err(|error| {
            Problem::usage(format!(
                "the window `{window}` does not fit the {kind} periods of {name}"
            ))
            .because(error)
            .next("write for example `12 periods`, or two periods of this type: `2020W35..2021W8`")
        })?;
        let (definitions, breakdowns) = self.definitions(report, data_set.as_ref())?;
        let places = self.places(data_set.as_ref());
        let units = self.reachable(&definitions, &places);
        let setup = Setup {
            definitions,
            breakdowns: breakdowns.clone(),
            day_rule: self.day_rule()?,
            quality: self
                .quality
                .as_ref()
                .map(|rules| super::quality::of_report(rules, self.input, &outbreaks)),
            ..Setup::new(timeline(periods)?, places)
        };
        let engine = Engine::compile(setup)
        .map_err(|error| {
            Problem::usage(format!("an indicator of {name} cannot be counted as it is written"))
                .fact("file", self.config.path.display().to_string())
                .because(error)
                .next("correct it in the configuration; `docs/indicators.md` shows every key with an example")
        })?;
        Ok(Prepared {
            name,
            report: report.clone(),
            data_set,
            kind,
            periods,
            engine,
            breakdowns,
            units,
            quality: self.quality.is_some(),
            outbreaks,
            attributes,
        })
    }

    fn period_type(
        &self,
        name: &str,
        report: &Report,
        data_set: Option<&DataSet>,
    ) -> Outcome<PeriodType> {
        let configured = report.period.as_deref().and_then(|kind| kind.parse::<PeriodType>().ok());
        match (configured, data_set) {
            (Some(wanted), Some(data_set)) if wanted != data_set.period_type => {
                Err(Problem::usage(format!(
                    "{name} is reported {} in DHIS2, but the configuration says {wanted}",
                    data_set.period_type
                ))
                .fact("file", self.config.path.display().to_string())
                .next("remove `period` from this [[report]]: it is read from DHIS2"))
            }
            (_, Some(data_set)) => Ok(data_set.period_type),
            (Some(wanted), None) => Ok(wanted),
            (None, None) => Err(Problem::usage(format!(
                "the period type of {name} is not known, because no DHIS2 is asked"
            ))
            .fact("file", self.config.path.display().to_string())
            .next("add `period = \"Weekly\"` (or Daily, Monthly, …) to this [[report]]")),
        }
    }

    /// The report's definitions: the library's, then its own, with the rules that DHIS2 knows filled in.
    fn definitions(
        &self,
        report: &Report,
        data_set: Option<&DataSet>,
    ) -> Outcome<(Vec<Definition>, Breakdowns)> {
        let mut breakdowns = self.config.file.breakdown.clone();
        let mut definitions = Vec::new();
        if let Some(name) = &report.library {
            let library = super::library::load(name, &report.settings)?;
            for (key, breakdown) in library.breakdowns {
                breakdowns.entry(key).or_insert(breakdown);
            }
            definitions.extend(library.definitions);
        }
        definitions.extend(report.value.iter().cloned());
        let level = report.level.or(self.config.file.places.level);
        for definition in &mut definitions {
            definition.group.clone_from(&report.data_set);
            if definition.org_unit.is_none() {
                definition.org_unit.clone_from(&report.org_unit);
            }
            if definition.level.is_none() && definition.org_unit.is_none() {
                definition.level = level.map(|level| format!("ADMIN_LEVEL_{level}"));
            }
            if let Some(element) = data_set.and_then(|data_set| element_of(data_set, definition)) {
                definition.data_element = Some(element.id.to_string());
                definition.code.clone_from(&element.code);
                // DHIS2 says whether a zero is a value here; the configuration may say otherwise.
                let zero = if element.keeps_zeros() { Zero::Write } else { Zero::Omit };
                definition.zero.get_or_insert(zero);
            }
        }
        Ok((definitions, breakdowns))
    }

    /// The places of this report: only units that the data set is assigned to can take values.
    fn places(&self, data_set: Option<&DataSet>) -> Places {
        let assigned = |unit: &str| {
            data_set
                .is_none_or(|data_set| unit.parse().is_ok_and(|id| data_set.org_unit(id).is_some()))
        };
        let locations = self
            .locations
            .iter()
            .map(|location| indicators::Location {
                id: location.id.clone(),
                parent: location.parent_location_id.clone(),
                level: location.geographical_level_id.clone(),
                deleted: location.deleted,
                org_unit: self
                    .mapping
                    .org_unit(&location.id)
                    .filter(|unit| assigned(unit))
                    .map(str::to_owned),
            })
            .collect();
        let roll_up = match self.config.file.places.unmapped {
            Unmapped::Ancestor => RollUp::NearestMapped,
            Unmapped::Report | Unmapped::Fail => RollUp::ItselfOnly,
        };
        Places::new(locations, roll_up)
    }

    /// The units that a definition can count at: its fixed one, those of its level, or any that a place has.
    fn reachable(&self, definitions: &[Definition], places: &Places) -> BTreeSet<String> {
        let mut units = BTreeSet::new();
        for definition in definitions {
            if let Some(unit) = &definition.org_unit {
                units.insert(unit.clone());
            } else if let Some(level) = definition.level.as_deref() {
                let at_level = self.locations.iter().filter(|location| {
                    location
                        .geographical_level_id
                        .as_deref()
                        .is_some_and(|id| id == level || id.ends_with(&format!("_{level}")))
                });
                units.extend(
                    at_level
                        .filter_map(|location| places.org_unit_of(&location.id).ok())
                        .map(str::to_owned),
                );
            } else {
                units.extend(places.org_units().into_iter().map(str::to_owned));
            }
        }
        units
    }

    fn day_rule(&self) -> Outcome<DayRule> {
        match &self.config.file.godata {
            Some(godata) => Ok(day_rule(godata.time_zone()?)),
            None => Ok(DayRule::Utc),
        }
    }
}

/// The data set's element for a definition: by id, code or name of `data_element`, else by `code`.
pub(super) fn element_of<'a>(
    data_set: &'a DataSet,
    definition: &Definition,
) -> Option<&'a DataSetElement> {
    definition
        .data_element
        .as_deref()
        .and_then(|text| data_set.find_element(text))
        .or_else(|| definition.code.as_deref().and_then(|code| data_set.find_element(code)))
}

fn timeline((first, last): (Period, Period)) -> Outcome<Timeline> {
    if last < first {
        return Err(Problem::usage(format!(
            "the window ends with {last}, before it begins with {first}"
        ))
        .next("give the earlier period first"));
    }
    let spans = first
        .through(last)
        .map(|period| PeriodSpan {
            id: period.id(),
            first_day: period.first_day(),
            last_day: period.last_day(),
        })
        .collect();
    Timeline::new(spans)
        .map_err(|error| Problem::usage("the window cannot be counted").because(error))
}
