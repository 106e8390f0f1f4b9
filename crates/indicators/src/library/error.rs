//! What can be wrong with the choice of a library.

use crate::nearest::nearest;

/// What is wrong with the name of a library or its settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// No library has this name.
    #[error("there is no indicator library `{name}`; {hint}")]
    UnknownLibrary {
        /// The name.
        name: String,
        /// What may have been meant.
        hint: String,
    },
    /// The library has no such setting.
    #[error("the library `{library}` has no setting `{setting}`; {hint}")]
    UnknownSetting {
        /// The library.
        library: String,
        /// The name of the setting.
        setting: String,
        /// What may have been meant.
        hint: String,
    },
    /// The value is of another kind than the setting.
    #[error("the setting `{setting}` of the library `{library}` is {expected}, not {found}")]
    WrongSetting {
        /// The library.
        library: String,
        /// The name of the setting.
        setting: String,
        /// What it must be, in words.
        expected: &'static str,
        /// What it is, in words.
        found: String,
    },
    /// With these settings a definition cannot be read.
    #[error("the library `{library}` cannot be read with these settings: {problem}")]
    Unreadable {
        /// The library.
        library: String,
        /// What is wrong.
        problem: String,
    },
}

/// "did you mean …?", or all that there is.
pub(super) fn hint<'k>(written: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> String {
    match nearest(written, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let all: Vec<&str> = known.into_iter().collect();
            if all.is_empty() {
                "there are none".into()
            } else {
                format!("use one of: {}", all.join(", "))
            }
        }
    }
}
