//! Programs that show one crate each: see `examples/`.
