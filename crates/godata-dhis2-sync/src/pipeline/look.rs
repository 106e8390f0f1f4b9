//! Looking at the records while they are counted: to note where each stands, or to explain a figure.

use indicators::{People, Source};

use super::Prepared;
use super::read_for::ReadFor;
use super::trace::{Follower, Trace};

/// Is shown a record with the people whom records are joined to, one table a report.
pub type OnRecord<'o> = dyn FnMut(Source, &ReadFor, &[u8], &[People]) + 'o;

/// Somebody who wants to see every record of a kind while it is counted, also those that no figure could count.
pub struct Watch<'w> {
    /// The kind; `None` for all that are counted.
    pub source: Option<Source>,
    /// Fields that are read of each record besides those that the figures need.
    pub fields: &'w [&'static str],
    /// Is shown the records.
    pub on_record: &'w mut OnRecord<'w>,
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("source", &self.source).finish_non_exhaustive()
    }
}

/// Who looks on while records are counted.
#[derive(Debug)]
pub(super) enum Onlooker<'o> {
    Nobody,
    Trace(&'o mut Trace),
    Watch(Watch<'o>),
}

/// Who looks on while one kind of records is counted.
pub(super) enum Look<'l> {
    Follow(Follower<'l>),
    Watch { source: Source, people: &'l [People], on_record: &'l mut OnRecord<'l> },
}

impl<'o> Onlooker<'o> {
    /// The fields to be read besides those that the figures need, where every record of the kind is to be seen.
    pub(super) fn whole(&self, source: Source) -> Option<&'o [&'static str]> {
        match self {
            Self::Watch(watch) if watch.source.is_none_or(|wanted| wanted == source) => {
                Some(watch.fields)
            }
            _ => None,
        }
    }

    /// Begins to look at a kind.
    pub(super) fn look<'l>(
        &'l mut self,
        source: Source,
        prepared: &'l [Prepared],
        people: &'l [People],
    ) -> Option<Look<'l>> {
        let is_whole = self.whole(source).is_some();
        match self {
            Self::Trace(trace) => Some(Look::Follow(trace.follow(source, prepared, people))),
            Self::Watch(watch) if is_whole => {
                Some(Look::Watch { source, people, on_record: watch.on_record })
            }
            Self::Watch(_) | Self::Nobody => None,
        }
    }
}

impl Look<'_> {
    /// Sees a record.
    pub(super) fn record(&mut self, record: &[u8], read_for: &ReadFor) {
        match self {
            Self::Follow(follower) => follower.record(record, read_for),
            Self::Watch { source, people, on_record } => {
                on_record(*source, read_for, record, people);
            }
        }
    }
}
