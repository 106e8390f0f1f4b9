//! What an import's answer claims about each value that was sent.

use super::{Conflict, ErrorCode, ImportStatus, ImportSummary};
use crate::cell::Cell;
use crate::version::Engine;

/// What the server claims about one call.
///
/// A claim is not the truth: engine B can lose a call and answer 200. Only a read-back turns claims
/// into outcomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallClaim {
    /// Every value has a claim of its own, in the order in which they were sent.
    PerValue(Vec<ValueClaim>),
    /// Engine B refused the whole call for the sake of some values. `suspects` are the positions of
    /// those that the conflicts name; it is empty where they name none.
    GroupRefused {
        /// Positions of the values that the conflicts name.
        suspects: Vec<usize>,
        /// The first conflict.
        conflict: Conflict,
    },
    /// The call was refused before any value was looked at, for a reason that concerns all.
    Aborted(Conflict),
    /// Engine B answered success and stored nothing: `ignored` is more than was refused.
    Lost,
    /// The server failed inside, as when two callers make the same new period on engine A
    /// ("Failed to flush BatchHandler"): part may have been written.
    Failed(String),
}

impl CallClaim {
    /// The claim in one word, for logs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::PerValue(_) => "per value",
            Self::GroupRefused { .. } => "group refused",
            Self::Aborted(_) => "aborted",
            Self::Lost => "lost",
            Self::Failed(_) => "failed",
        }
    }
}

/// What the server claims about one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueClaim {
    /// Written, or unchanged.
    Taken,
    /// Refused for this reason.
    Refused(Conflict),
    /// One of several values of which the server refused some, without saying which (servers
    /// before 2.37, which give no positions).
    Suspect(Conflict),
}

impl ImportSummary {
    /// Joins the summary to the values that were sent, `cells` in the order of the call.
    ///
    /// By position where the server gives one, else by the identifiers in the conflict.
    #[must_use]
    pub fn claims(&self, engine: Engine, cells: &[Cell]) -> CallClaim {
        let rejected = self.rejected();
        if let Some(claim) = self.whole_call(engine, cells, &rejected) {
            return claim;
        }
        let mut claims = vec![ValueClaim::Taken; cells.len()];
        for conflict in &self.conflicts {
            for &index in &conflict.indexes {
                if let Some(claim) = claims.get_mut(index) {
                    *claim = ValueClaim::Refused(conflict.without_indexes());
                }
            }
            if conflict.indexes.is_empty() {
                let named = named_by(conflict, cells);
                // Where only one value fits, it is that one.
                let certain = named.len() == 1;
                for index in named {
                    if claims[index] == ValueClaim::Taken {
                        let conflict = conflict.without_indexes();
                        claims[index] = if certain {
                            ValueClaim::Refused(conflict)
                        } else {
                            ValueClaim::Suspect(conflict)
                        };
                    }
                }
            }
        }
        for index in rejected {
            if let Some(claim @ ValueClaim::Taken) = claims.get_mut(index) {
                // Strategies CREATE and UPDATE refuse without a conflict.
                let message = "refused without a reason".to_owned();
                *claim = ValueClaim::Refused(Conflict { message, ..Conflict::default() });
            }
        }
        CallClaim::PerValue(claims)
    }

    fn whole_call(
        &self,
        engine: Engine,
        cells: &[Cell],
        rejected: &std::collections::BTreeSet<usize>,
    ) -> Option<CallClaim> {
        let counts = self.counts;
        let touched = counts.imported + counts.updated + counts.ignored + counts.deleted;
        match (engine, self.status, self.conflicts.first()) {
            (_, ImportStatus::Error, None) => {
                let words = self.description.clone().unwrap_or_else(|| "no reason given".into());
                Some(CallClaim::Failed(words))
            }
            // Set-level codes, and engine B's decoding errors with index −1.
            (Engine::A, ImportStatus::Error, Some(first)) if rejected.is_empty() => {
                Some(CallClaim::Aborted(first.clone()))
            }
            (Engine::B, ImportStatus::Error, Some(first)) if touched == 0 => {
                let suspects = named_by(first, cells);
                if is_about_the_call(first.code) {
                    return Some(CallClaim::Aborted(first.clone()));
                }
                Some(CallClaim::GroupRefused { suspects, conflict: first.without_indexes() })
            }
            (Engine::B, _, _) => {
                let n_rejected = rejected.iter().filter(|index| **index < cells.len()).count();
                let lost = counts.ignored > u64::try_from(n_rejected).unwrap_or(u64::MAX);
                lost.then_some(CallClaim::Lost)
            }
            _ => None,
        }
    }
}

/// Codes of engine B that concern the data set or the call, not some of its values.
fn is_about_the_call(code: Option<ErrorCode>) -> bool {
    code.is_some_and(|code| matches!(code.number(), 8001..=8010 | 8101))
}

/// The positions of the values that a conflict names by their keys.
///
/// A conflict can name several parts of a key ("data element X … combination Y"); a value is named
/// if every part that is mentioned at all is one of those mentioned.
fn named_by(conflict: &Conflict, cells: &[Cell]) -> Vec<usize> {
    let words: std::collections::BTreeSet<&str> = conflict.words().collect();
    let about = parts_of(conflict.code);
    let named = |cell: &Cell| {
        let keys = [
            cell.org_unit.as_str(),
            &cell.period.id(),
            cell.data_element.as_str(),
            cell.category_option_combo.as_str(),
            cell.attribute_option_combo.as_str(),
        ];
        let mut named = [false; N_PARTS];
        for ((named, key), about) in named.iter_mut().zip(keys).zip(about) {
            *named = about && words.contains(key);
        }
        named
    };
    let matches: Vec<[bool; N_PARTS]> = cells.iter().map(named).collect();
    let mentioned = matches.iter().fold([false; N_PARTS], |mut any, parts| {
        any.iter_mut().zip(parts).for_each(|(any, part)| *any |= part);
        any
    });
    if !mentioned.contains(&true) {
        return Vec::new();
    }
    let all = |parts: &[bool; N_PARTS]| {
        parts.iter().zip(mentioned).all(|(part, mentioned)| *part || !mentioned)
    };
    matches.iter().enumerate().filter(|(_, parts)| all(parts)).map(|(index, _)| index).collect()
}

const N_PARTS: usize = 5;

/// Which parts of a key a code speaks of: unit, period, element, category and attribute combination.
/// An identifier can stand for a unit and an element alike, as an unknown one does.
fn parts_of(code: Option<ErrorCode>) -> [bool; N_PARTS] {
    match code.map_or(0, ErrorCode::number) {
        7612 | 7617 | 7636 | 8011 | 8022 => [true, false, false, false, false],
        8031 => [true, true, false, false, false],
        7611 | 7632 | 8021 | 8030 => [false, true, false, false, false],
        7610 | 7633 | 8020 => [false, false, true, false, false],
        7613 | 7634 | 8024 => [false, false, true, true, false],
        7615 | 7635 | 8023 => [false, false, false, false, true],
        _ => [true; N_PARTS],
    }
}
