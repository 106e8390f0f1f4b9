//! The curves of a report: for each indicator the whole, its districts, and the numbers as tables.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use super::Markup;
use crate::page::charts::{self, Chart, Column, Size, Tick};
use crate::page::model::{Cell, End, Indicator, Page, Period, Report};
use crate::page::series::{Line, Series};
use crate::page::words::{count, grouped, period_word};

/// For screens from tablets up, and for paper.
const WIDE: Size = Size { width: 880.0, height: 270.0, letters: 13.0 };
/// For phones.
const NARROW: Size = Size { width: 360.0, height: 220.0, letters: 12.0 };
/// One district.
const SMALL: Size = Size { width: 160.0, height: 84.0, letters: 10.5 };
/// More small charts than this are not compared any more.
const MOST_SMALL: usize = 24;
/// Columns of one table of numbers, so that it fits on paper.
const TABLE_COLUMNS: usize = 11;

/// The curves of a report, and the indicators without.
pub(super) struct Drawn {
    pub curves: Vec<CurveView>,
    pub undrawn: Vec<String>,
    pub flat: Vec<String>,
}

/// The curve of one indicator.
#[derive(Debug, Serialize)]
pub(super) struct CurveView {
    id: String,
    indicator: String,
    /// What the curve says, in a sentence.
    sentence: String,
    wide: Option<Markup>,
    narrow: Option<Markup>,
    small: Vec<SmallView>,
    /// Districts beyond those drawn.
    n_more: usize,
    tables: Vec<TableView>,
    /// Whether the signs of the legend appear.
    has_corrected: bool,
    has_running: bool,
    has_missing: bool,
    has_zero: bool,
}

#[derive(Debug, Serialize)]
struct SmallView {
    name: String,
    sum: Option<String>,
    svg: Markup,
}

/// Numbers of a curve: a row a period.
#[derive(Debug, Serialize)]
struct TableView {
    /// The units of this table, where several are needed: `1 of 2`.
    part: Option<String>,
    columns: Vec<String>,
    rows: Vec<TableRow>,
    sums: Vec<String>,
}

#[derive(Debug, Serialize)]
struct TableRow {
    period: String,
    /// Empty text where there is no value.
    values: Vec<String>,
}

/// Draws every indicator that has numbers, in the order of the report.
pub(super) fn curves(page: &Page, report: &Report, report_id: &str) -> Drawn {
    let mut drawn = Drawn { curves: Vec::new(), undrawn: Vec::new(), flat: Vec::new() };
    for (i, indicator) in report.indicators.iter().enumerate() {
        match Series::of(report, indicator) {
            None => drawn.undrawn.push(indicator.name.clone()),
            Some(series) if series.is_flat() => drawn.flat.push(indicator.name.clone()),
            Some(series) => {
                let id = format!("{report_id}-c{}", i + 1);
                drawn.curves.push(Drawing { page, report, indicator, series: &series, id }.view());
            }
        }
    }
    drawn
}

struct Drawing<'a> {
    page: &'a Page,
    report: &'a Report,
    indicator: &'a Indicator,
    series: &'a Series,
    id: String,
}

impl Drawing<'_> {
    fn view(&self) -> CurveView {
        // One place is its own whole, whether or not it could be added to others.
        let whole = match self.series.units.as_slice() {
            [only] => Some(only),
            _ => self.series.total.as_ref(),
        };
        let columns = whole.map(|line| self.columns(line));
        let districts: &[Line] = if self.series.units.len() > 1 { &self.series.units } else { &[] };
        let shown = &districts[..districts.len().min(MOST_SMALL)];
        let all: Vec<Column> = columns
            .clone()
            .unwrap_or_else(|| districts.iter().flat_map(|line| self.columns(line)).collect());
        let sentence = self.sentence(whole);
        CurveView {
            indicator: self.indicator.name.clone(),
            wide: columns.as_ref().map(|c| self.curve("w", c, &sentence, WIDE)),
            narrow: columns.as_ref().map(|c| self.curve("n", c, &sentence, NARROW)),
            small: self.small(shown),
            n_more: districts.len() - shown.len(),
            tables: self.tables(whole, districts),
            has_corrected: all.iter().any(|column| column.corrected),
            has_running: all.iter().any(|column| column.running),
            has_missing: all.iter().any(|column| column.value.is_none()),
            has_zero: all.iter().any(|column| column.value == Some(0.0)),
            sentence,
            id: self.id.clone(),
        }
    }

    fn curve(&self, form: &str, columns: &[Column], sentence: &str, size: Size) -> Markup {
        let chart = Chart {
            id: &format!("{}-{form}", self.id),
            title: &format!(
                "{} by {}, {}",
                self.indicator.name,
                period_word(&self.report.period_type),
                self.report.name
            ),
            description: &format!("{sentence} The numbers follow as a table."),
            columns,
            highest: highest(columns),
        };
        Markup(charts::curve(chart, size))
    }

    /// All in one scale, so that heights can be compared.
    fn small(&self, lines: &[Line]) -> Vec<SmallView> {
        let columns: Vec<Vec<Column>> = lines.iter().map(|line| self.columns(line)).collect();
        let top = columns.iter().map(|columns| highest(columns)).fold(0.0, f64::max);
        lines
            .iter()
            .zip(&columns)
            .enumerate()
            .map(|(i, (line, columns))| {
                let description = match line.peak() {
                    Some((at, value)) if !value.is_zero() => format!(
                        "Highest in {} with {}.",
                        self.report.periods[at].id,
                        grouped(&value.normalize().to_string())
                    ),
                    _ => "Zero throughout.".to_owned(),
                };
                let chart = Chart {
                    id: &format!("{}-s{}", self.id, i + 1),
                    title: &format!("{}, {}", self.indicator.name, line.name),
                    description: &description,
                    columns,
                    highest: top,
                };
                SmallView {
                    name: line.name.clone(),
                    sum: self
                        .indicator
                        .adds_up
                        .then(|| grouped(&line.sum().normalize().to_string())),
                    svg: Markup(charts::miniature(chart, SMALL)),
                }
            })
            .collect()
    }

    fn columns(&self, line: &Line) -> Vec<Column> {
        let corrected: BTreeSet<&str> = self
            .report
            .cells
            .iter()
            .filter(|cell| is_correction(cell) && cell.indicator == self.indicator.name)
            .filter(|cell| self.series.total.as_ref() == Some(line) || cell.org_unit == line.name)
            .map(|cell| cell.period.as_str())
            .collect();
        self.report
            .periods
            .iter()
            .zip(&line.values)
            .map(|(period, value)| {
                let is_corrected = corrected.contains(period.id.as_str());
                let running = self.is_running(period);
                let mut tip = match value {
                    Some(value) => {
                        format!("{}: {}", period.id, grouped(&value.normalize().to_string()))
                    }
                    None => format!("{}: no value", period.id),
                };
                if is_corrected {
                    tip.push_str(", changed in this run");
                }
                if running {
                    tip.push_str(", not over yet");
                }
                Column {
                    tick: Tick::of(&period.id, period.first),
                    value: value.and_then(|value| value.to_f64()),
                    tip,
                    corrected: is_corrected,
                    running,
                }
            })
            .collect()
    }

    fn is_running(&self, period: &Period) -> bool {
        period.last >= self.page.day
    }

    /// `281 in 22 weeks; the highest is 34 in 2021W1.`
    fn sentence(&self, whole: Option<&Line>) -> String {
        let Some(line) = whole else {
            return format!(
                "{} places; values of different places cannot be added.",
                self.series.units.len()
            );
        };
        let n = u64::try_from(self.report.periods.len()).unwrap_or(u64::MAX);
        let peak = line.peak().map_or_else(String::new, |(at, value)| {
            format!(
                "highest in {} with {}.",
                self.report.periods[at].id,
                grouped(&value.normalize().to_string())
            )
        });
        if self.indicator.adds_up {
            format!(
                "{} in {}; {peak}",
                grouped(&line.sum().normalize().to_string()),
                count(n, period_word(&self.report.period_type))
            )
        } else {
            crate::page::words::sentence(&peak)
        }
    }

    fn tables(&self, whole: Option<&Line>, districts: &[Line]) -> Vec<TableView> {
        let mut lines: Vec<&Line> = whole.into_iter().collect();
        lines.extend(districts);
        // Tables of equal width, rather than full ones and a rest.
        let n_tables = lines.len().div_ceil(TABLE_COLUMNS).max(1);
        let parts: Vec<&[&Line]> = lines.chunks(lines.len().div_ceil(n_tables).max(1)).collect();
        parts
            .iter()
            .enumerate()
            .map(|(i, part)| TableView {
                part: (parts.len() > 1).then(|| format!("{} of {}", i + 1, parts.len())),
                columns: part.iter().map(|line| line.name.clone()).collect(),
                rows: self
                    .report
                    .periods
                    .iter()
                    .enumerate()
                    .map(|(at, period)| TableRow {
                        period: period.id.clone(),
                        values: part.iter().map(|line| shown(line.values[at])).collect(),
                    })
                    .collect(),
                sums: if self.indicator.adds_up {
                    part.iter().map(|line| shown(Some(line.sum()))).collect()
                } else {
                    Vec::new()
                },
            })
            .collect()
    }
}

fn shown(value: Option<Decimal>) -> String {
    value.map_or_else(String::new, |value| grouped(&value.normalize().to_string()))
}

fn is_correction(cell: &Cell) -> bool {
    cell.end == End::Done && cell.old.is_some()
}

fn highest(columns: &[Column]) -> f64 {
    columns.iter().filter_map(|column| column.value).fold(0.0, f64::max)
}
