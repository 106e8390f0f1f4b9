//! The Go.Data half.

mod api;
mod conformance;
mod filters;
mod people;
mod recording;
mod sessions;
mod setup;
mod writes;
