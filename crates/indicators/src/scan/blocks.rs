//! Where quotes and brackets are, 64 bytes at a time.

use wide::u8x16;

/// Bytes looked at in one step: one bit each in a `u64`.
const BLOCK: usize = 64;

/// A forward-only view of a JSON text that knows, for the 64 bytes around the current place,
/// which quotes end or begin a string and which brackets stand outside strings.
///
/// This is the first stage of the "simdjson" family of parsers, made lazily: the masks of one
/// block are held at a time and nothing is stored. It must be made at a place outside strings.
/// It is small and `Copy`, so a caller can keep a bookmark and go back to it.
#[derive(Clone, Copy)]
pub(super) struct Blocks<'t> {
    text: &'t [u8],
    /// Offset of the current block in `text`.
    start: usize,
    /// Quotes that are not escaped.
    quotes: u64,
    /// `{` and `[` outside strings.
    opens: u64,
    /// `}` and `]` outside strings.
    closes: u64,
    /// All ones when the next block begins inside a string.
    inside: u64,
    /// 1 when the first byte of the next block is escaped.
    escaped: u64,
    /// Offset behind the last block with a backslash: before it, a text may hold escapes.
    backslash_before: usize,
}

impl<'t> Blocks<'t> {
    pub(super) fn new(text: &'t [u8], at: usize) -> Self {
        let mut blocks = Self {
            text,
            start: at,
            quotes: 0,
            opens: 0,
            closes: 0,
            inside: 0,
            escaped: 0,
            backslash_before: 0,
        };
        blocks.classify();
        blocks
    }

    /// Whether a text ends inside a string, and how many brackets it leaves open, for a reader
    /// that comes in inside a string or outside.
    pub(super) fn effect(text: &[u8], inside: bool) -> (bool, i64) {
        let mut blocks = Blocks {
            text,
            start: 0,
            quotes: 0,
            opens: 0,
            closes: 0,
            inside: if inside { u64::MAX } else { 0 },
            escaped: 0,
            backslash_before: 0,
        };
        let mut depth = 0;
        if !text.is_empty() {
            blocks.classify();
            loop {
                depth +=
                    i64::from(blocks.opens.count_ones()) - i64::from(blocks.closes.count_ones());
                if blocks.advance().is_none() {
                    break;
                }
            }
        }
        (blocks.inside != 0, depth)
    }

    /// The place of the first unescaped quote at or after `at`.
    #[inline]
    pub(super) fn quote_from(&mut self, at: usize) -> Option<usize> {
        let mut candidates = self.seek(at)? & self.quotes;
        while candidates == 0 {
            self.advance()?;
            candidates = self.quotes;
        }
        Some(self.start + candidates.trailing_zeros() as usize)
    }

    /// The place behind the bracket that closes the one at `at`.
    #[inline]
    pub(super) fn behind_container(&mut self, at: usize) -> Option<usize> {
        let from = self.seek(at)?;
        let (mut opens, mut closes) = (self.opens & from, self.closes & from);
        let mut depth: u32 = 0;
        loop {
            if depth > closes.count_ones() {
                // No bracket of this block can be the last one.
                depth = depth + opens.count_ones() - closes.count_ones();
            } else {
                let mut brackets = opens | closes;
                while brackets != 0 {
                    let lowest = brackets & brackets.wrapping_neg();
                    if closes & lowest == 0 {
                        depth += 1;
                    } else {
                        depth = depth.saturating_sub(1);
                        if depth == 0 {
                            return Some(self.start + lowest.trailing_zeros() as usize + 1);
                        }
                    }
                    brackets ^= lowest;
                }
            }
            self.advance()?;
            (opens, closes) = (self.opens, self.closes);
        }
    }

    /// Whether the text behind `from` that was looked at so far may hold a backslash.
    #[inline]
    pub(super) fn may_have_escapes(&self, from: usize) -> bool {
        self.backslash_before > from
    }

    /// Makes the block with `at` the current one; the bits at and above `at` are set in the answer.
    #[inline]
    fn seek(&mut self, at: usize) -> Option<u64> {
        while at >= self.start + BLOCK {
            self.advance()?;
        }
        Some(u64::MAX << (at - self.start))
    }

    /// Goes on to the next block, if there is one.
    #[inline]
    fn advance(&mut self) -> Option<()> {
        self.start += BLOCK;
        if self.start >= self.text.len() {
            return None;
        }
        self.classify();
        Some(())
    }

    #[inline]
    fn classify(&mut self) {
        let rest = self.text.get(self.start..).unwrap_or_default();
        let masks = match rest.first_chunk::<BLOCK>() {
            Some(block) => Masks::of(block),
            None => {
                let mut padded = [b' '; BLOCK];
                padded[..rest.len()].copy_from_slice(rest);
                Masks::of(&padded)
            }
        };
        let mut quotes = masks.quotes;
        if masks.backslashes | self.escaped != 0 {
            quotes &= !self.escaped_by(masks.backslashes);
            self.backslash_before = self.start + BLOCK;
        }
        let strings = prefix_xor(quotes) ^ self.inside;
        self.inside = 0_u64.wrapping_sub(strings >> 63);
        self.quotes = quotes;
        self.opens = masks.opens & !strings;
        self.closes = masks.closes & !strings;
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

/// One bit a byte.
struct Masks {
    quotes: u64,
    backslashes: u64,
    opens: u64,
    closes: u64,
}

impl Masks {
    #[inline]
    fn of(block: &[u8; BLOCK]) -> Self {
        let mut masks = Self { quotes: 0, backslashes: 0, opens: 0, closes: 0 };
        let (lanes, _) = block.as_chunks::<16>();
        // `[` and `{` differ in one bit only, as do `]` and `}`.
        let fold = u8x16::splat(0x20);
        for (n, lane) in lanes.iter().enumerate() {
            let bytes = u8x16::new(*lane);
            let folded = bytes | fold;
            let bits = |equal: u8x16| u64::from(equal.to_bitmask()) << (16 * n);
            masks.quotes |= bits(bytes.simd_eq(u8x16::splat(b'"')));
            masks.backslashes |= bits(bytes.simd_eq(u8x16::splat(b'\\')));
            masks.opens |= bits(folded.simd_eq(u8x16::splat(b'{')));
            masks.closes |= bits(folded.simd_eq(u8x16::splat(b'}')));
        }
        masks
    }
}

/// Each bit of the answer says whether the number of bits at or below it is odd.
#[inline]
fn prefix_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ (bits << 32)
}
