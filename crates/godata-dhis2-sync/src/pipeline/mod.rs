//! The stages of a run, in their order: prepare → read → count → reconcile → send.
//!
//! Each stage is a file with plain input and output; [`Work`] puts them in a row and [`crate::tell`] shows what came
//! out. Only `read`, `target` and `send` talk to a server.

mod count;
mod day_rule;
mod library;
mod preflight;
mod prepare;
mod read;
mod reconcile;
mod send;
mod target;
mod work;

pub use count::{Counted, LeftOutLine};
pub use preflight::{Check, Status};
pub use prepare::{Preparation, Prepared};
pub use read::{Input, ReadProgress};
pub use reconcile::{Desired, Planned, desired};
pub use send::{Sent, send};
pub use target::{Target, client, problem as dhis2_problem};
pub use work::{Options, Work};
