//! The organisation unit of a record.

use crate::Source;
use crate::definition::Definition;
use crate::field::{Field, Names, Root, Row};
use crate::places::{Places, RollUp};
use crate::reason::Reason;
use crate::scan::Raw;

/// The type of the address that says where somebody lives; also that of an address without type.
const USUAL: &[u8] = b"LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_USUAL_PLACE_OF_RESIDENCE";

/// How the organisation unit of a record is found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlaceRule {
    pub(super) place: Place,
    pub(super) roll_up: RollUp,
    /// For each location, its unit or why it has none.
    pub(super) units: Vec<Result<u32, Reason>>,
    /// Whether each element of a list has a place of its own.
    pub(super) of_element: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Place {
    /// One unit for everything.
    Fixed(u32),
    /// A field with the id of a location.
    Field(Field),
    /// Where somebody lives: what the server derived, and where it did not, the address itself.
    Residence { derived: Field, addresses: Field, address: Field },
}

impl PlaceRule {
    pub(crate) fn new(
        definition: &Definition,
        names: &mut Names<'_>,
        places: &Places,
        units: &[String],
    ) -> Self {
        let unit = |name: &str| {
            let place = units.binary_search_by(|unit| unit.as_str().cmp(name));
            place.ok().and_then(|n| u32::try_from(n).ok())
        };
        let place = match (&definition.org_unit, &definition.place) {
            (Some(org_unit), _) => Place::Fixed(unit(org_unit).unwrap_or(u32::MAX)),
            (None, Some(field)) => Place::Field(names.field(field)),
            (None, None) => {
                let of = match definition.from {
                    Source::FollowUps | Source::LabResults => "person.",
                    Source::Relationships => "target.",
                    _ => "",
                };
                for below in ["addresses.typeId", "addresses.locationId", "address.locationId"] {
                    names.need(&format!("{of}{below}"));
                }
                Place::Residence {
                    derived: names.field(&format!("{of}usualPlaceOfResidenceLocationId")),
                    addresses: names.list(&format!("{of}addresses")),
                    address: names.list(&format!("{of}address")),
                }
            }
        };
        let roll_up = match &definition.level {
            Some(level) => RollUp::Level(level.clone()),
            None => places.roll_up().clone(),
        };
        let counting_unit = |n: usize| {
            let counting = places.counting_location(n, &roll_up)?;
            let org_unit = places.location(counting).org_unit.as_deref();
            org_unit.and_then(unit).ok_or(Reason::UnmappedPlace)
        };
        let of_element = matches!(&place, Place::Field(field) if field.root == Root::Element);
        let units = match place {
            Place::Fixed(_) => Vec::new(),
            _ => (0..places.len()).map(counting_unit).collect(),
        };
        Self { place, roll_up, units, of_element }
    }

    /// The unit of a record.
    pub(crate) fn unit(&self, row: &Row<'_>, places: &Places) -> Result<u32, Reason> {
        match self.place {
            Place::Fixed(unit) => Ok(unit),
            _ => self.units[self.location(row, places)?],
        }
    }

    /// The location of a record.
    pub(crate) fn location(&self, row: &Row<'_>, places: &Places) -> Result<usize, Reason> {
        let id = match &self.place {
            Place::Fixed(_) => None,
            Place::Field(field) => text(row.first(field)),
            Place::Residence { derived, addresses, address } => text(row.first(derived))
                .or_else(|| usual_address(row, addresses))
                .or_else(|| text(row.first(address)?.field("locationId"))),
        };
        places.find(id.ok_or(Reason::NoPlace)?).ok_or(Reason::UnknownPlace)
    }
}

/// The location of the first address of the usual place of residence.
fn usual_address<'r>(row: &Row<'r>, addresses: &Field) -> Option<&'r [u8]> {
    let mut usual: Option<Raw<'r>> = None;
    let _ = row.each(addresses, &mut |list| {
        if let Some(list) = list {
            list.for_each_element(|address| {
                let kind = address.field("typeId").and_then(Raw::quoted);
                if usual.is_none() && kind.unwrap_or(USUAL) == USUAL {
                    usual = Some(address);
                }
            });
        }
        std::ops::ControlFlow::<()>::Continue(())
    });
    text(usual?.field("locationId"))
}

/// An id; an empty one is none.
fn text(value: Option<Raw<'_>>) -> Option<&[u8]> {
    value?.quoted().filter(|id| !id.is_empty())
}
