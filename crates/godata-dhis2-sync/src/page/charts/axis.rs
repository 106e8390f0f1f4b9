//! The period axis: short labels that do not collide, and the year or month below them.

use chrono::{Datelike, NaiveDate};

/// How a period is written on an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::page) struct Tick {
    /// The period within its group, such as `W35`, `Aug` or `24`.
    pub short: String,
    /// What several periods have in common, such as `2020`; empty where nothing.
    pub group: String,
    /// The period's number within its group, by which round ones are chosen.
    pub number: u32,
}

impl Tick {
    /// The tick of a DHIS2 period.
    ///
    /// Months are named only where identifier and first day agree: in other calendars than the Gregorian the fifth
    /// month is not May.
    pub(in crate::page) fn of(id: &str, first: NaiveDate) -> Self {
        let digits = id.bytes().take_while(u8::is_ascii_digit).count();
        let (head, rest) = id.split_at(digits);
        let gregorian = head.get(..6) == Some(first.format("%Y%m").to_string().as_str());
        let month = |format: &str| {
            if gregorian { first.format(format).to_string() } else { head[4..6].to_owned() }
        };
        let year = head.get(..4).unwrap_or_default();
        match (digits, rest) {
            (8, "") => Self {
                short: head[6..].trim_start_matches('0').to_owned(),
                group: format!("{} {year}", month("%b")),
                number: head[6..].parse().unwrap_or(first.day()),
            },
            (6, _) => Self {
                short: month("%b"),
                group: year.to_owned(),
                number: head[4..6].parse().unwrap_or(1),
            },
            (4, rest) if rest.ends_with(|c: char| c.is_ascii_digit()) => {
                // `WedW30` is the thirtieth week of those that begin on Wednesday, `AprilS1` a first half-year.
                let short = rest.rfind(['W', 'Q', 'S']).map_or(rest, |at| &rest[at..]);
                let number = short.trim_start_matches(|c: char| !c.is_ascii_digit()).parse();
                Self {
                    short: short.to_owned(),
                    group: year.to_owned(),
                    number: number.unwrap_or(1),
                }
            }
            // `2020`, and the financial year `2020April`.
            (4, _) => Self {
                short: year.to_owned(),
                group: String::new(),
                number: year.parse().unwrap_or(1),
            },
            _ => Self { short: id.to_owned(), group: String::new(), number: 1 },
        }
    }
}

/// A label with the place of its middle.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Label {
    pub x: f64,
    pub text: String,
}

/// Chooses the labels that fit: periods `pitch` pixels apart from `left` on, letters `letter` pixels wide.
pub(super) fn labels(ticks: &[Tick], left: f64, pitch: f64, letter: f64) -> Vec<Label> {
    let longest = ticks.iter().map(|tick| width(&tick.short, letter)).fold(0.0, f64::max);
    let needed = longest + 1.5 * letter;
    let steps: [u32; 8] = [1, 2, 4, 5, 10, 13, 26, 52];
    let step = steps.into_iter().find(|step| f64::from(*step) * pitch >= needed).unwrap_or(52);
    let mut labels: Vec<Label> = Vec::new();
    let mut free_from = f64::NEG_INFINITY;
    let mut last_is_first = false;
    for (i, tick) in ticks.iter().enumerate() {
        let is_first = tick.number == 1;
        if !(is_first || tick.number.is_multiple_of(step)) {
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "an index of a period, far below 2^52")]
        let x = left + (i as f64 + 0.5) * pitch;
        if x - needed / 2.0 < free_from {
            if !is_first || last_is_first {
                continue;
            }
            // The first week of a year is worth more than the last label of the year before.
            labels.pop();
        }
        free_from = x + needed / 2.0;
        last_is_first = is_first;
        labels.push(Label { x, text: tick.short.clone() });
    }
    labels
}

/// The groups: index of the first period and name, in order.
pub(super) fn groups(ticks: &[Tick]) -> Vec<(usize, &str)> {
    let mut groups: Vec<(usize, &str)> = Vec::new();
    for (i, tick) in ticks.iter().enumerate() {
        if !tick.group.is_empty() && groups.last().is_none_or(|(_, name)| *name != tick.group) {
            groups.push((i, &tick.group));
        }
    }
    groups
}

/// About how wide a text is. An average letter is enough, as labels are short and padded.
#[expect(clippy::cast_precision_loss, reason = "the length of a label")]
pub(super) fn width(text: &str, letter: f64) -> f64 {
    text.chars().count() as f64 * letter
}
