//! Where strings end and brackets are, 64 bytes at a time.

use std::hint::select_unpredictable;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};

/// Bytes of one block: one bit each in a `u64`.
const BLOCK: usize = 64;
/// Blocks that are classified in one go, so that the choice of instructions is made once for all of
/// them and the processor works on several at a time.
const AHEAD: usize = 16;

/// A forward-only view of a JSON text that knows, for some blocks around the current place, where
/// strings end and which brackets stand outside strings.
///
/// This is the first stage of the "simdjson" family of parsers, made lazily: the masks of a few
/// blocks are held at a time. It must be made at a place outside strings.
///
/// Its methods take a token of the instructions that the processor at hand has (`simd`) and become
/// part of their caller, who asks for it once for a whole object: what counts and finds bits is
/// a single instruction then.
pub(super) struct Blocks<'t> {
    text: &'t [u8],
    /// Offset of the first classified block in `text`.
    start: usize,
    /// How many blocks are classified.
    n: usize,
    /// From here on to the end of the classified blocks there is no backslash.
    clean_from: usize,
    masks: Masks,
    carry: Carry,
}

/// The ends of strings that are still to come.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    /// The block of the next one, counted from the first that is classified.
    block: usize,
    /// Those of that block.
    left: u64,
}

/// What one block leaves to the next.
#[derive(Clone, Copy, Default)]
struct Carry {
    /// All ones when the next block begins inside a string.
    inside: u64,
    /// 1 when the first byte of the next block is escaped.
    escaped: u64,
}

/// The classified blocks: one bit a byte.
#[derive(Default)]
struct Masks {
    /// Quotes that end a string; none behind the last block.
    ends: [u64; AHEAD + 1],
    /// Which of the blocks have a backslash, one bit each.
    with_backslash: u32,
    /// `{` and `[` outside strings.
    opens: [u64; AHEAD],
    /// `}` and `]` outside strings.
    closes: [u64; AHEAD],
}

impl<'t> Blocks<'t> {
    pub(super) fn new(text: &'t [u8], at: usize) -> Self {
        Self::from(text, at, Carry::default())
    }

    fn from(text: &'t [u8], start: usize, carry: Carry) -> Self {
        let masks = Masks::default();
        Self { text, start, n: 0, clean_from: start, masks, carry }
    }

    /// Whether a text ends inside a string, and how many brackets it leaves open, for a reader
    /// that comes in inside a string or outside.
    pub(super) fn effect(text: &[u8], inside: bool) -> (bool, i64) {
        let carry = Carry { inside: if inside { u64::MAX } else { 0 }, ..Carry::default() };
        let mut blocks = Blocks::from(text, 0, carry);
        let depth = dispatch!(Level::new(), simd => blocks.left_open(simd));
        (blocks.carry.inside != 0, depth)
    }

    /// How many more brackets open than close in the rest of the text.
    #[inline(always)]
    fn left_open<S: Simd>(&mut self, simd: S) -> i64 {
        let mut depth = 0;
        while self.advance(simd).is_some() {
            let Masks { opens, closes, .. } = &self.masks;
            for (opens, closes) in opens.iter().zip(closes).take(self.n) {
                depth += i64::from(opens.count_ones()) - i64::from(closes.count_ones());
            }
        }
        depth
    }

    /// The ends of strings behind a place that is outside strings.
    #[inline(always)]
    pub(super) fn ends_behind<S: Simd>(&mut self, simd: S, at: usize) -> Ends {
        match self.block_of(simd, at) {
            Some(n) => {
                let left = self.masks.ends[n % AHEAD] & from_bit(at - self.start);
                Ends { block: n, left }
            }
            // Behind the end of the text.
            None => Ends { block: 0, left: 0 },
        }
    }

    /// The quote that ends the next string.
    #[inline(always)]
    pub(super) fn end_of_string<S: Simd>(&mut self, simd: S, ends: &mut Ends) -> Option<usize> {
        // Most blocks have an end, but it cannot be foreseen which is the last one of its block: one
        // step is done without a branch.
        let is_over = ends.left == 0;
        let next = self.masks.ends[(ends.block + 1).min(AHEAD)];
        ends.block = select_unpredictable(is_over, ends.block + 1, ends.block);
        ends.left = select_unpredictable(is_over, next, ends.left);
        while ends.left == 0 {
            ends.block = self.behind(simd, ends.block)?;
            ends.left = self.masks.ends[ends.block % AHEAD];
        }
        let place = ends.left.trailing_zeros() as usize;
        ends.left &= ends.left - 1;
        Some(self.start + ends.block * BLOCK + place)
    }

    /// The place behind the bracket that closes the one at `at`.
    #[inline(always)]
    pub(super) fn behind_container<S: Simd>(&mut self, simd: S, at: usize) -> Option<usize> {
        let mut n = self.block_of(simd, at)?;
        let behind = from_bit(at - self.start) << 1;
        let mut depth = 1;
        let mut opens = self.masks.opens[n % AHEAD] & behind;
        let mut closes = self.masks.closes[n % AHEAD] & behind;
        loop {
            // Most blocks close too few to be the last one.
            if depth <= closes.count_ones() {
                while closes != 0 {
                    let up_to = closes ^ (closes - 1);
                    depth = depth - 1 + (opens & up_to).count_ones();
                    if depth == 0 {
                        let place = closes.trailing_zeros() as usize;
                        return Some(self.start + n * BLOCK + place + 1);
                    }
                    opens &= !up_to;
                    closes &= closes - 1;
                }
            }
            depth = depth + opens.count_ones() - closes.count_ones();
            n = self.behind(simd, n)?;
            (opens, closes) = (self.masks.opens[n % AHEAD], self.masks.closes[n % AHEAD]);
        }
    }

    /// Whether there may be a backslash from `from` to `to`, which must be classified already.
    #[inline(always)]
    pub(super) fn may_have_escapes(&self, from: usize, to: usize) -> bool {
        from < self.clean_from && self.has_escapes(from, to)
    }

    #[cold]
    #[inline(never)]
    fn has_escapes(&self, from: usize, to: usize) -> bool {
        // It may have begun before, where there was one.
        let Some(from) = from.checked_sub(self.start) else { return true };
        let (first, last) = (from / BLOCK, (to - self.start) / BLOCK);
        self.masks.with_backslash & ((2 << last) - (1 << first)) != 0
    }

    /// Which of the classified blocks holds `at`, once it is classified.
    #[inline(always)]
    fn block_of<S: Simd>(&mut self, simd: S, at: usize) -> Option<usize> {
        loop {
            let n = (at - self.start) / BLOCK;
            if n < self.n {
                return Some(n);
            }
            self.advance(simd)?;
        }
    }

    /// The block behind block `n`.
    #[inline(always)]
    fn behind<S: Simd>(&mut self, simd: S, n: usize) -> Option<usize> {
        if n + 1 < self.n {
            return Some(n + 1);
        }
        self.advance(simd)?;
        Some(0)
    }

    /// Goes on to the next blocks, if there are any.
    #[cold]
    #[inline(never)]
    fn advance<S: Simd>(&mut self, simd: S) -> Option<()> {
        self.start += self.n * BLOCK;
        self.n = 0;
        let Some(rest) = self.text.get(self.start..).filter(|rest| !rest.is_empty()) else {
            self.masks.ends = [0; AHEAD + 1];
            return None;
        };
        let Self { masks, carry, .. } = self;
        self.n = simd.vectorize(
            #[inline(always)]
            || carry.classify(simd, rest, masks),
        );
        if let Some(last) = masks.with_backslash.checked_ilog2() {
            self.clean_from = self.start + (last as usize + 1) * BLOCK;
        }
        Some(())
    }
}

/// The bits from that of a place on.
#[inline]
fn from_bit(place: usize) -> u64 {
    u64::MAX << (place % BLOCK)
}

impl Carry {
    /// Fills `masks` with the first blocks of `text`; answers how many there were.
    #[inline(always)]
    fn classify<S: Simd>(&mut self, simd: S, text: &[u8], masks: &mut Masks) -> usize {
        masks.with_backslash = 0;
        let (blocks, rest) = text.as_chunks::<BLOCK>();
        let n_whole = blocks.len().min(AHEAD);
        masks.ends[n_whole..].fill(0);
        for (n, block) in blocks[..n_whole].iter().enumerate() {
            self.block(simd, block, masks, n);
        }
        if n_whole == AHEAD || rest.is_empty() {
            return n_whole;
        }
        let mut padded = [b' '; BLOCK];
        padded[..rest.len()].copy_from_slice(rest);
        self.block(simd, &padded, masks, n_whole);
        n_whole + 1
    }

    #[inline(always)]
    fn block<S: Simd>(&mut self, simd: S, block: &[u8; BLOCK], masks: &mut Masks, n: usize) {
        let bytes = u8x64::simd_from(simd, *block);
        // `[` and `{` differ in one bit only, as do `]` and `}`.
        let folded = bytes | u8x64::splat(simd, 0x20);
        let is = |bytes: u8x64<S>, byte| bytes.simd_eq(u8x64::splat(simd, byte)).to_bitmask();
        let mut quotes = is(bytes, b'"');
        let backslashes = is(bytes, b'\\');
        if backslashes | self.escaped != 0 {
            quotes &= !self.escaped_by(backslashes);
            masks.with_backslash |= u32::from(backslashes != 0) << n;
        }
        let strings = prefix_xor(quotes) ^ self.inside;
        self.inside = 0_u64.wrapping_sub(strings >> 63);
        let (opens, closes) = (is(folded, b'{') & !strings, is(folded, b'}') & !strings);
        let n = n % AHEAD;
        masks.ends[n] = quotes & !strings;
        (masks.opens[n], masks.closes[n]) = (opens, closes);
    }

    /// The bytes that a backslash before them takes the meaning from.
    ///
    /// Subtracting the backslashes from the places behind them lets a borrow run through each row of
    /// them, so that every second one is met, without a look at each.
    #[inline(always)]
    fn escaped_by(&mut self, backslashes: u64) -> u64 {
        const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
        let escaping = backslashes & !self.escaped;
        let escapes_and_ends = (escaping << 1 | ODD).wrapping_sub(escaping) ^ ODD;
        let escaped = escapes_and_ends ^ (backslashes | self.escaped);
        self.escaped = (escapes_and_ends & backslashes) >> 63;
        escaped
    }
}

/// Each bit of the answer says whether the number of bits at or below it is odd.
#[inline(always)]
fn prefix_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ (bits << 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row of twelve bytes across the border of two blocks, with a backslash or without.
    #[test]
    fn every_second_backslash_of_a_row_takes_the_meaning_from_the_byte_behind() {
        for row in 0_u128..1 << 12 {
            let backslashes = row << 58;
            let (mut expected, mut is_escaped) = (0_u128, false);
            for place in 0..128 {
                let is_backslash = backslashes >> place & 1 == 1;
                expected |= u128::from(is_escaped) << place;
                is_escaped = is_backslash && !is_escaped;
            }
            let mut carry = Carry::default();
            let [low, high] = [backslashes, backslashes >> 64].map(|half| {
                let half = u64::try_from(half & u128::from(u64::MAX)).unwrap_or(0);
                u128::from(carry.escaped_by(half))
            });
            assert_eq!(low | high << 64, expected, "{backslashes:b}");
        }
    }
}
