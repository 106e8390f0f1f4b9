//! The Go.Data half.

mod conformance;
mod recording;
