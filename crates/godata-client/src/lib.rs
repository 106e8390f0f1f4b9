//! A client for WHO Go.Data.
mod client;
mod error;
pub mod filter;
mod kind;
pub mod models;
mod outbreak;
mod query;
mod refusal;
mod scope;
mod session;
mod system;

pub use http_transport::{
    AddressError, BuildError, Exchange, FailureKind, NotJson, RetryPolicy, url::Url,
};
pub use secrecy::SecretString;

pub use crate::{
    client::{Client, ClientBuilder, LoginInfo},
    error::{Error, ErrorKind, LoginProblem},
    filter::{Filter, FilterError, FilterProblem},
    kind::{RecordKind, UnknownKind},
    outbreak::InOutbreak,
    query::{BadRecord, Origin, Page, Pages, Progress, Query, RawPage, RawPages, RawRecord},
    scope::Scope,
    session::Credentials,
};
