//! Everything that a plan or a run works with, made once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;

use super::look::{Onlooker, Watch};
use super::trace::Trace;
use super::{Counted, Input, Planned, Preparation, Prepared, ReadProgress, Target};
use crate::config::{Config, Unmapped, Window, did_you_mean};
use crate::godata::Reader;
use crate::places::{Location, Mapping, Table};
use crate::problem::{Outcome, Problem};
use crate::records::Folder;

/// What the command line decides about a run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Reads records from this folder instead of from Go.Data.
    pub records: Option<PathBuf>,
    /// Counts these periods instead of the configured window.
    pub window: Option<Window>,
    /// Takes this as the day of the run.
    pub today: Option<NaiveDate>,
    /// Works on the reports of these data sets only (id, code or name as configured); empty for all.
    pub reports: Vec<String>,
}

/// A run that is ready to read.
#[derive(Debug)]
pub struct Work {
    /// The configuration, narrowed to the chosen reports.
    pub config: Config,
    /// The day of the run.
    pub today: NaiveDate,
    /// Where records come from.
    pub input: Input,
    /// DHIS2, unless the run only counts.
    pub target: Option<Target>,
    /// Every location.
    pub locations: Vec<Location>,
    /// Which location is which unit.
    pub mapping: Mapping,
    /// The reports, ready to be counted.
    pub prepared: Vec<Prepared>,
}

impl Work {
    /// Opens a run that ends in DHIS2: connects to both sides and prepares every report.
    ///
    /// # Errors
    ///
    /// When a server cannot be used, or the configuration does not fit what the servers say.
    pub async fn open(config: Config, options: &Options) -> Outcome<Self> {
        let config = narrowed(config, &options.reports)?.apart();
        let target = Target::connect(&config).await?;
        let today = options.today.unwrap_or_else(|| target.today());
        let input = input(&config, options).await?;
        let locations = locations(&input).await?;
        let table = table(&config)?;
        let mapping = Mapping::find(
            &locations,
            &target.units(),
            &table.unwrap_or_default(),
            &config.file.places,
        );
        fail_on_unknown_units(&config, &mapping)?;
        let quality = super::quality::rules(&config, &input, today).await?;
        let preparation = Preparation {
            config: &config,
            input: &input,
            locations: &locations,
            mapping: &mapping,
            today,
            window: options.window.as_ref(),
            without_window: None,
            quality,
        };
        let prepared = config
            .file
            .report
            .iter()
            .zip(&target.data_sets)
            .enumerate()
            .map(|(n, (report, data_set))| preparation.prepare(n, report, Some(data_set.clone())))
            .collect::<Outcome<Vec<_>>>()?;
        super::attributes::refuse_shared(&prepared, &input)?;
        Ok(Self { config, today, input, target: Some(target), locations, mapping, prepared })
    }

    /// Opens a run that only counts; no DHIS2 is asked.
    ///
    /// # Errors
    ///
    /// When the records cannot be found, or the configuration needs DHIS2 to be understood.
    pub async fn open_without_target(
        config: Config,
        options: &Options,
        today: NaiveDate,
    ) -> Outcome<Self> {
        let config = narrowed(config, &options.reports)?.apart();
        let today = options.today.unwrap_or(today);
        let input = input(&config, options).await?;
        let locations = locations(&input).await?;
        let table = table(&config)?;
        let mapping = Mapping::offline(&locations, table.as_ref(), &config.file.places);
        let quality = super::quality::rules(&config, &input, today).await?;
        let preparation = Preparation {
            config: &config,
            input: &input,
            locations: &locations,
            mapping: &mapping,
            today,
            window: options.window.as_ref(),
            without_window: Some(Window::All),
            quality,
        };
        let prepared = config
            .file
            .report
            .iter()
            .enumerate()
            .map(|(n, report)| preparation.prepare(n, report, None))
            .collect::<Outcome<Vec<_>>>()?;
        Ok(Self { config, today, input, target: None, locations, mapping, prepared })
    }

    /// Reads and counts every record that a report needs.
    ///
    /// # Errors
    ///
    /// When records cannot be read to their end, or a place has no unit and the configuration says `fail`.
    pub async fn count(
        &self,
        trace: Option<&mut Trace>,
        progress: &mut dyn FnMut(ReadProgress),
    ) -> Outcome<Counted> {
        self.count_seen(trace.map_or(Onlooker::Nobody, Onlooker::Trace), progress).await
    }

    /// Reads and counts every record that a report needs, and shows all records of a kind to somebody.
    ///
    /// # Errors
    ///
    /// As for [`count`](Self::count).
    pub async fn count_watched(
        &self,
        watch: Watch<'_>,
        progress: &mut dyn FnMut(ReadProgress),
    ) -> Outcome<Counted> {
        self.count_seen(Onlooker::Watch(watch), progress).await
    }

    async fn count_seen(
        &self,
        onlooker: Onlooker<'_>,
        progress: &mut dyn FnMut(ReadProgress),
    ) -> Outcome<Counted> {
        let counted = Counted::count(&self.input, &self.prepared, onlooker, progress).await?;
        if self.config.file.places.unmapped == Unmapped::Fail {
            self.fail_on_unmapped(&counted)?;
        }
        Ok(counted)
    }

    /// What has to change in DHIS2, report by report.
    ///
    /// # Errors
    ///
    /// When a figure cannot be addressed in DHIS2, or what it holds cannot be read.
    pub async fn plan(&self, counted: &Counted) -> Outcome<Vec<Planned>> {
        let target = self.target()?;
        let mut planned = Vec::new();
        for (n, prepared) in self.prepared.iter().enumerate() {
            planned.push(Planned::make(target, prepared, counted.cells(&self.prepared, n)).await?);
        }
        Ok(planned)
    }

    /// The DHIS2 of this run.
    ///
    /// # Errors
    ///
    /// When it was opened without one.
    pub fn target(&self) -> Outcome<&Target> {
        self.target
            .as_ref()
            .ok_or_else(|| Problem::new(crate::Exit::Bug, "this run was opened without DHIS2"))
    }

    /// Ends the session with Go.Data.
    pub async fn close(self) {
        if let Input::Server(reader) = self.input {
            reader.close().await;
        }
    }

    fn fail_on_unmapped(&self, counted: &Counted) -> Outcome<()> {
        let mut lost: BTreeMap<String, u64> = BTreeMap::new();
        for line in counted
            .left_out(&self.prepared)
            .into_iter()
            .filter(|line| line.reason == "unmapped-place")
        {
            *lost.entry(line.indicator).or_default() += line.n;
        }
        if lost.is_empty() {
            return Ok(());
        }
        let list: Vec<String> =
            lost.iter().map(|(indicator, n)| format!("{indicator}: {n}")).collect();
        Err(Problem::usage("some records are at places that have no organisation unit")
            .fact("records", list.join("\n"))
            .next("map the places in the table of [places], or set `unmapped = \"ancestor\"` or `\"report\"`"))
    }
}

/// The configuration with only the chosen reports.
fn narrowed(mut config: Config, chosen: &[String]) -> Outcome<Config> {
    if chosen.is_empty() {
        return Ok(config);
    }
    let known: Vec<String> =
        config.file.report.iter().filter_map(|report| report.data_set.clone()).collect();
    for wanted in chosen {
        if !known.contains(wanted) {
            let near = did_you_mean(wanted, known.iter().map(String::as_str));
            return Err(Problem::usage(format!("no report has the data set `{wanted}`{near}"))
                .fact("known", known.join("\n"))
                .next("name a `data_set` of the configuration, as it is written there"));
        }
    }
    config.file.report.retain(|report| {
        report.data_set.as_ref().is_some_and(|data_set| chosen.contains(data_set))
    });
    Ok(config)
}

async fn input(config: &Config, options: &Options) -> Outcome<Input> {
    Ok(match &options.records {
        Some(folder) => Input::Files(Folder::open(folder)?),
        None => Input::Server(Reader::connect(config).await?),
    })
}

async fn locations(input: &Input) -> Outcome<Vec<Location>> {
    match input {
        Input::Files(folder) => folder.locations(),
        Input::Server(reader) => reader.locations().await,
    }
}

fn table(config: &Config) -> Outcome<Option<Table>> {
    config.file.places.table.as_ref().map(|path| Table::load(&config.resolve(path))).transpose()
}

fn fail_on_unknown_units(config: &Config, mapping: &Mapping) -> Outcome<()> {
    if mapping.unknown_units.is_empty() {
        return Ok(());
    }
    let n = mapping.unknown_units.len();
    let list: Vec<String> = mapping
        .unknown_units
        .iter()
        .take(12)
        .map(|(location, unit)| format!("{location} → {unit}"))
        .collect();
    let file = config
        .file
        .places
        .table
        .as_ref()
        .map(|path| config.resolve(path).display().to_string())
        .unwrap_or_default();
    Err(Problem::usage(format!("the table of places names {n} organisation unit{} that no report's data set is assigned to", if n == 1 { "" } else { "s" }))
        .fact("file", file)
        .fact("rows", list.join("\n"))
        .next("correct the rows, empty their org_unit, or assign the data set to these units in DHIS2")
    )
}
