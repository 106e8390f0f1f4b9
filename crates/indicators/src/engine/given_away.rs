//! Hidden numbers that another indicator gives away.

use std::collections::BTreeMap;
use std::fmt;

use super::Engine;
use crate::definition::{Definition, Measure};

/// A pair of indicators of which one hides small numbers and the other lets them be worked out.
///
/// Each indicator is hidden so that its own sums tell nothing ([`Suppress`](crate::Suppress)), its
/// totals included. What another indicator shows of the same figure is compared by its definition:
/// the same records, condition, date and measure, split, placed or timed in another way. Figures
/// that differ in their condition (`all`, and `all but women`) are not compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenAway {
    /// The indicator that hides small numbers.
    pub hidden: String,
    /// The indicator that gives them away, if it is shown to the same people.
    pub by: String,
    /// How.
    pub how: Leak,
}

/// How one indicator gives away what another one hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leak {
    /// Its numbers add up to the hidden ones, and it shows smaller ones, or all.
    AddsUp,
    /// It has the same figure by other places, so that the rest of such a place can be taken off.
    OtherPlaces,
    /// One is the sum of the other over time, so that the difference of two periods is the number.
    OtherTiming,
}

impl GivenAway {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self.how {
            Leak::AddsUp => "give both the same `suppress`",
            Leak::OtherPlaces | Leak::OtherTiming => "send only one of the two",
        }
    }
}

impl fmt::Display for GivenAway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hidden, by, how } = self;
        match how {
            Leak::AddsUp => {
                write!(f, "the numbers of \"{by}\" add up to those that \"{hidden}\" hides")
            }
            Leak::OtherPlaces => write!(
                f,
                "\"{by}\" has the figure of \"{hidden}\" by other places: the differences show what is hidden"
            ),
            Leak::OtherTiming => write!(
                f,
                "of \"{by}\" and \"{hidden}\" one is the other summed over time: the differences show what is hidden"
            ),
        }
    }
}

impl Engine {
    /// The hidden numbers that other indicators of this engine give away, in the order of the
    /// definitions. It matters where both are shown to the same people.
    #[must_use]
    pub fn given_away(&self) -> Vec<GivenAway> {
        let all = &self.setup.definitions;
        let pairs = all.iter().flat_map(|hidden| all.iter().map(move |shown| (hidden, shown)));
        pairs
            .filter_map(|(hidden, shown)| {
                Some(GivenAway {
                    how: leak(hidden, shown)?,
                    hidden: hidden.indicator.clone(),
                    by: shown.indicator.clone(),
                })
            })
            .collect()
    }
}

fn leak(hidden: &Definition, shown: &Definition) -> Option<Leak> {
    let below = hidden.suppress?.below;
    if hidden.indicator == shown.indicator || !is_same_figure(hidden, shown) {
        return None;
    }
    let is_finer = is_part(&hidden.by, &shown.by);
    if !is_finer && !is_part(&shown.by, &hidden.by) {
        // Two splits have only their sums in common, which a hidden number keeps.
        return None;
    }
    if hidden.timing != shown.timing {
        // An interval has an end, which nothing else has: one counts what is new, the other sums it.
        return Some(Leak::OtherTiming);
    }
    let same_places = hidden.place == shown.place
        && hidden.level == shown.level
        && hidden.org_unit == shown.org_unit;
    let all_together = |definition: &Definition| definition.org_unit.is_some();
    if !same_places && !all_together(hidden) && !all_together(shown) {
        return Some(Leak::OtherPlaces);
    }
    // What is counted all together is the same number in whichever organisation unit.
    let adds_up = is_finer && (same_places || all_together(hidden));
    let shows_smaller = shown.suppress.is_none_or(|suppress| suppress.below < below);
    (adds_up && shows_smaller).then_some(Leak::AddsUp)
}

/// Whether both count the same occurrences, apart from where, when and in which split.
fn is_same_figure(one: &Definition, other: &Definition) -> bool {
    matches!(one.measure, Measure::Count | Measure::Distinct(_))
        && one.measure == other.measure
        && one.from == other.from
        && one.each == other.each
        && one.join == other.join
        && one.condition == other.condition
        && one.date_field() == other.date_field()
        && one.until == other.until
        && one.only == other.only
}

fn is_part(part: &BTreeMap<String, String>, whole: &BTreeMap<String, String>) -> bool {
    // The category has another name in another data set: what it is split by decides.
    part.values().all(|breakdown| whole.values().any(|other| other == breakdown))
}
