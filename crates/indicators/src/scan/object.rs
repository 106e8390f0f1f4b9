//! One JSON object: the places of the values that are needed, everything else skipped.

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

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    fn clear(&mut self) {
        self.places.fill((0, 0));
    }
}

/// The top-level fields that are needed, found by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    names: Vec<Box<[u8]>>,
    /// For each length of a name (cut to 6 bits), the slots to compare with.
    by_length: Vec<Vec<usize>>,
}

impl Keys {
    pub(crate) fn new<'k>(names: impl IntoIterator<Item = &'k str>) -> Self {
        let names: Vec<Box<[u8]>> = names.into_iter().map(|name| name.as_bytes().into()).collect();
        let mut by_length = vec![Vec::new(); 64];
        for (slot, name) in names.iter().enumerate() {
            by_length[name.len() & 63].push(slot);
        }
        Self { names, by_length }
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    #[inline]
    fn find(&self, name: &[u8]) -> Option<usize> {
        let candidates = self.by_length.get(name.len() & 63)?;
        candidates.iter().copied().find(|&slot| &*self.names[slot] == name)
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
    mut on_field: impl FnMut(&[u8], usize, usize),
) -> Result<usize, Stop> {
    let mut place = after_space(text, at + 1)?;
    if text[place] == b'}' {
        return Ok(place + 1);
    }
    loop {
        if text[place] != b'"' {
            return Err(Stop::Malformed);
        }
        let name_at = place;
        let name_to = blocks.quote_from(name_at + 1).ok_or(Stop::Incomplete)?;
        place = after_space(text, name_to + 1)?;
        if text[place] != b':' {
            return Err(Stop::Malformed);
        }
        let value_from = after_space(text, place + 1)?;
        let value_to = behind_value(text, blocks, value_from)?;
        let name = &text[name_at + 1..name_to];
        if blocks.may_have_escapes(name_at) && name.contains(&b'\\') {
            let quoted = &text[name_at..=name_to];
            let plain: String = serde_json::from_slice(quoted).map_err(|_| Stop::Malformed)?;
            on_field(plain.as_bytes(), value_from, value_to);
        } else {
            on_field(name, value_from, value_to);
        }
        place = after_space(text, value_to)?;
        match text[place] {
            b',' => place = after_space(text, place + 1)?,
            b'}' => return Ok(place + 1),
            _ => return Err(Stop::Malformed),
        }
    }
}

/// Calls `on_element` with where each element of the array at `at` is.
pub(super) fn elements(
    text: &[u8],
    blocks: &mut Blocks<'_>,
    at: usize,
    mut on_element: impl FnMut(usize, usize),
) -> Result<usize, Stop> {
    let mut place = after_space(text, at + 1)?;
    if text[place] == b']' {
        return Ok(place + 1);
    }
    loop {
        let behind = behind_value(text, blocks, place)?;
        on_element(place, behind);
        place = after_space(text, behind)?;
        match text[place] {
            b',' => place = after_space(text, place + 1)?,
            b']' => return Ok(place + 1),
            _ => return Err(Stop::Malformed),
        }
    }
}

/// The place behind the value that begins at `at`.
#[inline]
pub(super) fn behind_value(text: &[u8], blocks: &mut Blocks<'_>, at: usize) -> Result<usize, Stop> {
    match text[at] {
        b'"' => Ok(blocks.quote_from(at + 1).ok_or(Stop::Incomplete)? + 1),
        b'{' | b'[' => blocks.behind_container(at).ok_or(Stop::Incomplete),
        _ => behind_scalar(text, at),
    }
}

fn behind_scalar(text: &[u8], at: usize) -> Result<usize, Stop> {
    let rest = &text[at..];
    let length = rest
        .iter()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'-' | b'+' | b'.' | b'E'))
        .ok_or(Stop::Incomplete)?;
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
