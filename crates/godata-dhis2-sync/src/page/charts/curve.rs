//! Columns over time: the epidemic curve, and its small form for one district.

use std::fmt::Write as _;

use super::axis::{self, Tick};
use super::scale::Scale;
use super::svg::{Anchor, at, escape, line, rect, text};

/// One period of a chart.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::page) struct Column {
    /// How the period is written on the axis.
    pub tick: Tick,
    /// The height; nothing where there is no value, which is drawn otherwise than zero.
    pub value: Option<f64>,
    /// What a pointer that rests on the column is told, such as `2020W35: 12`.
    pub tip: String,
    /// Whether the run changed the value.
    pub corrected: bool,
    /// Whether the period was not over on the day of the run.
    pub running: bool,
}

/// What a chart shows.
#[derive(Debug, Clone, Copy)]
pub(in crate::page) struct Chart<'a> {
    /// Unique within the page: names the elements that hold title and description.
    pub id: &'a str,
    /// The chart's name for those who cannot see it.
    pub title: &'a str,
    /// What it shows, for those who cannot see it.
    pub description: &'a str,
    /// The periods, oldest first.
    pub columns: &'a [Column],
    /// The value that the axis must reach: more than the highest column's where charts are to be compared.
    pub highest: f64,
}

/// Width and height of the drawing in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::page) struct Size {
    pub width: f64,
    pub height: f64,
    /// Size of the letters.
    pub letters: f64,
}

/// The area in which columns stand.
#[derive(Debug, Clone, Copy)]
struct Area {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Area {
    fn width(self) -> f64 {
        self.right - self.left
    }
}

/// The epidemic curve: value axis, period axis, one column a period.
///
/// A zero is a flat mark on the axis, a missing value an empty ring above it, a changed value has a triangle over
/// its column, and a period that was not over is outlined on a shaded ground.
pub(in crate::page) fn curve(chart: Chart<'_>, size: Size) -> String {
    // Digits of the widest common system fonts (Verdana, DejaVu Sans).
    let letter = size.letters * 0.64;
    let scale = Scale::new(chart.highest, 5, is_whole(chart.columns));
    let widest =
        scale.ticks.iter().map(|tick| axis::width(&scale.label(*tick), letter)).fold(0.0, f64::max);
    let area = Area {
        left: widest + 10.0,
        right: size.width - 4.0,
        top: size.letters * 1.8,
        bottom: size.height - size.letters * 3.2,
    };
    let mut out = open(chart, size, "curve");
    value_axis(&mut out, &scale, area, size);
    columns(&mut out, chart.columns, scale.top(), area);
    peak(&mut out, chart.columns, &scale, area, letter);
    period_axis(&mut out, chart.columns, area, size, letter);
    out.push_str("</svg>\n");
    out
}

/// One district among others: columns, the common height and the first and last period.
pub(in crate::page) fn miniature(chart: Chart<'_>, size: Size) -> String {
    let scale = Scale::new(chart.highest, 4, is_whole(chart.columns));
    let area = Area {
        left: 2.0,
        right: size.width - 2.0,
        top: size.letters * 1.5,
        bottom: size.height - size.letters * 1.6,
    };
    let mut out = open(chart, size, "mini");
    line(&mut out, "grid", (area.left, area.top), (area.right, area.top));
    text(&mut out, (area.left, area.top - 3.0), "tick", Anchor::Start, &scale.label(scale.top()));
    line(&mut out, "axis", (area.left, area.bottom), (area.right, area.bottom));
    columns(&mut out, chart.columns, scale.top(), area);
    let below = area.bottom + size.letters * 1.2;
    if let [first, .., last] = chart.columns {
        text(&mut out, (area.left, below), "tick", Anchor::Start, &full(&first.tick));
        text(&mut out, (area.right, below), "tick", Anchor::End, &full(&last.tick));
    }
    out.push_str("</svg>\n");
    out
}

fn full(tick: &Tick) -> String {
    if tick.group.is_empty() {
        tick.short.clone()
    } else {
        format!("{} {}", tick.short, tick.group)
    }
}

fn is_whole(columns: &[Column]) -> bool {
    columns.iter().filter_map(|column| column.value).all(|value| value.fract() == 0.0)
}

fn open(chart: Chart<'_>, size: Size, class: &str) -> String {
    let (id, width, height) = (escape(chart.id), at(size.width), at(size.height));
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg class=\"chart {class}\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-size=\"{}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\n<title id=\"{id}-t\">{}</title>\n\
         <desc id=\"{id}-d\">{}</desc>",
        at(size.letters),
        escape(chart.title),
        escape(chart.description)
    );
    out
}

fn value_axis(out: &mut String, scale: &Scale, area: Area, size: Size) {
    for &tick in &scale.ticks {
        let y = height(tick, scale.top(), area);
        let class = if tick == 0.0 { "axis" } else { "grid" };
        line(out, class, (area.left, y), (area.right, y));
        let at = (area.left - 6.0, y + size.letters * 0.35);
        text(out, at, "tick", Anchor::End, &scale.label(tick));
    }
}

fn height(value: f64, top: f64, area: Area) -> f64 {
    area.bottom - value / top * (area.bottom - area.top)
}

#[expect(clippy::cast_precision_loss, reason = "the number of periods, far below 2^52")]
fn pitch(columns: &[Column], area: Area) -> f64 {
    area.width() / columns.len().max(1) as f64
}

#[expect(clippy::cast_precision_loss, reason = "the index of a period, far below 2^52")]
fn middle(i: usize, columns: &[Column], area: Area) -> f64 {
    area.left + (i as f64 + 0.5) * pitch(columns, area)
}

fn columns(out: &mut String, columns: &[Column], top: f64, area: Area) {
    let pitch = pitch(columns, area);
    let width = (pitch - (pitch * 0.2).clamp(0.6, 6.0)).min(46.0);
    for (i, column) in columns.iter().enumerate() {
        let x = middle(i, columns, area);
        let _ = writeln!(out, "<g><title>{}</title>", escape(&column.tip));
        if column.running {
            rect(out, "open", (x - pitch / 2.0, area.top), (pitch, area.bottom - area.top));
        }
        // The whole height answers to the pointer: a small column is hard to hit.
        rect(out, "hit", (x - pitch / 2.0, area.top), (pitch, area.bottom - area.top));
        let y = match column.value {
            None => {
                let radius = (pitch * 0.3).clamp(0.8, 3.0);
                // A ring smaller than this is a blot.
                let class = if radius < 2.0 { "gap" } else { "none" };
                let _ = writeln!(
                    out,
                    "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
                    at(x),
                    at(area.bottom - radius - 2.0),
                    at(radius)
                );
                area.bottom - 2.0 * radius - 2.0
            }
            Some(value) if value <= 0.0 => {
                rect(out, "zero", (x - width / 2.0, area.bottom - 1.0), (width, 2.0));
                area.bottom
            }
            Some(value) => {
                let y = height(value, top, area);
                let class = if column.running { "bar running" } else { "bar" };
                rect(out, class, (x - width / 2.0, y), (width, area.bottom - y));
                y
            }
        };
        if column.corrected {
            let half = (pitch * 0.45).clamp(2.0, 4.0);
            let _ = writeln!(
                out,
                "<path class=\"mark\" d=\"M{} {}l{} {}h{}z\"/>",
                at(x),
                at(y - 4.0),
                at(-half),
                at(-1.6 * half),
                at(2.0 * half)
            );
        }
        out.push_str("</g>\n");
    }
}

/// The highest column says its value: the number that readers ask for first.
fn peak(out: &mut String, columns: &[Column], scale: &Scale, area: Area, letter: f64) {
    let highest = columns
        .iter()
        .enumerate()
        .filter_map(|(i, column)| Some((i, column.value?)))
        .fold(None, |peak: Option<(usize, f64)>, (i, value)| match peak {
            Some((_, highest)) if highest >= value => peak,
            _ => Some((i, value)),
        });
    let Some((i, value)) = highest.filter(|(_, value)| *value > 0.0) else { return };
    let lift = if columns[i].corrected { 14.0 } else { 4.0 };
    let decimals = if is_whole(columns) { 0 } else { scale.decimals + 1 };
    let words = crate::page::words::grouped(&format!("{value:.decimals$}"));
    // Beside the axis rather than over its labels.
    let half = axis::width(&words, letter) / 2.0;
    let x = middle(i, columns, area).max(area.left + half).min(area.right - half);
    text(out, (x, height(value, scale.top(), area) - lift), "peak", Anchor::Middle, &words);
}

fn period_axis(out: &mut String, columns: &[Column], area: Area, size: Size, letter: f64) {
    let ticks: Vec<Tick> = columns.iter().map(|column| column.tick.clone()).collect();
    let pitch = pitch(columns, area);
    let first_line = area.bottom + size.letters * 1.35;
    for label in axis::labels(&ticks, area.left, pitch, letter) {
        let half = axis::width(&label.text, letter) / 2.0;
        line(out, "axis", (label.x, area.bottom), (label.x, area.bottom + 4.0));
        let x = label.x.clamp(half, size.width - half);
        text(out, (x, first_line), "tick", Anchor::Middle, &label.text);
    }
    let second_line = area.bottom + size.letters * 2.7;
    let mut free_from = f64::NEG_INFINITY;
    for (i, name) in axis::groups(&ticks) {
        let edge = middle(i, columns, area) - pitch / 2.0;
        if i > 0 {
            line(out, "grid", (edge, area.bottom), (edge, second_line + 2.0));
        }
        let wide = axis::width(name, letter * 1.1); // bold
        let x = (edge + if i > 0 { 5.0 } else { 0.0 }).min(size.width - wide);
        if x >= free_from {
            text(out, (x, second_line), "group", Anchor::Start, name);
            free_from = x + wide + letter;
        }
    }
}
