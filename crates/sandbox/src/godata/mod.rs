//! A Go.Data 2.50.3 inside the process.
//!
//! It answers as the recorded server does: accounts and their tokens, permissions, the rule of the
//! active outbreak, the two query engines with their surprises, soft deletes, exports. What it does
//! not imitate is listed, with reasons, in `tests/it/godata/conformance.rs`, which replays
//! every recorded request.
//!
//! ```
//! use sandbox::godata::{GoData, Kind, World, reference};
//! use serde_json::json;
//!
//! let godata = GoData::start(World::empty("Two runs"))?;
//! let place = godata.put(Kind::Location, json!({"name": "District A"}));
//! let case = godata.put(
//!     Kind::Case,
//!     json!({
//!         "classification": reference("CASE_CLASSIFICATION", "CONFIRMED"),
//!         "dateOfReporting": "2020-07-24T00:00:00.000Z",
//!         "addresses": [{"locationId": place}],
//!     }),
//! );
//! let stored = godata.record(&case).expect("just put");
//! assert_eq!(stored["usualPlaceOfResidenceLocationId"], json!(place));
//! # Ok::<(), std::io::Error>(())
//! ```

mod account;
mod answer;
mod clock;
mod condition;
mod dialect;
mod doc;
mod export;
mod generator;
mod handle;
mod ids;
mod instant;
mod kind;
mod packed;
mod query;
mod records;
mod request;
mod routes;
mod seed;
mod visual_id;
mod world;

pub use account::{Account, EMAIL, PASSWORD};
pub use clock::Clock;
pub use generator::Generator;
pub use handle::{GoData, reference};
pub use kind::Kind;
pub use routes::API_KEY;
pub use world::World;
