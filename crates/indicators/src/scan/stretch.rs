//! Reading one array from several places at once.
//!
//! Whoever opens a JSON text in the middle cannot know whether the place is inside a text. But what
//! a stretch does can be said for both cases, and stretches join like links of a chain: each thread
//! looks at its own, then every thread knows how its stretch begins.

use super::blocks::Blocks;

/// What a stretch of a JSON text does to a reader: whether it ends inside a text, and how many
/// brackets it leaves open, for a reader that comes in outside and for one that comes in inside.
///
/// # Examples
///
/// ```
/// use indicators::{Entry, Stretch};
///
/// let mut left = Stretch::default();
/// left.add(br#"[{"name":"a,b"#);
/// let mut right = Stretch::default();
/// right.add(br#"]"},{"name":"c"}]"#);
///
/// let middle = Entry::default().after(&left);
/// assert!(middle.is_inside_text());
/// assert_eq!(middle.after(&right), Entry::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stretch {
    /// For a reader that comes in outside of a text, and for one that comes in inside.
    effects: [Effect; 2],
    /// Whether a backslash at the end takes its meaning from the next byte.
    escapes_next: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Effect {
    flips: bool,
    depth: i64,
}

impl Stretch {
    /// Goes on over the next bytes. The very first must not stand behind a backslash: move the cut.
    pub fn add(&mut self, portion: &[u8]) {
        let mut text = portion;
        if self.escapes_next {
            let Some((_, rest)) = text.split_first() else { return };
            text = rest;
            self.escapes_next = false;
        }
        let n_backslashes = text.iter().rev().take_while(|byte| **byte == b'\\').count();
        self.escapes_next = n_backslashes % 2 == 1;
        for (comes_in_inside, effect) in [false, true].into_iter().zip(&mut self.effects) {
            let (ends_inside, depth) = Blocks::effect(text, comes_in_inside ^ effect.flips);
            effect.flips = comes_in_inside ^ ends_inside;
            effect.depth += depth;
        }
    }
}

/// The state of a reader at a place of a JSON text; the default is that at its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Entry {
    pub(super) inside: bool,
    pub(super) depth: i64,
}

impl Entry {
    /// The state behind a stretch that begins here.
    #[must_use]
    pub fn after(self, stretch: &Stretch) -> Self {
        let effect = stretch.effects[usize::from(self.inside)];
        Self { inside: self.inside ^ effect.flips, depth: self.depth + effect.depth }
    }

    /// Whether the place is inside a text.
    #[must_use]
    pub fn is_inside_text(self) -> bool {
        self.inside
    }

    /// Goes over `text` up to where an element of the outermost array begins; answers the place
    /// and whether it stands behind the `[` rather than a comma. `None`, and all of `text` is gone
    /// over, if there is none.
    pub(super) fn seek(&mut self, escaped: &mut bool, text: &[u8]) -> Option<(usize, Sought)> {
        for (place, byte) in text.iter().enumerate() {
            if self.inside {
                match byte {
                    _ if *escaped => *escaped = false,
                    b'\\' => *escaped = true,
                    b'"' => self.inside = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.inside = true,
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.depth == 1 {
                        return Some((place + 1, Sought::First));
                    }
                }
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some((place + 1, Sought::End));
                    }
                }
                b',' if self.depth == 1 => return Some((place + 1, Sought::Next)),
                _ => {}
            }
        }
        None
    }
}

/// What [`Entry::seek`] found.
pub(super) enum Sought {
    First,
    Next,
    End,
}
