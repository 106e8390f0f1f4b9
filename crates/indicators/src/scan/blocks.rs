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
pub(super) struct Blocks<'t> {
    text: &'t [u8],
    /// Offset of the first classified block in `text`.
    start: usize,
    /// How many blocks are classified.
    n: usize,
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
    /// `{` and `[` outside strings, and their number.
    opens: [u64; AHEAD],
    n_opens: [u8; AHEAD],
    /// `}` and `]` outside strings, and their number.
    closes: [u64; AHEAD],
    n_closes: [u8; AHEAD],
}

impl<'t> Blocks<'t> {
    pub(super) fn new(text: &'t [u8], at: usize) -> Self {
        Self::from(text, at, Carry::default())
    }

    fn from(text: &'t [u8], start: usize, carry: Carry) -> Self {
        let masks = Masks::default();
        let mut blocks = Self { text, start, n: 0, masks, carry };
        blocks.classify();
        blocks
    }

    /// Whether a text ends inside a string, and how many brackets it leaves open, for a reader
    /// that comes in inside a string or outside.
    pub(super) fn effect(text: &[u8], inside: bool) -> (bool, i64) {
        let carry = Carry { inside: if inside { u64::MAX } else { 0 }, ..Carry::default() };
        let mut blocks = Blocks::from(text, 0, carry);
        let mut depth = 0;
        loop {
            let Masks { n_opens, n_closes, .. } = &blocks.masks;
            for (n_opens, n_closes) in n_opens.iter().zip(n_closes).take(blocks.n) {
                depth += i64::from(*n_opens) - i64::from(*n_closes);
            }
            if blocks.advance().is_none() {
                return (blocks.carry.inside != 0, depth);
            }
        }
    }

    /// The ends of strings behind a place that is outside strings.
    #[inline]
    pub(super) fn ends_behind(&mut self, at: usize) -> Ends {
        match self.block_of(at) {
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
    pub(super) fn end_of_string(&mut self, ends: &mut Ends) -> Option<usize> {
        // Most blocks have an end, but it cannot be foreseen which is the last one of its block: one
        // step is done without a branch.
        let is_over = ends.left == 0;
        let next = self.masks.ends[(ends.block + 1).min(AHEAD)];
        ends.block = select_unpredictable(is_over, ends.block + 1, ends.block);
        ends.left = select_unpredictable(is_over, next, ends.left);
        while ends.left == 0 {
            ends.block = self.behind(ends.block)?;
            ends.left = self.masks.ends[ends.block % AHEAD];
        }
        let place = ends.left.trailing_zeros() as usize;
        ends.left &= ends.left - 1;
        Some(self.start + ends.block * BLOCK + place)
    }

    /// The place behind the bracket that closes the one at `at`.
    #[inline]
    pub(super) fn behind_container(&mut self, at: usize) -> Option<usize> {
        let mut n = self.block_of(at)?;
        let from = from_bit(at - self.start);
        let mut depth: u32 = 0;
        let mut opens = self.masks.opens[n % AHEAD] & from;
        let mut closes = self.masks.closes[n % AHEAD] & from;
        loop {
            let mut brackets = opens | closes;
            while brackets != 0 {
                // Without asking which one it is: they come in no order that could be foreseen. The
                // first one opens, since no bracket of its kind stands before it.
                let bit = brackets.trailing_zeros();
                let falls = u32::from(closes >> bit & 1 == 1);
                depth = depth.wrapping_add(1).wrapping_sub(2 * falls);
                if depth == 0 {
                    return Some(self.start + n * BLOCK + bit as usize + 1);
                }
                brackets &= brackets - 1;
            }
            loop {
                n = self.behind(n)?;
                let n_closes = u32::from(self.masks.n_closes[n % AHEAD]);
                if depth <= n_closes {
                    break;
                }
                // No bracket of this block can be the last one.
                depth = depth - n_closes + u32::from(self.masks.n_opens[n % AHEAD]);
            }
            (opens, closes) = (self.masks.opens[n % AHEAD], self.masks.closes[n % AHEAD]);
        }
    }

    /// Whether there may be a backslash from `from` to `to`, which must be classified already.
    #[inline]
    pub(super) fn may_have_escapes(&self, from: usize, to: usize) -> bool {
        if self.masks.with_backslash == 0 {
            // The name may have begun before, where there was one.
            return from < self.start;
        }
        let Some(from) = from.checked_sub(self.start) else { return true };
        let (first, last) = (from / BLOCK, (to - self.start) / BLOCK);
        self.masks.with_backslash & ((2 << last) - (1 << first)) != 0
    }

    /// Which of the classified blocks holds `at`, once it is classified.
    #[inline]
    fn block_of(&mut self, at: usize) -> Option<usize> {
        loop {
            let n = (at - self.start) / BLOCK;
            if n < self.n {
                return Some(n);
            }
            self.advance()?;
        }
    }

    /// The block behind block `n`.
    #[inline]
    fn behind(&mut self, n: usize) -> Option<usize> {
        if n + 1 < self.n {
            return Some(n + 1);
        }
        self.advance()?;
        Some(0)
    }

    /// Goes on to the next blocks, if there are any.
    #[cold]
    #[inline(never)]
    fn advance(&mut self) -> Option<()> {
        self.start += self.n * BLOCK;
        self.n = 0;
        if self.start >= self.text.len() {
            self.masks.ends = [0; AHEAD + 1];
            return None;
        }
        self.classify();
        Some(())
    }

    fn classify(&mut self) {
        let rest = self.text.get(self.start..).unwrap_or_default();
        let Self { masks, carry, .. } = self;
        // The widest instructions that this processor has: 64, 32 or 16 bytes in one step.
        self.n = dispatch!(Level::new(), simd => carry.classify(simd, rest, masks));
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
        }
        let strings = prefix_xor(quotes) ^ self.inside;
        self.inside = 0_u64.wrapping_sub(strings >> 63);
        let (opens, closes) = (is(folded, b'{') & !strings, is(folded, b'}') & !strings);
        let n = n % AHEAD;
        masks.ends[n] = quotes & !strings;
        masks.with_backslash |= u32::from(backslashes != 0) << n;
        (masks.opens[n], masks.n_opens[n]) = (opens, number_of(opens));
        (masks.closes[n], masks.n_closes[n]) = (closes, number_of(closes));
    }

    /// The bytes that a backslash before them takes the meaning from.
    fn escaped_by(&mut self, backslashes: u64) -> u64 {
        let mut escaped = self.escaped;
        let mut left = backslashes & !escaped;
        self.escaped = 0;
        while left != 0 {
            let lowest = left & left.wrapping_neg();
            let next = lowest << 1;
            if next == 0 {
                self.escaped = 1;
            }
            escaped |= next;
            left &= !(lowest | next);
        }
        escaped
    }
}

/// How many bits are set; at most 64.
#[inline(always)]
fn number_of(bits: u64) -> u8 {
    let [n, ..] = bits.count_ones().to_le_bytes();
    n
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
