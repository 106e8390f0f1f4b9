//! A client for WHO Go.Data.
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
    AddressError, BuildError, Exchange, FailureKind, NotJson, RetryPolicy, url::Url,
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
