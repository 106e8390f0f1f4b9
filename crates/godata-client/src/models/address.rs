//! Addresses.

use serde_json::Number;

use super::{AddressType, Moment, macros::model};

model! {
    /// A point on the map; either half can be missing.
    pub struct GeoPoint {
        /// Degrees north.
        hidden lat: Number = "lat",
        /// Degrees east.
        hidden lng: Number = "lng",
    }
}

model! {
    /// One address of a person, or the address of an event.
    pub struct Address {
        /// What it is; one address of a person is the usual place of residence.
        shown type_id: AddressType = "typeId",
        /// The place it lies in: the id of a [`Location`](super::Location).
        shown location_id: String = "locationId",
        /// Country, as text.
        hidden country: String = "country",
        /// Town, as text.
        hidden city: String = "city",
        /// Street and number.
        hidden address_line: String = "addressLine1",
        /// Postal code.
        hidden postal_code: String = "postalCode",
        /// Telephone.
        hidden phone_number: String = "phoneNumber",
        /// E-mail.
        hidden email_address: String = "emailAddress",
        /// Where exactly.
        hidden geo_location: GeoPoint = "geoLocation",
        /// Whether the point is exact.
        hidden geo_location_accurate: bool = "geoLocationAccurate",
        /// Since when, or until when for a former residence.
        shown date: Moment = "date",
    }
}
