//! Which record counts where, without knowing whose record it is.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::{CellKey, LedgerError, PeriodId};

/// The reason of a record that does not fulfil its indicator's condition, such as its classification.
///
/// A change from or to this reason is a reclassification; from or to any other (no date, unknown place, …) it is a
/// correction.
pub const CONDITION: &str = "condition";

/// The key that hides record ids.
///
/// HMAC-SHA256 by `ring`, which is in this program anyway as the cryptography of its TLS. A plain hash would not do:
/// record ids can be listed by anyone who may read Go.Data, hashed, and looked up.
#[derive(Clone)]
pub struct FingerprintKey(hmac::Key);

impl FingerprintKey {
    const BYTES: usize = 32;

    pub(super) fn random() -> Result<[u8; Self::BYTES], LedgerError> {
        let mut key = [0; Self::BYTES];
        SystemRandom::new().fill(&mut key).map_err(|_| LedgerError::NoRandom)?;
        Ok(key)
    }

    pub(super) fn new(key: &[u8]) -> Option<Self> {
        (key.len() == Self::BYTES).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, key)))
    }

    /// The first half of the keyed hash: with 2⁶⁴ records, two would share it by chance.
    fn hide(&self, kind: &str, id: &str) -> RecordKey {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(kind.as_bytes());
        context.update(&[0]);
        context.update(id.as_bytes());
        let mut key = RecordKey::default();
        key.copy_from_slice(&context.sign().as_ref()[..size_of::<RecordKey>()]);
        key
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey")
    }
}

/// A hidden record id.
pub(super) type RecordKey = [u8; 16];

/// Where a record stands for one indicator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It counts in this cell. It may count in several: a list has several elements, a cumulative figure several
    /// periods.
    Counted(CellKey),
    /// It counts in none.
    LeftOut {
        /// The indicator.
        indicator: String,
        /// The reason's stable id; [`CONDITION`] is told apart.
        reason: String,
    },
}

impl Standing {
    /// The indicator.
    #[must_use]
    pub fn indicator(&self) -> &str {
        match self {
            Self::Counted(cell) => &cell.indicator,
            Self::LeftOut { indicator, .. } => indicator,
        }
    }
}

/// A period that a run counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedPeriod {
    /// Its identifier.
    pub id: PeriodId,
    /// Its first day, by which periods are put in order.
    pub first_day: NaiveDate,
}

/// Where every record of a data set's kinds stands in one run.
///
/// Built record by record while they are read. A million records with ten indicators take some 110 MB.
///
/// # Examples
///
/// ```
/// use godata_dhis2_sync::ledger::{CellKey, CountedPeriod, Fingerprints, Ledger, Standing};
///
/// let folder = tempfile::tempdir()?;
/// let ledger = Ledger::open(&folder.path().join("sync.ledger"))?;
/// let week = CountedPeriod { id: "2020W30".into(), first_day: "2020-07-20".parse()? };
/// let cell = CellKey {
///     indicator: "Confirmed".into(),
///     period: week.id.clone(),
///     org_unit: "DiszpKrYNg8".into(),
///     categories: Default::default(),
/// };
/// let mut now = Fingerprints::new(ledger.key(), vec![week], false);
/// now.push("cases", "95e1…", None, &[Standing::Counted(cell)]);
/// assert_eq!(now.n_records(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Fingerprints {
    key: FingerprintKey,
    pub(super) periods: Vec<CountedPeriod>,
    pub(super) narrowed: bool,
    /// Only asked, never walked through: its order shows nowhere.
    numbers: HashMap<Standing, u32>,
    pub(super) standings: Vec<Standing>,
    pub(super) records: BTreeMap<RecordKey, RecordStandings>,
}

/// The standings of one record.
#[derive(Debug, Clone)]
pub(super) struct RecordStandings {
    /// When it was entered in Go.Data, in seconds since 1970; not kept in the ledger.
    pub(super) created: Option<i64>,
    /// Numbers of standings, ascending, as LEB128.
    pub(super) packed: Box<[u8]>,
}

impl Fingerprints {
    /// Begins the fingerprints of a data set.
    ///
    /// `periods` are those that are counted, in their order. `narrowed` says that Go.Data was asked only for records
    /// that fulfil a condition: a record that stopped to fulfil it then looks like one that is gone, and [`why`] says
    /// so.
    ///
    /// [`why`]: super::Ledger::why
    #[must_use]
    pub fn new(key: FingerprintKey, periods: Vec<CountedPeriod>, narrowed: bool) -> Self {
        Self {
            key,
            periods,
            narrowed,
            numbers: HashMap::new(),
            standings: Vec::new(),
            records: BTreeMap::new(),
        }
    }

    /// Adds a record; only the keyed hash of `kind` and `id` is kept.
    ///
    /// `created` is when it was entered in Go.Data. It is only looked at, never kept, and only where the previous run
    /// was narrowed: a record that was there then has been reclassified since, not entered.
    ///
    /// A record that is added again (a page may repeat one) has the standings of both times.
    pub fn push(
        &mut self,
        kind: &str,
        id: &str,
        created: Option<DateTime<Utc>>,
        standings: &[Standing],
    ) {
        let numbers = standings.iter().map(|standing| self.number(standing)).collect();
        let record = self.key.hide(kind, id);
        self.insert(record, created.map(|at| at.timestamp()), numbers);
    }

    /// Adds everything of another part of the same data set, made with the same key.
    pub fn merge(&mut self, other: Self) {
        let numbers: Vec<u32> =
            other.standings.iter().map(|standing| self.number(standing)).collect();
        for (record, standings) in other.records {
            let renumbered =
                unpack(&standings.packed).map(|n| numbers[n as usize]).collect::<Vec<u32>>();
            self.insert(record, standings.created, renumbered);
        }
    }

    /// How many records there are.
    #[must_use]
    pub fn n_records(&self) -> usize {
        self.records.len()
    }

    fn number(&mut self, standing: &Standing) -> u32 {
        if let Some(number) = self.numbers.get(standing) {
            return *number;
        }
        // More than 2³² different cells would not fit in memory long before.
        let number = u32::try_from(self.standings.len()).unwrap_or(u32::MAX);
        self.standings.push(standing.clone());
        self.numbers.insert(standing.clone(), number);
        number
    }

    fn insert(&mut self, record: RecordKey, created: Option<i64>, mut numbers: Vec<u32>) {
        if let Some(earlier) = self.records.get(&record) {
            numbers.extend(unpack(&earlier.packed));
        }
        numbers.sort_unstable();
        numbers.dedup();
        self.records.insert(record, RecordStandings { created, packed: pack(&numbers) });
    }
}

/// Writes numbers as LEB128: seven bits a byte, the eighth says that more follow.
fn pack(numbers: &[u32]) -> Box<[u8]> {
    let mut bytes = Vec::with_capacity(numbers.len() * 2);
    for number in numbers {
        let mut rest = *number;
        while rest > 0x7f {
            bytes.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        bytes.push(rest.to_le_bytes()[0]);
    }
    bytes.into_boxed_slice()
}

/// Reads what [`pack`] wrote; bytes that it did not write end the numbers early.
pub(super) fn unpack(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let mut bytes = bytes.iter();
    std::iter::from_fn(move || {
        let mut number = 0_u32;
        let mut shift = 0;
        loop {
            let byte = *bytes.next()?;
            number |= u32::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
            shift += 7;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_packing() {
        let numbers = [0, 1, 127, 128, 300, 16_383, 16_384, 2_097_152, u32::MAX];
        assert_eq!(unpack(&pack(&numbers)).collect::<Vec<_>>(), numbers);
        assert_eq!(unpack(&[]).count(), 0);
        assert_eq!(unpack(&[0x80]).count(), 0, "cut off in the middle of a number");
    }

    #[test]
    fn a_record_is_hidden_by_the_key_and_kept_apart_by_its_kind() {
        let key = |byte| FingerprintKey::new(&[byte; 32]).unwrap();
        assert_eq!(key(1).hide("cases", "a"), key(1).hide("cases", "a"));
        assert_ne!(key(1).hide("cases", "a"), key(2).hide("cases", "a"));
        assert_ne!(key(1).hide("cases", "a"), key(1).hide("contacts", "a"));
        assert!(FingerprintKey::new(&[1; 16]).is_none());
        assert_eq!(format!("{:?}", key(1)), "FingerprintKey");
    }
}
