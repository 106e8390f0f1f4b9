//! A DHIS2 inside the process: metadata, users, stored values, and the import engines of
//! 2.36 – 2.42 and of 2.43 on, with their checks, counters and answers as recorded.
//!
//! ```
//! use sandbox::dhis2::{Dhis2, Dhis2Version};
//!
//! let dhis2 = Dhis2::atlantia(Dhis2Version::V2_42);
//! let server = dhis2.start()?;
//! assert!(server.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(dhis2.values().len(), 0);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! It is held against recordings of 2.42.7 and 2.43.2 by the conformance test `tests/it/dhis2`,
//! which also lists what is not imitated; the other versions follow the tables of the facts sheet.
//!
//! Not played at all: data approval, dates and units of category options, attribute options in
//! reading, minimum and maximum values, validation rules, programs, calendars other than ISO 8601.
//! Only one request is answered at a time, so races come by [`ImportFault`] alone.

mod analytics;
mod atlantia;
mod builder;
mod catalog;
mod clock;
mod completeness;
mod formats;
mod handle;
mod http;
mod import;
mod jobs;
mod metadata;
mod objects;
mod payload;
mod payload_adx;
mod period;
mod read_back;
mod single;
mod state;
mod stored;
mod system;
mod users;
mod value_type;
mod values;
mod version;

pub use builder::{DataElementSpec, DataSetSpec, Dhis2Builder, UserSpec};
pub use clock::Clock;
pub use handle::Dhis2;
pub use import::ImportFault;
pub use stored::{Registration, Stored};
pub use users::{ADMIN_TOKEN, WRITER_TOKEN};
pub use version::{Dhis2Version, UnknownVersion};
