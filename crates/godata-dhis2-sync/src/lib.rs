//! Counts indicators in WHO Go.Data and makes DHIS2 hold exactly those numbers.
//!
//! The program is a thin `main` over this library of stages. A newcomer reads, in this order: [`config`] (what the
//! user declares), [`pipeline`] (prepare → read → count → reconcile → send), [`tell`] (what a person sees), [`cli`]
//! (the command line) and [`commands`] (one file a command).
//!
//! What each part does is owned elsewhere: counting by `indicators`, Go.Data's protocol by `godata-client`, DHIS2's by
//! `dhis2-client`. Here they meet, and nowhere else.

pub mod catalogue;
pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
mod exit;
pub mod godata;
pub mod guard;
pub mod init;
pub mod ledger;
pub mod lock;
pub mod notify;
pub mod page;
pub mod pipeline;
pub mod places;
pub mod problem;
mod prompt;
pub mod records;
pub mod schedule;
pub mod stop;
pub mod tell;

pub use exit::Exit;
