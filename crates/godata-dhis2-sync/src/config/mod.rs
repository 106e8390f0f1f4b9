//! `sync.toml`: which numbers DHIS2 should hold, and where records, places and secrets are.
//!
//! [`Config::load`] reads and checks the file; everything after it may trust what it holds. What only a server
//! can confirm (that a data set exists, that a code is in use) is checked later, by the stages.

mod file;
mod load;
mod outbreak;
mod quality;
mod schedule;
mod secret;
mod span;
mod window;

pub use file::{
    Dhis2, File, GoData, Guard, Method, OneOrMany, Overwrite, Places, Report, Unmapped,
};
pub use load::Config;
pub(crate) use load::did_you_mean;
pub use outbreak::ReportOutbreak;
pub use quality::{LookedAt, Quality};
pub use schedule::{CronText, Email, Notify, Occasion, Schedule, Security, ZoneName};
pub use secret::SecretPlace;
pub use span::{Span, SpanError};
pub use window::{Bound, Window, WindowError};
