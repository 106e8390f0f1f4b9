//! `explain`: which records are in a cell, and why a record is in a cell or in none. For local eyes: what it shows is
//! written to standard output and nowhere else.

use std::collections::BTreeMap;

use chrono::Utc;
use clap::{Args, Subcommand};
use indicators::{CellKey, CellValue, Explanation, Outcome as Ended, People, Reason, Source};
use serde::{Deserialize, Serialize};

use super::Context;
use crate::Exit;
use crate::catalogue::{self, Group};
use crate::cli::Work as WorkArgs;
use crate::config::Config;
use crate::pipeline::{Prepared, ReadFor, Watch, Work};
use crate::problem::{Outcome, Problem};
use crate::tell::{self, Progress};

/// `explain`.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// What to explain
    #[command(subcommand)]
    pub what: ExplainOf,
}

/// What `explain` explains.
#[derive(Debug, Clone, Subcommand)]
pub enum ExplainOf {
    /// Lists the records in a cell, and those that were left out although they meet the condition
    Cell {
        /// The indicator, by name or code
        #[arg(value_name = "INDICATOR")]
        indicator: String,
        /// The period, such as 2020W30
        #[arg(value_name = "PERIOD")]
        period: String,
        /// The organisation unit: id, code or name
        #[arg(value_name = "ORG_UNIT")]
        org_unit: String,
        /// The option of a category, as they stand in `by` and in the breakdown; may be given again
        #[arg(long = "category", value_name = "NAME=OPTION")]
        categories: Vec<String>,
        /// What to work on
        #[command(flatten)]
        work: WorkArgs,
    },
    /// Shows every cell that a record is in, or why it is in none
    Record {
        /// Its visual id, such as CA-0000049, or its id
        #[arg(value_name = "RECORD")]
        record: String,
        /// What to work on
        #[command(flatten)]
        work: WorkArgs,
    },
}

/// What shows which record it is; no names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// Its id.
    pub id: String,
    /// The id that people use.
    #[serde(default)]
    pub visual_id: Option<String>,
    /// Day of reporting.
    #[serde(default)]
    pub date_of_reporting: Option<String>,
    /// Day of onset.
    #[serde(default)]
    pub date_of_onset: Option<String>,
    /// Classification of a case.
    #[serde(default)]
    pub classification: Option<String>,
}

impl Shown {
    /// The fields that it is made of, besides its id.
    const FIELDS: [&'static str; 4] =
        ["visualId", "dateOfReporting", "dateOfOnset", "classification"];
}

/// A cell and its records.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CellExplained {
    /// The report, with its attributes where it has some: outbreaks that are kept apart have a cell each.
    pub report: String,
    /// The attribute option combination of the cell, where DHIS2 was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute_option_combo: Option<String>,
    /// The cell.
    pub cell: CellKey,
    /// What it holds; absent for an empty cell.
    pub value: Option<CellValue>,
    /// The records in it.
    pub records: Vec<Shown>,
    /// Records that meet the condition and are in no cell of the indicator.
    pub near: Vec<(Shown, Explanation)>,
    /// How many records are in no cell of the indicator, by reason.
    pub left_out: BTreeMap<Reason, u64>,
}

/// A record and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordExplained {
    /// The kind of record.
    pub from: Source,
    /// The record.
    pub record: Shown,
    /// The report.
    pub report: String,
    /// One for each indicator over this kind of record.
    pub explanations: Vec<Explanation>,
}

pub(super) async fn run(context: &Context, args: &ExplainArgs) -> Outcome<Exit> {
    match &args.what {
        ExplainOf::Cell { indicator, period, org_unit, categories, work } => {
            let key = Wanted { indicator, period, org_unit, categories: pairs(categories)? };
            let found = cell(context, key, work).await?;
            found.iter().for_each(|one| context.screen.emit(&tell::explain::cell_json(one)));
            context.screen.say(tell::explain::cells(&found).trim_end());
        }
        ExplainOf::Record { record, work } => {
            let found = self::record(context, record, work).await?;
            found.iter().for_each(|one| context.screen.emit(&tell::explain::record_json(one)));
            context.screen.say(tell::explain::record(&found).trim_end());
        }
    }
    Ok(Exit::Done)
}

struct Wanted<'a> {
    indicator: &'a str,
    period: &'a str,
    org_unit: &'a str,
    categories: BTreeMap<String, String>,
}

/// `SEX=FEMALE` and so on.
fn pairs(categories: &[String]) -> Outcome<BTreeMap<String, String>> {
    categories
        .iter()
        .map(|text| match text.split_once('=') {
            Some((name, option)) => Ok((name.to_owned(), option.to_owned())),
            None => Err(Problem::usage(format!("`{text}` is no category with its option"))
                .next("write for example `--category SEX=FEMALE`")),
        })
        .collect()
}

async fn open(config: Config, args: &WorkArgs, only: Option<(&str, Vec<String>)>) -> Outcome<Work> {
    let mut options = args.options();
    if let Some((period, reports)) = only {
        if options.window.is_none() {
            options.window = Some(period.parse().map_err(|error| {
                Problem::usage(format!("`{period}` is no period"))
                    .because(error)
                    .next("write it as DHIS2 does: 2020W30, 202007, 20200731")
            })?);
        }
        if options.reports.is_empty() {
            options.reports = reports;
        }
    }
    match config.file.dhis2 {
        Some(_) => Work::open(config, &options).await,
        None => Work::open_without_target(config, &options, Utc::now().date_naive()).await,
    }
}

/// The cell in every report that counts the indicator into the same data set: one, or one an outbreak.
async fn cell(
    context: &Context,
    wanted: Wanted<'_>,
    args: &WorkArgs,
) -> Outcome<Vec<CellExplained>> {
    let config = Config::load(&context.global.config)?;
    let groups = catalogue::named(catalogue::configured(&config)?, &[wanted.indicator.to_owned()])?;
    let reports = groups.iter().filter_map(|group| group.data_set.clone()).collect();
    let work = open(config, args, Some((wanted.period, reports))).await?;
    let indicator = groups
        .iter()
        .flat_map(|group| &group.definitions)
        .find(|definition| {
            definition.indicator.eq_ignore_ascii_case(wanted.indicator)
                || Group::element(definition).eq_ignore_ascii_case(wanted.indicator)
        })
        .or_else(|| groups.iter().flat_map(|group| &group.definitions).next())
        .map(|definition| definition.indicator.clone())
        .unwrap_or_default();
    let counts = |report: &Prepared| report.engine.definition(&indicator).is_some();
    let Some(first) = work.prepared.iter().find(|report| counts(report)) else {
        return Err(Problem::usage(format!("the chosen reports do not count `{indicator}`"))
            .next("leave out `--report`, or name the report of this indicator"));
    };
    let of_data_set = |report: &Prepared| report.report.data_set == first.report.data_set;
    let source = first.engine.definition(&indicator).map_or(Source::Cases, |one| one.from);
    let mut found: Vec<(usize, CellExplained)> = Vec::new();
    for (n, report) in work.prepared.iter().enumerate() {
        if !counts(report) || !of_data_set(report) {
            continue;
        }
        let key = CellKey {
            indicator: indicator.clone(),
            period: wanted.period.to_owned(),
            org_unit: unit_id(&work, n, wanted.org_unit),
            categories: wanted.categories.clone(),
        };
        let explained = CellExplained {
            report: report.name.clone(),
            attribute_option_combo: report.attributes.as_ref().map(|one| one.id.to_string()),
            cell: key,
            value: None,
            records: Vec::new(),
            near: Vec::new(),
            left_out: BTreeMap::new(),
        };
        found.push((n, explained));
    }
    let progress = Progress::new(&context.screen, "read");
    let mut look = |source: Source, read_for: &ReadFor, bytes: &[u8], people: &[People]| {
        let Ok(shown) = serde_json::from_slice::<Shown>(bytes) else { return };
        for (n, found) in found.iter_mut().filter(|(n, _)| read_for.report(*n)) {
            found.look_at(&work.prepared[*n], &people[*n], source, bytes, &shown);
        }
    };
    let watch = Watch { source: Some(source), fields: &Shown::FIELDS, on_record: &mut look };
    let counted = work.count_watched(watch, &mut |at| progress.reading(at)).await;
    progress.finish();
    let counted = counted?;
    for (n, found) in &mut found {
        let cells = counted.cells(&work.prepared, *n);
        let cell = cells.iter().find(|cell| CellKey::from(*cell) == found.cell);
        found.value = cell.map(|cell| cell.value.clone());
    }
    work.close().await;
    Ok(found.into_iter().map(|(_, found)| found).collect())
}

impl CellExplained {
    /// Puts a record where it belongs: into the cell, beside it, or under its reason.
    fn look_at(
        &mut self,
        report: &Prepared,
        people: &People,
        source: Source,
        bytes: &[u8],
        shown: &Shown,
    ) {
        if report.engine.explain_cell(&self.cell, source, bytes, people).is_some() {
            self.records.push(shown.clone());
            return;
        }
        let all = report.engine.explain_record(source, bytes, people);
        let mine = all.into_iter().find(|one| one.indicator == self.cell.indicator);
        let Some(explanation) = mine else { return };
        if let Ended::LeftOut(reason) = explanation.outcome {
            *self.left_out.entry(reason).or_default() += 1;
            if meets_the_condition(reason) {
                self.near.push((shown.clone(), explanation));
            }
        }
    }
}

/// Whether a record that was left out for this reason is one that the indicator is about, in these periods.
fn meets_the_condition(reason: Reason) -> bool {
    !matches!(
        reason,
        Reason::Condition
            | Reason::BeforeWindow
            | Reason::AfterWindow
            | Reason::NotOpen
            | Reason::NothingInList
            | Reason::PersonNotInList
    )
}

/// The unit's id, where DHIS2 was asked and the text is its code or name.
fn unit_id(work: &Work, n: usize, text: &str) -> String {
    let units = work.prepared[n].data_set.iter().flat_map(|data_set| &data_set.org_units);
    units
        .into_iter()
        .find(|unit| {
            unit.id.as_str() == text || unit.code.as_deref() == Some(text) || unit.name == text
        })
        .map_or_else(|| text.to_owned(), |unit| unit.id.to_string())
}

async fn record(context: &Context, wanted: &str, args: &WorkArgs) -> Outcome<Vec<RecordExplained>> {
    let config = Config::load(&context.global.config)?;
    let work = open(config, args, None).await?;
    let progress = Progress::new(&context.screen, "read");
    let mut found = Vec::new();
    let mut look = |source: Source, read_for: &ReadFor, bytes: &[u8], people: &[People]| {
        let Ok(shown) = serde_json::from_slice::<Shown>(bytes) else { return };
        if shown.id != wanted && shown.visual_id.as_deref() != Some(wanted) {
            return;
        }
        let reports = work.prepared.iter().zip(people).enumerate();
        for (_, (report, people)) in reports.filter(|(n, _)| read_for.report(*n)) {
            found.push(RecordExplained {
                from: source,
                record: shown.clone(),
                report: report.name.clone(),
                explanations: report.engine.explain_record(source, bytes, people),
            });
        }
    };
    let watch = Watch { source: None, fields: &Shown::FIELDS, on_record: &mut look };
    let counted = work.count_watched(watch, &mut |at| progress.reading(at)).await;
    progress.finish();
    counted?;
    work.close().await;
    found.retain(|one| !one.explanations.is_empty());
    if found.is_empty() {
        return Err(Problem::usage("no record of the kinds that the reports count has this id")
            .next(
                "check the id; a deleted record, or one of another outbreak, is not read at all",
            ));
    }
    Ok(found)
}
