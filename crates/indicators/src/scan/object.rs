//! One JSON object: the places of the values that are needed, everything else skipped.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch};

use super::blocks::Blocks;

/// Why an object could not be walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The text ends before the object does.
    Incomplete,
    /// The text is not JSON here.
    Malformed,
}

/// Where the values of the needed fields are in the text of one record.
///
/// A field that is absent has none. Of a field that is there twice the last one counts, as for
/// every common JSON reader.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slots {
    places: Vec<(usize, usize)>,
}

impl Slots {
    pub(crate) fn new(n_slots: usize) -> Self {
        Self { places: vec![(0, 0); n_slots] }
    }

    /// The JSON text of the value in `slot`.
    #[inline]
    pub(crate) fn raw<'t>(&self, slot: usize, text: &'t [u8]) -> Option<&'t [u8]> {
        let &(from, to) = self.places.get(slot)?;
        if to == 0 { None } else { text.get(from..to) }
    }

    /// Makes room for this number of slots.
    pub(crate) fn resize(&mut self, n_slots: usize) {
        self.places.resize(n_slots, (0, 0));
    }

    fn clear(&mut self) {
        self.places.fill((0, 0));
    }
}

/// The top-level fields that are needed, found by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    names: Vec<Box<[u8]>>,
    /// One bit for each [`trait_of`] that a name has: most fields of a record are known by it to be
    /// of no interest.
    traits: u64,
    /// The names in the order of their traits, each with its slot.
    by_trait: Vec<(u8, usize)>,
}

/// Six bits of the length, first and last byte of a name.
#[inline]
fn trait_of(name: &[u8]) -> u8 {
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return 0 };
    let length = u8::try_from(name.len() & 63).unwrap_or(0);
    (length ^ first.wrapping_mul(3) ^ last.wrapping_mul(7)) & 63
}

impl Keys {
    pub(crate) fn new<'k>(names: impl IntoIterator<Item = &'k str>) -> Self {
        let names: Vec<Box<[u8]>> = names.into_iter().map(|name| name.as_bytes().into()).collect();
        let mut by_trait: Vec<(u8, usize)> =
            names.iter().enumerate().map(|(slot, name)| (trait_of(name), slot)).collect();
        by_trait.sort_unstable();
        let traits = by_trait.iter().fold(0, |all, (one, _)| all | 1 << one);
        Self { names, traits, by_trait }
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    #[inline]
    fn find(&self, name: &[u8]) -> Option<usize> {
        let mine = trait_of(name);
        if self.traits >> mine & 1 == 0 {
            return None;
        }
        let same = self.by_trait.iter().filter(|(other, _)| *other == mine);
        same.map(|(_, slot)| *slot).find(|&slot| &*self.names[slot] == name)
    }
}

/// Walks the object whose `{` is at `at` and notes the values of `keys` in `slots`.
///
/// Answers the place behind the object. What is skipped is only checked so far as to find its
/// end: strings that close, brackets that match in number, scalars of the right characters.
#[inline]
pub(super) fn walk(
    text: &[u8],
    blocks: &mut Blocks<'_>,
    at: usize,
    keys: &Keys,
    slots: &mut Slots,
) -> Result<usize, Stop> {
    slots.clear();
    fields(text, blocks, at, |name, from, to| {
        if let Some(slot) = keys.find(name) {
            slots.places[slot] = (from, to);
        }
    })
}

/// Calls `on_field` with the name of each field of the object at `at`, and where its value is.
#[inline]
pub(super) fn fields(
    text: &[u8],
    blocks: &mut Blocks<'_>,
    at: usize,
    on_field: impl FnMut(&[u8], usize, usize),
) -> Result<usize, Stop> {
    // The widest instructions that this processor has: 64, 32 or 16 bytes in one step.
    dispatch!(Level::new(), simd => fields_with(simd, text, blocks, at, on_field))
}

/// The same, with the instructions that are at hand.
#[inline(always)]
pub(super) fn fields_with<S: Simd>(
    simd: S,
    text: &[u8],
    blocks: &mut Blocks<'_>,
    at: usize,
    mut on_field: impl FnMut(&[u8], usize, usize),
) -> Result<usize, Stop> {
    let mut name_from = match first_name(text, at)? {
        Next::Name(place) => place,
        Next::End(behind) => return Ok(behind),
    };
    let mut ends = blocks.ends_behind(simd, name_from);
    loop {
        let name_to = blocks.end_of_string(simd, &mut ends).ok_or(Stop::Incomplete)?;
        let may_have_escapes = blocks.may_have_escapes(name_from, name_to);
        let value_from = match text.get(name_to..) {
            // As programs write it; `!` is the first character behind the space.
            Some([_, b':', b'!'..=u8::MAX, ..]) => name_to + 2,
            _ => behind_colon(text, name_to)?,
        };
        let value_to = match text[value_from] {
            b'"' => blocks.end_of_string(simd, &mut ends).ok_or(Stop::Incomplete)? + 1,
            b'{' | b'[' => {
                let behind = blocks.behind_container(simd, value_from).ok_or(Stop::Incomplete)?;
                ends = blocks.ends_behind(simd, behind);
                behind
            }
            _ => behind_scalar(text, value_from)?,
        };
        let name = &text[name_from + 1..name_to];
        if may_have_escapes && name.contains(&b'\\') {
            on_field(unescaped(&text[name_from..=name_to])?.as_bytes(), value_from, value_to);
        } else {
            on_field(name, value_from, value_to);
        }
        name_from = match text.get(value_to..) {
            Some([b',', b'"', ..]) => value_to + 1,
            _ => match next_name(text, value_to)? {
                Next::Name(place) => place,
                Next::End(behind) => return Ok(behind),
            },
        };
    }
}

/// What comes behind a field.
enum Next {
    /// The quote before the name of another one.
    Name(usize),
    /// The end of the object, and the place behind it.
    End(usize),
}

fn first_name(text: &[u8], at: usize) -> Result<Next, Stop> {
    match after_space(text, at + 1)? {
        place if text[place] == b'}' => Ok(Next::End(place + 1)),
        place => a_name(text, place),
    }
}

// The ways that programs seldom write are kept out of the loop, which is faster without them.
#[cold]
#[inline(never)]
fn next_name(text: &[u8], value_to: usize) -> Result<Next, Stop> {
    let place = after_space(text, value_to)?;
    match text[place] {
        b',' => a_name(text, after_space(text, place + 1)?),
        b'}' => Ok(Next::End(place + 1)),
        _ => Err(Stop::Malformed),
    }
}

fn a_name(text: &[u8], place: usize) -> Result<Next, Stop> {
    if text[place] == b'"' { Ok(Next::Name(place)) } else { Err(Stop::Malformed) }
}

/// Where the value of a field is whose name ends at `name_to`.
#[cold]
#[inline(never)]
fn behind_colon(text: &[u8], name_to: usize) -> Result<usize, Stop> {
    let place = after_space(text, name_to + 1)?;
    if text[place] != b':' {
        return Err(Stop::Malformed);
    }
    after_space(text, place + 1)
}

#[cold]
#[inline(never)]
fn unescaped(quoted: &[u8]) -> Result<String, Stop> {
    serde_json::from_slice(quoted).map_err(|_| Stop::Malformed)
}

/// Calls `on_element` with where each element of the array at `at` is, up to a fault.
pub(super) fn elements<'t>(
    text: &'t [u8],
    blocks: &mut Blocks<'t>,
    at: usize,
    mut on_element: impl FnMut(usize, usize),
) {
    each_element(text, blocks, at, |blocks, from| {
        let behind = behind_value(text, blocks, from)?;
        on_element(from, behind);
        Ok(behind)
    });
}

/// Calls `take` with where each element of the array at `at` begins, up to a fault; it answers where
/// it ends.
pub(super) fn each_element<'t>(
    text: &'t [u8],
    blocks: &mut Blocks<'t>,
    at: usize,
    mut take: impl FnMut(&mut Blocks<'t>, usize) -> Result<usize, Stop>,
) {
    let mut next = after_space(text, at + 1).ok();
    // The end of an empty array is no value, so that nothing is taken there.
    while let Some(Ok(behind)) = next.map(|place| take(blocks, place)) {
        let comma = after_space(text, behind).ok().filter(|&place| text[place] == b',');
        next = comma.and_then(|comma| after_space(text, comma + 1).ok());
    }
}

/// The place behind the value that begins at `at`.
#[inline]
pub(super) fn behind_value(text: &[u8], blocks: &mut Blocks<'_>, at: usize) -> Result<usize, Stop> {
    let behind = match text[at] {
        b'"' => dispatch!(Level::new(), simd => {
            let mut ends = blocks.ends_behind(simd, at);
            blocks.end_of_string(simd, &mut ends).map(|end| end + 1)
        }),
        b'{' | b'[' => behind_container(blocks, at),
        _ => return behind_scalar(text, at),
    };
    behind.ok_or(Stop::Incomplete)
}

/// The place behind the bracket that closes the one at `at`.
pub(super) fn behind_container(blocks: &mut Blocks<'_>, at: usize) -> Option<usize> {
    dispatch!(Level::new(), simd => blocks.behind_container(simd, at))
}

/// The bytes of numbers and of `true`, `false` and `null`.
const SCALAR: [bool; 256] = {
    let mut bytes = [false; 256];
    let mut byte: u8 = 0;
    while byte <= b'z' {
        bytes[byte as usize] =
            matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'-' | b'+' | b'.' | b'E');
        byte += 1;
    }
    bytes
};

#[inline]
fn behind_scalar(text: &[u8], at: usize) -> Result<usize, Stop> {
    // As programs write them; what else stands there is looked at closely.
    match text.get(at..) {
        Some(
            [b't', b'r', b'u', b'e', b',' | b'}', ..] | [b'n', b'u', b'l', b'l', b',' | b'}', ..],
        ) => Ok(at + 4),
        Some([b'f', b'a', b'l', b's', b'e', b',' | b'}', ..]) => Ok(at + 5),
        _ => behind_any_scalar(text, at),
    }
}

#[inline(never)]
fn behind_any_scalar(text: &[u8], at: usize) -> Result<usize, Stop> {
    let rest = &text[at..];
    let length =
        rest.iter().position(|byte| !SCALAR[usize::from(*byte)]).ok_or(Stop::Incomplete)?;
    let scalar = &rest[..length];
    let good = match scalar.first() {
        Some(b'-' | b'0'..=b'9') => scalar.last().is_some_and(u8::is_ascii_digit),
        Some(_) => matches!(scalar, b"true" | b"false" | b"null"),
        None => false,
    };
    if good { Ok(at + length) } else { Err(Stop::Malformed) }
}

/// The first place at or after `at` that is not white space.
#[inline]
pub(super) fn after_space(text: &[u8], mut at: usize) -> Result<usize, Stop> {
    loop {
        match text.get(at) {
            Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
            Some(_) => return Ok(at),
            None => return Err(Stop::Incomplete),
        }
    }
}
