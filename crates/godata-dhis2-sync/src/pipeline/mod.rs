//! The stages of a run, in their order: prepare → read → count → reconcile → send.
//!
//! Each stage is a file with plain input and output; [`Work`] puts them in a row and [`crate::tell`] shows what came
//! out. Only `read`, `target` and `send` talk to a server.

mod attributes;
mod count;
mod day_rule;
mod each;
mod journal;
mod library;
mod look;
mod plan_file;
mod preflight;
mod prepare;
mod quality;
mod read;
mod read_for;
mod reconcile;
mod send;
mod target;
mod trace;
mod upload;
mod work;

pub use attributes::Attributes;
pub use count::{Counted, LeftOutLine};
pub(crate) use journal::target_name;
pub use journal::{Journal, Whys, why_since};
pub(crate) use library::load as load_library;
pub use look::{OnRecord, Watch};
pub use plan_file::PlanFile;
pub use preflight::{Check, Status};
pub use prepare::{Preparation, Prepared};
pub use quality::RecordFinding;
pub use read::{Input, ReadProgress};
pub use read_for::ReadFor;
pub use reconcile::{Desired, Planned, desired};
pub use send::{Sent, send};
pub(crate) use target::units as units_of;
pub use target::{Target, client, problem as dhis2_problem};
pub use trace::Trace;
pub use upload::{Upload, UploadFiles};
pub use work::{Options, Work};
