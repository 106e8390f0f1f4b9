//! A client for WHO Go.Data, 2.36 to 2.50: typed, streaming, safe by default.
//!
//! Go.Data holds the line list of an outbreak: one row a person. This crate reads and writes it for
//! integrations and reports. It knows the server's traps, so that its callers need not: tokens that
//! another login ends, filters that match nothing without a word, pages that lose rows, accounts
//! that see a part of the data, exports that can be downloaded once.
//!
//! # A first look
//!
//! ```
//! # use sandbox::godata::{EMAIL, GoData, PASSWORD};
//! use godata_client::{Client, Credentials, Filter, models::Classification};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = GoData::recorded()?;
//! # let (url, email, password) = (server.url().parse()?, EMAIL, PASSWORD.into());
//! let client = Client::builder(url, Credentials::new(email, password)).build()?;
//! let outbreak = client.find_outbreak("Coastal respiratory disease 2020").await?;
//! let outbreak = client.outbreak(outbreak.id.text().unwrap_or_default());
//!
//! let confirmed = outbreak
//!     .cases()
//!     .filter(Filter::field("classification").eq(Classification::Confirmed))
//!     .fields(["dateOfReporting", "gender", "age"]);
//! assert_eq!(confirmed.count().await?, 314);
//!
//! let mut pages = confirmed.pages();
//! let mut n_read = 0;
//! while let Some(page) = pages.next().await? {
//!     for case in page.records {
//!         match case {
//!             Ok(_case) => n_read += 1,
//!             Err(bad) => println!("left out: {bad}"), // says where, not who
//!         }
//!     }
//! }
//! assert_eq!(n_read, 314);
//! client.close().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Nothing is sent before the first call, which logs in by itself. Five programs in the workspace's
//! `examples/` go further; all run without a server.
//!
//! # Choosing
//!
//! [`Filter`] builds Go.Data's `where` or reads it from JSON, refuses what the server would silently
//! misread, and writes moments in the one form that the server takes for dates. [`Query::fields`]
//! narrows what comes over the wire: ask for what is counted, and names never leave the server.
//!
//! # Reading
//!
//! A [`Query`] reads by id, so that records which are entered, edited or deleted meanwhile neither
//! hide nor double others; its documentation says what exactly is promised. It comes in three
//! forms:
//!
//! - [`Query::pages`]: typed records; one that cannot be read is a [`BadRecord`], not the end;
//! - [`Query::raw_pages`]: the bytes of each record and its [`Origin`], for callers that decode by
//!   themselves;
//! - [`Query::all`]: everything at once, for short lists.
//!
//! Memory follows the page, not the outbreak: a million cases are read within 64 MiB.
//!
//! # Can the numbers be trusted?
//!
//! - [`InOutbreak::scope`] tells whether the account sees everything. A member of a team can be
//!   shown a part without any error.
//! - [`Query::count`] is the database's own count for the same condition: a total to reconcile with.
//! - Of the server's metrics only those are offered that can be trusted; see
//!   [`InOutbreak::cases_by_classification`] and its neighbors.
//!
//! # Writing
//!
//! Go.Data takes writes for the account's *active* outbreak only, one setting for everybody who uses
//! the account. [`InOutbreak::writer`] asks for the right to write and changes nothing;
//! [`InOutbreak::activate`] sets the outbreak, and [`Writer::finish`] sets it back.
//!
//! ```
//! # use sandbox::godata::{EMAIL, GoData, PASSWORD, World};
//! use godata_client::{Client, Credentials, UpsertOutcome};
//! use godata_client::models::{Case, Classification, Moment};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = GoData::start(World::empty("Writing"))?;
//! # let outbreak_id = server.outbreak_id();
//! # server.edit_outbreak(&outbreak_id, |outbreak| outbreak["caseIdMask"] = "*".into());
//! # let client = Client::builder(server.url().parse()?, Credentials::new(EMAIL, PASSWORD.into())).build()?;
//! let writer = client.outbreak(outbreak_id).activate().await?;
//! let case = Case {
//!     visual_id: "LAB-17".into(),
//!     classification: Classification::Confirmed.into(),
//!     date_of_reporting: Moment::from("2020-12-28T00:00:00.000Z").into(),
//!     ..Case::default()
//! };
//! assert_eq!(writer.upsert(&case).await?.outcome, UpsertOutcome::Created);
//! assert_eq!(writer.upsert(&case).await?.outcome, UpsertOutcome::Updated);
//! writer.finish().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # When something fails
//!
//! An [`Error`] names the call and how often it was tried; its source is the reason and says what to
//! do. It can be asked: [`is_login_refused`](Error::is_login_refused),
//! [`locked_for`](Error::locked_for), [`is_evicted`](Error::is_evicted),
//! [`missing_permissions`](Error::missing_permissions), [`is_html`](Error::is_html), …. No error,
//! log line or `Debug` output shows a secret, a query, a person's data or a person's record id.
//!
//! - A refused login is not tried again by itself: ten refusals lock the account.
//! - A token that is lost is replaced by one new login, and the call repeated. An account that is
//!   used elsewhere at the same time is said ([`ErrorKind::Evicted`]) and not fought.
//! - Reads are repeated when the server is busy or the connection breaks off; creates never are.
//!   An [upsert](Writer::upsert) whose answer was lost looks again.
//!
//! # From the OpenFn adaptor
//!
//! What each operation of OpenFn's `godata` adaptor is here:
//!
//! | OpenFn | here | what is different |
//! |---|---|---|
//! | (login in each job) | [`Client::builder`] | one session; the token travels in a header, not in the address |
//! | `listOutbreaks` | [`Client::outbreaks`] | without the questionnaires |
//! | `getOutbreak` | [`Client::find_outbreak`], `outbreaks().filter(…)` | |
//! | `upsertOutbreak` | [`Client::upsert_outbreak`] | by id, or by name |
//! | `listCases`, `getCase` | [`InOutbreak::cases`] | pages; a checked filter |
//! | `upsertCase` | [`Writer::upsert`], [`Writer::upsert_all`] | tells when the server changed the number |
//! | `listContacts`, `getContact` | [`InOutbreak::contacts`] | pages; a checked filter |
//! | `upsertContact` | [`Writer::upsert`] | as above |
//! | `listLocations`, `getLocation` | [`Client::locations`], [`Client::location_tree`] | |
//! | `upsertLocation` | [`Client::upsert_location`] | |
//! | `listReferenceData`, `getReferenceData` | [`Client::reference_data`], [`Client::reference_ids`] | |
//! | `upsertReferenceData` | [`Client::upsert_reference_item`] | |
//!
//! Errors are results here; the adaptor hands them on as data. For all other routes there are
//! [`Client::get`], [`Client::post`], [`Client::put`], [`Client::patch`] and [`Client::delete`].
//!
//! # What the server's versions differ in
//!
//! Nothing has to be set: properties that a version lacks are missing, unknown ones are kept in
//! `extra`, and a route that a version lacks is [`ErrorKind::NotFound`]. Exports need 2.38.1 or
//! later. [`Client::version`] is `None` from 2.50.3 on unless the server's own key is given.

mod client;
mod counts;
mod error;
mod export;
pub mod filter;
mod kind;
pub mod models;
mod outbreak;
mod query;
mod refusal;
mod scope;
mod session;
mod system;
mod write;

pub use http_transport::{
    AddressError, BuildError, Exchange, FailureKind, NotJson, RetryPolicy, Traffic, url::Url,
};
pub use secrecy::SecretString;

pub use crate::{
    client::{Client, ClientBuilder, LoginInfo},
    counts::CountsByValue,
    error::{Error, ErrorKind, LoginProblem},
    export::{Export, ExportFile, ExportOptions, ExportProgress, SaveError},
    filter::{Filter, FilterError, FilterProblem},
    kind::{RecordKind, UnknownKind},
    outbreak::InOutbreak,
    query::{BadRecord, Origin, Page, Pages, Progress, Query, RawPage, RawPages, RawRecord},
    scope::Scope,
    session::Credentials,
    write::{AttachedRecord, PersonRecord, PersonRef, UpsertOutcome, Upserted, Writer},
};
