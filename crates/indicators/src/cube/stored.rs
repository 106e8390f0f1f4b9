//! A cube as bytes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Candidate, Counter, Cube, CubeError, DoubleKey, FindingKey, Found, Key, Shape, Someone, Tally,
};
use crate::Source;

/// Raised when an old program could not read what a new one writes, or the other way round.
const VERSION: u64 = 2;

#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

/// Everything a cube holds, in an order of its own: equal cubes have it equal.
#[derive(PartialEq, Serialize, Deserialize)]
pub(super) struct Stored {
    version: u64,
    engine: u64,
    n_read: [u64; Source::ALL.len()],
    n_bad: [u64; Source::ALL.len()],
    accounts: Vec<Counter>,
    options: Vec<Vec<Box<str>>>,
    counts: Vec<(Key, u64)>,
    steps: Vec<(Key, i64)>,
    tallies: Vec<(Key, Tally)>,
    candidates: Vec<(Someone, Vec<Candidate>)>,
    findings: Vec<(FindingKey, Found)>,
    doubles: Vec<(DoubleKey, Found)>,
}

impl Cube {
    /// The cube as versioned JSON: equal cubes give equal bytes.
    ///
    /// It may hold ids of records and persons (for findings, and where one person counts once), so
    /// it is to be kept like the records.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Numbers, texts and lists: nothing in it can fail to become JSON.
        serde_json::to_vec(&self.stored()).unwrap_or_default()
    }

    pub(super) fn stored(&self) -> Stored {
        let cube = self.canonical();
        Stored {
            version: VERSION,
            engine: cube.shape.fingerprint,
            n_read: cube.n_read,
            n_bad: cube.n_bad,
            accounts: cube.accounts,
            options: cube.options,
            counts: cube.counts.into_iter().collect(),
            steps: cube.steps.into_iter().collect(),
            tallies: cube.tallies.into_iter().collect(),
            candidates: cube.candidates.into_iter().collect(),
            findings: cube.findings.into_iter().collect(),
            doubles: cube.doubles.into_iter().collect(),
        }
    }

    pub(crate) fn from_bytes(shape: &Arc<Shape>, bytes: &[u8]) -> Result<Self, CubeError> {
        let Versioned { version } = serde_json::from_slice(bytes).map_err(CubeError::Unreadable)?;
        if version != VERSION {
            return Err(CubeError::Version { found: version, known: VERSION });
        }
        let stored: Stored = serde_json::from_slice(bytes).map_err(CubeError::Unreadable)?;
        let fits = stored.engine == shape.fingerprint
            && stored.accounts.len() == shape.categories.len()
            && stored.options.len() == shape.n_open;
        if !fits {
            return Err(CubeError::OtherEngine);
        }
        Ok(Self {
            shape: Arc::clone(shape),
            counts: stored.counts.into_iter().collect(),
            steps: stored.steps.into_iter().collect(),
            tallies: stored.tallies.into_iter().collect(),
            candidates: stored.candidates.into_iter().collect(),
            accounts: stored.accounts,
            n_read: stored.n_read,
            n_bad: stored.n_bad,
            options: stored.options,
            findings: stored.findings.into_iter().collect(),
            doubles: stored.doubles.into_iter().collect(),
        })
    }
}
