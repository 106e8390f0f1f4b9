//! What only the whole can prove: see `tests/`.
