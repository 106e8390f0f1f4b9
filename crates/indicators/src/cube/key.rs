//! Where a number belongs: indicator, period, organisation unit and categories as small integers.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

/// Categories that an indicator may be split by.
pub(crate) const MAX_CATEGORIES: usize = 5;
/// Options that a category may have.
pub(crate) const OPTIONS_PER_CATEGORY: u32 = 1 << BITS;
const BITS: u32 = 12;

/// The place of a number in a cube.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) indicator: u16,
    /// 0 for all time before the timeline, else the index of the period plus one.
    pub(crate) period: u16,
    pub(crate) unit: u32,
    /// One option a category, 12 bits each.
    pub(crate) categories: u64,
}

impl Key {
    pub(crate) fn option(self, category: usize) -> u32 {
        let shifted = self.categories >> (BITS as usize * category);
        let option = shifted & u64::from(OPTIONS_PER_CATEGORY - 1);
        u32::try_from(option).unwrap_or(u32::MAX)
    }

    pub(crate) fn set_option(&mut self, category: usize, option: u32) {
        let shift = BITS as usize * category;
        let mask = u64::from(OPTIONS_PER_CATEGORY - 1) << shift;
        self.categories = self.categories & !mask | (u64::from(option) << shift) & mask;
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let place = u64::from(self.indicator) << 48 | u64::from(self.period) << 32;
        state.write_u64(place | u64::from(self.unit));
        state.write_u64(self.categories);
    }
}

/// Mixes the two words of a key. Keys are made here, and the ids of locations by those who run the server, so that no flood
/// is to be feared.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyHasher(u64);

/// Two odd numbers with well-mixed bits (fractions of the golden ratio and of pi).
const SEED: u64 = 0x243F_6A88_85A3_08D3;
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        // The length tells a short rest from one that ends in zeros; there are at most seven bytes.
        last[7] = u8::try_from(rest.len()).unwrap_or(0);
        self.write_u64(u64::from_le_bytes(last));
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ SEED) * u128::from(FACTOR);
        let [low, high] = [product & u128::from(u64::MAX), product >> 64];
        self.0 = u64::try_from(low ^ high).unwrap_or(0);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_do_not_touch_each_other() {
        let mut key = Key { indicator: 1, period: 2, unit: 3, categories: 0 };
        for (category, option) in (0..MAX_CATEGORIES).zip((4091..=4095).rev()) {
            key.set_option(category, option);
        }
        key.set_option(2, 7);
        let options: Vec<u32> = (0..MAX_CATEGORIES).map(|category| key.option(category)).collect();
        assert_eq!(options, [4095, 4094, 7, 4092, 4091]);
    }
    /// Keys that are near each other are the rule: they must not fall into the same places of a
    /// table.
    #[test]
    fn keys_that_are_near_each_other_are_spread() {
        let mut keys = Vec::new();
        for n in 0..4096_u32 {
            let parts = [n & 7, n >> 3 & 7, n >> 6 & 7, n >> 9];
            let mut key = Key { indicator: 0, period: 0, unit: parts[0], categories: 0 };
            key.indicator = u16::try_from(parts[1]).expect("small");
            key.period = u16::try_from(parts[2]).expect("small");
            key.set_option(1, parts[3]);
            keys.push(key);
        }
        let hashes: Vec<u64> = keys
            .iter()
            .map(|key| {
                let mut hasher = KeyHasher::default();
                key.hash(&mut hasher);
                hasher.finish()
            })
            .collect();
        for shift in [0, 52] {
            let mut places: Vec<u64> = hashes.iter().map(|hash| hash >> shift & 4095).collect();
            places.sort_unstable();
            places.dedup();
            // By chance 2589 of the 4096 places are taken.
            assert!(places.len() > 2400, "{} places from bit {shift} on", places.len());
        }
    }

    #[test]
    fn bytes_are_mixed_one_after_the_other() {
        let hash = |bytes: &[u8]| {
            let mut hasher = KeyHasher::default();
            hasher.write(bytes);
            hasher.finish()
        };
        let texts: [&[u8]; _] = [
            b"",
            b"\0",
            b"a",
            b"a\0",
            b"a\0\0",
            b"b",
            b"ab",
            b"ba",
            b"aab",
            b"abcdefgh",
            b"abcdefgi",
            b"abcdefgh\0",
            b"hgfedcba",
            b"abcdefghabcdefgh",
        ];
        let all = texts.map(hash);
        let different: std::collections::BTreeSet<u64> = all.into_iter().collect();
        assert_eq!(different.len(), all.len());
    }
}
