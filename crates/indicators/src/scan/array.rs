//! Cutting a JSON array into its records, in one piece or as it is read.

use std::ops::Range;

use super::blocks::Blocks;
use super::object::{self, Keys, Slots, Stop};
use super::stretch::{Entry, Sought};
use super::value::Raw;

/// The longest record a [`Feed`] holds in memory unless told otherwise: 16 MiB.
const LONGEST_RECORD: usize = 16 << 20;
/// The mark of the byte order, which may stand before the array.
const MARK: &[u8] = b"\xEF\xBB\xBF";
/// How much a [`Feed`] asks for at a time.
const PORTION: usize = 256 << 10;

/// Why a text is not an array of records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// The text does not begin with `[`: an error page, an object, or an empty answer.
    #[error("expected a JSON array of records, found {found} at byte {at}")]
    NotAnArray {
        /// Bytes before the surprise.
        at: u64,
        /// What stands there, in words.
        found: String,
    },
    /// The text ends before the array does, as after a cut connection.
    #[error("the JSON array is cut off after {n_records} records and {at} bytes")]
    CutOff {
        /// Bytes read.
        at: u64,
        /// Records read before.
        n_records: u64,
    },
    /// Something else than a comma or the end of the array stands between two records.
    #[error("expected `,` or `]` after {n_records} records, found {found} at byte {at}")]
    Broken {
        /// Bytes before the surprise.
        at: u64,
        /// Records read before.
        n_records: u64,
        /// What stands there, in words.
        found: String,
    },
    /// One record is larger than the memory set aside for it.
    #[error("the record after the first {n_records} is longer than {limit} bytes")]
    RecordTooLong {
        /// Records read before.
        n_records: u64,
        /// The limit in bytes.
        limit: usize,
    },
}

/// One element of the array.
pub(crate) enum Element {
    /// An object; its needed values are in the slots.
    Record,
    /// Anything else, or an object that is not JSON inside.
    Bad,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// In the middle of a text, on the way to the next element.
    Seek(Entry),
    Start,
    First,
    Next,
    After,
    End,
}

/// How far an array was read. The text may come in portions of any size.
#[derive(Debug, Clone)]
pub(crate) struct ArrayState {
    stage: Stage,
    n_records: u64,
    n_bytes: u64,
    /// Whether the next byte is escaped, while seeking.
    escaped: bool,
    /// Where another reader takes over: at the first comma between records from here on.
    until: Option<u64>,
    /// Whether that comma was met.
    handed_over: bool,
}

impl ArrayState {
    pub(crate) fn new() -> Self {
        Self {
            stage: Stage::Start,
            n_records: 0,
            n_bytes: 0,
            escaped: false,
            until: None,
            handed_over: false,
        }
    }

    /// A reader that comes in at byte `from`, goes to the next element, and hands over to the
    /// reader that comes in at byte `until`.
    pub(crate) fn part(entry: Entry, from: u64, until: Option<u64>) -> Self {
        let stage = if from == 0 { Stage::Start } else { Stage::Seek(entry) };
        Self { stage, n_bytes: from, until, ..Self::new() }
    }

    /// Hands over every element that is complete in `text` and answers how many bytes are done
    /// with; the rest must come again, with more behind it.
    ///
    /// `on_element` gets the whole `text`, because the slots count from its beginning.
    #[inline]
    pub(crate) fn take(
        &mut self,
        text: &[u8],
        keys: &Keys,
        slots: &mut Slots,
        mut on_element: impl FnMut(Element, &[u8], &Slots),
    ) -> Result<usize, ArrayError> {
        self.take_spans(text, keys, slots, |element, _, text, slots| {
            on_element(element, text, slots)
        })
    }

    /// The same, with where each element lies in `text`.
    #[inline]
    fn take_spans(
        &mut self,
        text: &[u8],
        keys: &Keys,
        slots: &mut Slots,
        mut on_element: impl FnMut(Element, Range<usize>, &[u8], &Slots),
    ) -> Result<usize, ArrayError> {
        let mut done = 0;
        if self.handed_over {
            return Ok(text.len());
        }
        if let Stage::Seek(entry) = &mut self.stage {
            match entry.seek(&mut self.escaped, text) {
                // The next element belongs to the reader behind.
                Some((place, _)) if self.begins_behind(place - 1) => {
                    self.handed_over = true;
                    return Ok(text.len());
                }
                Some((place, sought)) => {
                    done = place;
                    self.stage = match sought {
                        Sought::First => Stage::First,
                        Sought::Next => Stage::Next,
                        Sought::End => Stage::End,
                    };
                }
                None => {
                    self.n_bytes += text.len() as u64;
                    return Ok(text.len());
                }
            }
        }
        let mut blocks = Blocks::new(text, done);
        loop {
            let Ok(at) = object::after_space(text, done) else {
                done = text.len();
                break;
            };
            match (self.stage, text[at]) {
                (Stage::Start, b'[') if self.begins_behind(at) => {
                    (self.handed_over, done) = (true, text.len());
                    break;
                }
                (Stage::Start, b'[') => (self.stage, done) = (Stage::First, at + 1),
                (Stage::Start, 0xEF) if at == 0 && self.n_bytes == 0 && MARK.starts_with(text) => {
                    break;
                }
                (Stage::Start, 0xEF) if at == 0 && self.n_bytes == 0 && text.starts_with(MARK) => {
                    done = MARK.len();
                }
                (Stage::Start, other) => {
                    let at = self.n_bytes + at as u64;
                    return Err(ArrayError::NotAnArray { at, found: in_words(other) });
                }
                (Stage::First | Stage::After, b']') => {
                    (self.stage, done) = (Stage::End, at + 1);
                }
                (Stage::After, b',') => {
                    (self.stage, done) = (Stage::Next, at + 1);
                    if self.begins_behind(at) {
                        (self.handed_over, done) = (true, text.len());
                        break;
                    }
                }
                (Stage::First | Stage::Next, _) => {
                    match element(text, &mut blocks, at, keys, slots) {
                        Ok((element, behind)) => {
                            on_element(element, at..behind, text, slots);
                            self.n_records += 1;
                            (self.stage, done) = (Stage::After, behind);
                        }
                        Err(Stop::Incomplete) => {
                            done = at;
                            break;
                        }
                        Err(Stop::Malformed) => return Err(self.broken(text, at)),
                    }
                }
                (Stage::After | Stage::End | Stage::Seek(_), _) => {
                    return Err(self.broken(text, at));
                }
            }
        }
        self.n_bytes += done as u64;
        Ok(done)
    }

    /// Whether a place in the text at hand belongs to the reader that takes over.
    fn begins_behind(&self, at: usize) -> bool {
        self.until.is_some_and(|until| self.n_bytes + at as u64 >= until)
    }

    /// The number of records, if the array is complete.
    pub(crate) fn finish(&self) -> Result<u64, ArrayError> {
        match self.stage {
            // Or the reader came in behind the end, where nothing but white space is left.
            Stage::End | Stage::Seek(Entry { inside: false, depth: 0 }) => Ok(self.n_records),
            _ if self.handed_over => Ok(self.n_records),
            _ => Err(ArrayError::CutOff { at: self.n_bytes, n_records: self.n_records }),
        }
    }

    fn broken(&self, text: &[u8], at: usize) -> ArrayError {
        ArrayError::Broken {
            at: self.n_bytes + at as u64,
            n_records: self.n_records,
            found: in_words(text[at]),
        }
    }
}

#[inline]
fn element<'t>(
    text: &'t [u8],
    blocks: &mut Blocks<'t>,
    at: usize,
    keys: &Keys,
    slots: &mut Slots,
) -> Result<(Element, usize), Stop> {
    if text[at] != b'{' {
        let behind = object::behind_value(text, blocks, at)?;
        return Ok((Element::Bad, behind));
    }
    match object::walk(text, blocks, at, keys, slots) {
        Ok(behind) => Ok((Element::Record, behind)),
        Err(Stop::Incomplete) => Err(Stop::Incomplete),
        Err(Stop::Malformed) => {
            // The beginning of an element is outside of texts.
            *blocks = Blocks::new(text, at);
            let behind = object::behind_container(blocks, at).ok_or(Stop::Incomplete)?;
            Ok((Element::Bad, behind))
        }
    }
}

/// The elements of a list, each with its needed values if it is an object that is JSON inside; the
/// slots count from the beginning of the list. A list that is not JSON gives the elements before
/// the fault; an object in the place of a list counts as one.
pub(crate) fn for_each_in_list<'t>(
    list: Raw<'t>,
    keys: &Keys,
    slots: &mut Slots,
    mut on_element: impl FnMut(Raw<'t>, Option<&Slots>),
) {
    let text = list.0;
    let mut blocks = Blocks::new(text, 0);
    let mut take = |blocks: &mut Blocks<'t>, at: usize| {
        let (found, behind) = element(text, blocks, at, keys, slots)?;
        let whole = &text[at..behind];
        on_element(Raw(whole), matches!(found, Element::Record).then_some(&*slots));
        Ok::<usize, Stop>(behind)
    };
    if list.is_object() {
        let _ = take(&mut blocks, 0);
    } else if list.is_array() {
        object::each_element(text, &mut blocks, 0, take);
    }
}

/// One record alone: its needed values, or `None` if it is not one JSON object.
pub(crate) fn one_record(text: &[u8], keys: &Keys, slots: &mut Slots) -> Option<()> {
    let at = object::after_space(text, 0).ok()?;
    if text[at] != b'{' {
        return None;
    }
    let behind = object::walk(text, &mut Blocks::new(text, 0), at, keys, slots).ok()?;
    // Nothing but white space may follow.
    object::after_space(text, behind).is_err().then_some(())
}

fn in_words(byte: u8) -> String {
    match byte {
        b'<' => "`<` (an HTML page?)".into(),
        b'{' => "an object".into(),
        0x21..=0x7E => format!("`{}`", char::from(byte)),
        other => format!("byte 0x{other:02X}"),
    }
}

/// What takes the records of an array as they come.
pub(crate) trait TakeRecords {
    /// Takes the complete records at the beginning of `text`; answers how many bytes are done.
    fn take(&mut self, state: &mut ArrayState, text: &[u8]) -> Result<usize, ArrayError>;
}

/// Takes a JSON array of any size in portions, with one buffer.
///
/// Fill [`space`](Self::space), say how much was filled, until the text ends; then
/// [`finish`](Self::finish). The buffer holds a portion and the longest record seen.
///
/// # Examples
///
/// ```
/// use std::io::Read;
/// # use indicators::{Definition, Engine, PeriodSpan, Places, Setup, Source, Timeline};
/// # let day = |text: &str| text.parse().expect("a day");
/// # let year = PeriodSpan { id: "2020".into(), first_day: day("2020-01-01"), last_day: day("2020-12-31") };
/// # let mut setup = Setup::new(Timeline::new(vec![year])?, Places::default());
/// # setup.definitions.push(Definition::new("Cases"));
/// # let engine = Engine::compile(setup)?;
/// # let people = engine.people();
/// let mut counter = engine.counter(&people);
/// let mut file: &[u8] = br#"[{"id":"a"},{"id":"b"}]"#;
///
/// let mut feed = counter.feed(Source::Cases);
/// loop {
///     let n = file.read(feed.space())?;
///     if n == 0 {
///         break;
///     }
///     feed.filled(n)?;
/// }
/// assert_eq!(feed.finish()?, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Feed<'s> {
    sink: Box<dyn TakeRecords + 's>,
    state: ArrayState,
    buffer: Vec<u8>,
    n_filled: usize,
    longest_record: usize,
}

/// Hands over the text of each object.
struct EachRecord<F> {
    on_record: F,
    keys: Keys,
    slots: Slots,
}

impl<F: FnMut(&[u8])> TakeRecords for EachRecord<F> {
    fn take(&mut self, state: &mut ArrayState, text: &[u8]) -> Result<usize, ArrayError> {
        let Self { on_record, keys, slots } = self;
        state.take_spans(text, keys, slots, |element, span, text, _| {
            if matches!(element, Element::Record) {
                on_record(&text[span]);
            }
        })
    }
}

impl<'s> Feed<'s> {
    pub(crate) fn new(sink: impl TakeRecords + 's) -> Self {
        Self::from_state(sink, ArrayState::new())
    }

    pub(crate) fn from_state(sink: impl TakeRecords + 's, state: ArrayState) -> Self {
        Self {
            sink: Box::new(sink),
            state,
            buffer: vec![0; PORTION],
            n_filled: 0,
            longest_record: LONGEST_RECORD,
        }
    }

    /// A feed that hands the text of every object to `on_record`, as it stands in the array.
    ///
    /// For looking at records one by one; counting has a faster way, [`Counter::feed`]. Elements that
    /// are not objects, or broken inside, are passed over but counted by [`finish`](Self::finish).
    ///
    /// ```
    /// use indicators::Feed;
    ///
    /// let mut ids = Vec::new();
    /// let mut feed = Feed::of_records(|record| ids.push(record.len()));
    /// let text = br#"[{"id":"a"}, {"id":"bc"}]"#;
    /// feed.space()[..text.len()].copy_from_slice(text);
    /// feed.filled(text.len())?;
    /// assert_eq!(feed.finish()?, 2);
    /// assert_eq!(ids, [10, 11]);
    /// # Ok::<(), indicators::ArrayError>(())
    /// ```
    ///
    /// [`Counter::feed`]: crate::Counter::feed
    #[must_use]
    pub fn of_records(on_record: impl FnMut(&[u8]) + 's) -> Self {
        Self::new(EachRecord { on_record, keys: Keys::default(), slots: Slots::default() })
    }

    /// Sets the longest record, in bytes, that is held in memory. Default: 16 MiB.
    #[must_use]
    pub fn longest_record(mut self, n_bytes: usize) -> Self {
        self.longest_record = n_bytes;
        self
    }

    /// Where the next bytes of the text go. Never empty.
    pub fn space(&mut self) -> &mut [u8] {
        &mut self.buffer[self.n_filled..]
    }

    /// Takes the first `n` bytes of [`space`](Self::space) as the next bytes of the text.
    ///
    /// # Errors
    ///
    /// When the text is not an array of records, or a record is too long. What was counted before
    /// stays counted.
    pub fn filled(&mut self, n: usize) -> Result<(), ArrayError> {
        self.n_filled = (self.n_filled + n).min(self.buffer.len());
        let done = self.sink.take(&mut self.state, &self.buffer[..self.n_filled])?;
        self.buffer.copy_within(done..self.n_filled, 0);
        self.n_filled -= done;
        if self.n_filled == self.buffer.len() {
            if self.n_filled >= self.longest_record {
                return Err(ArrayError::RecordTooLong {
                    n_records: self.state.n_records,
                    limit: self.longest_record,
                });
            }
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        Ok(())
    }

    /// Whether nothing more needs to be read: the array is over, or another reader takes over.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state.handed_over || self.state.stage == Stage::End
    }

    /// Says that the text is over; answers how many records it held, unreadable ones included.
    ///
    /// # Errors
    ///
    /// [`ArrayError::CutOff`] when the array is not closed.
    pub fn finish(self) -> Result<u64, ArrayError> {
        self.state.finish()
    }
}

impl std::fmt::Debug for Feed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The buffer holds records, so people: it is not shown.
        f.debug_struct("Feed").field("state", &self.state).finish_non_exhaustive()
    }
}
