//! wip
mod cell; mod period; mod uid; mod value_type; mod version;
pub use cell::*; pub use period::*; pub use uid::*; pub use value_type::{ValueType, ValueError}; pub use version::*;
