//! The pure counting core: line-list records in, numbers and reasons out.
//!
//! An [`Engine`] is made of [`Definition`]s, a [`Timeline`] and [`Places`]. [`Counter`]s read the
//! JSON text of records and fill a [`Cube`] each; cubes are joined and give the [`Cell`]s, the
//! [`Account`]s of what was left out and why, and the [`DataFinding`]s.
//!
//! Nothing here reads a file, a clock or the environment, and nothing waits, logs, or counts in
//! binary fractions. `examples/` shows it at work.
//!
//! # Speed
//!
//! The limit is one pass over the bytes, which the system has to copy at least once. What comes on
//! top is finding the quotes and brackets (64 bytes at a time, with the widest instructions of the
//! processor), stepping over the fields of a record by them, and for the few fields that count, the
//! questions of the definitions. What several definitions ask is found out once a record: the
//! elements of a list, dates, places, options of a breakdown, and the texts that conditions compare
//! with. So ten indicators cost less than twice one. Memory is one portion of the text, the longest
//! record, and the cells that exist, however long the text. `benches/peers/run` measures all of it
//! on the machine at hand, beside other programs, and says how far the limit is.

mod condition;
mod cube;
mod day;
mod definition;
mod describe;
mod engine;
mod field;
mod library;
mod nearest;
mod path;
mod people;
mod places;
mod quality;
mod reason;
mod reference;
mod scan;
#[cfg(feature = "schema")]
mod schema;
mod source;
mod timeline;
mod worked;

pub use condition::{Where, WhereError};
pub use cube::{Cube, CubeError};
pub use day::{DayRule, OffsetTable};
pub use definition::{
    Agg, Bands, Breakdown, Breakdowns, Classify, Definition, Formula, Measure, Number, Only,
    Periods, Rate, Rule, RuleError, Share, Suppress, Timing, Values, Zero,
};
pub use describe::{Language, UnknownLanguage, describe, describe_notes, names_of_field};
pub use engine::{
    Account, Cell, CellKey, CellValue, CompileError, Counter, Engine, Explanation, GivenAway, Leak,
    LeftOut, NamedValue, Outcome, Setup, Standing, Step, Tracer,
};
pub use library::{Library, LibraryError, Notes, Setting, SettingValue, library, library_names};
pub use people::People;
pub use places::{Location, PlaceProblem, Places, RollUp};
pub use quality::{DataFinding, Finding, QualityRules};
pub use reason::Reason;
pub use reference::id_prefix;
pub use scan::{ArrayError, Entry, Feed, Stretch};
#[cfg(feature = "schema")]
pub use schema::schema;
pub use source::{Source, UnknownSource};
pub use timeline::{PeriodSpan, Timeline, TimelineError};
pub use worked::{Difference, Given, WorkedError, WorkedFile, WorkedOutcome};
