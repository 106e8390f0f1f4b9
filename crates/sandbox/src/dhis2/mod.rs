//! A DHIS2 inside the process.
