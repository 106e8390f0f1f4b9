//! How the program ends, for schedulers and scripts.

use std::process::ExitCode;

/// What a scheduler can branch on. These numbers are part of the interface and do not change.
///
/// # Examples
///
/// ```
/// use godata_dhis2_sync::Exit;
///
/// assert_eq!(Exit::SomeRefused.code(), 4);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// DHIS2 holds the numbers that follow from the records.
    Done = 0,
    /// A bug in this program.
    Bug = 1,
    /// The command line, the configuration or a mapping is wrong. Nothing was sent.
    Usage = 2,
    /// A server could not be reached, refused the login, or lacks what the configuration names.
    Server = 3,
    /// DHIS2 refused some values; every other value was stored.
    SomeRefused = 4,
    /// A guard stopped the run before anything was sent.
    Guard = 5,
    /// Another run is active for this target.
    Busy = 6,
    /// It was asked to stop, by a signal, before everything was sent. The next run goes on where it ended.
    Stopped = 7,
}

impl Exit {
    /// The process exit code, 0 to 7.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
