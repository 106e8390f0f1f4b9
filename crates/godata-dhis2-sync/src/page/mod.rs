//! The report of a run as one HTML file: what happened, the epidemic curve, what was left out and why.
//!
//! [`render`] turns the facts of a run ([`Page`]) into one page that needs no network and no script: it can be
//! mailed, archived and printed. Facts come in; every sum, sentence and curve is made here, so that the page cannot
//! contradict itself.
//!
//! - `model`: the facts.
//! - `figures`, `headline`, `series`: what follows from them.
//! - `charts`: SVG, by pure functions.
//! - `view`: everything as the template shows it.
//! - `page.html` and `page.css`: the page. A ministry may bring its own template in place of `page.html`; it is given
//!   the same variables, and `page`, the facts themselves.
//!
//! All text is escaped: names come from servers, and whoever may name a district must not be able to put a script
//! into the report. A content security policy in the page forbids scripts and requests besides.

mod charts;
mod figures;
mod headline;
mod model;
mod render;
mod series;
mod view;
mod words;

pub use model::{
    Cell, Completeness, End, Failure, Finding, Incomplete, Indicator, LeftOut, Mode, Page, Period,
    Place, Read, Report, Server, Traffic, Value,
};
pub use render::{TemplateError, render};

#[cfg(test)]
mod tests;
