//! A Go.Data 2.50.3 inside the process.
