//! The demo: Atlantia, an invented country with the recorded outbreak's places.

use super::{
    builder::{Dhis2Builder, UserSpec},
    handle::Dhis2,
    users::{ADMIN_TOKEN, WRITER_TOKEN},
    version::Dhis2Version,
};

/// Its units carry the DHIS2 ids and P-codes that the recorded Go.Data locations have as
/// identifiers; only the country's id is that of WHO's use case #6. The COVID-19 data set is that
/// of the package recorded in `wire/covid19-package`.
const METADATA: &str = include_str!("data/atlantia.json");

/// The country.
const COUNTRY: &str = "DiszpKrYNg8";

pub(crate) fn builder(version: Dhis2Version) -> Dhis2Builder {
    let package = serde_json::from_str(METADATA)
        .unwrap_or_else(|error| panic!("data/atlantia.json is part of this crate: {error}"));
    Dhis2::builder(version)
        .metadata(&package)
        .user(
            UserSpec::new("writer", "Writer-1!")
                .id("m4HywosTsq1")
                .authorities(["F_DATAVALUE_ADD", "F_DATAVALUE_DELETE"])
                .org_units([COUNTRY])
                .token(WRITER_TOKEN),
        )
        .user(
            UserSpec::new("administrator", "Admin-1!")
                .authorities(["ALL"])
                .org_units([COUNTRY])
                .token(ADMIN_TOKEN),
        )
        .user(UserSpec::new("reader", "Reader-1!").org_units([COUNTRY]))
        .user(
            UserSpec::new("twofactor", "Twofactor-1!")
                .authorities(["F_DATAVALUE_ADD"])
                .org_units([COUNTRY])
                .two_factor(),
        )
        .user(
            UserSpec::new("locked", "Locked-1!")
                .authorities(["F_DATAVALUE_ADD"])
                .org_units([COUNTRY])
                .locked(),
        )
}
