//! Charts as SVG text: pure functions from columns to markup. No script, no font, no colour of their own: the page's
//! style sheet gives them their colours, light or dark.

mod axis;
mod curve;
mod scale;
mod svg;

pub(super) use axis::Tick;
pub(super) use curve::{Chart, Column, Size, curve, miniature};

#[cfg(test)]
mod tests;
