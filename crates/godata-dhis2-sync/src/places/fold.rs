//! Comparing names that two offices typed.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A name without letter case, accents, punctuation and double blanks, for comparing only.
///
/// # Examples
///
/// ```
/// use godata_dhis2_sync::places::fold;
///
/// assert_eq!(fold("  Dremé  North-Region "), "dreme north region");
/// ```
#[must_use]
pub fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for c in name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            folded.push(c);
        } else if !folded.ends_with(' ') && !folded.is_empty() {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}
