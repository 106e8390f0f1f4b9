//! Places and value lists.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{GeoPoint, GeographicalLevel, Moment, macros::model};

model! {
    /// A code of a place in some other system, such as a P-code or a DHIS2 id. Which system is only
    /// told by the free text.
    pub struct LocationIdentifier {
        /// The code.
        shown code: String = "code",
        /// Free text.
        shown description: String = "description",
    }
}

model! {
    /// A place: country, district, village, ….
    pub struct Location {
        /// The place's id.
        shown id: String = "id",
        /// Its name, unique among its siblings.
        shown name: String = "name",
        /// Other names.
        shown synonyms: Vec<String> = "synonyms",
        /// Codes in other systems.
        shown identifiers: Vec<LocationIdentifier> = "identifiers",
        /// Whether it may still be chosen.
        shown active: bool = "active",
        /// The place it lies in; null for a root.
        shown parent_location_id: String = "parentLocationId",
        /// Its level; can be missing, and levels can be skipped.
        shown geographical_level_id: GeographicalLevel = "geographicalLevelId",
        /// Where exactly.
        hidden geo_location: GeoPoint = "geoLocation",
        /// People per square kilometre.
        shown population_density: Number = "populationDensity",
        /// When it was entered.
        shown created_at: Moment = "createdAt",
        /// Who entered it.
        hidden created_by: String = "createdBy",
        /// Which way it came.
        shown created_on: String = "createdOn",
        /// When it was last edited.
        shown updated_at: Moment = "updatedAt",
        /// Who edited it last.
        hidden updated_by: String = "updatedBy",
        /// When the server last wrote it.
        shown db_updated_at: Moment = "dbUpdatedAt",
        /// Whether it is deleted.
        shown deleted: bool = "deleted",
        /// When it was deleted.
        shown deleted_at: Moment = "deletedAt",
        /// Whether it is shown for its descendants' sake only (in an outbreak's tree).
        shown disabled: bool = "disabled",
    }
}

/// A place with those that lie in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LocationNode {
    /// The place.
    pub location: Location,
    /// The places in it.
    #[serde(default)]
    pub children: Vec<LocationNode>,
}

model! {
    /// A value of a value list.
    pub struct ReferenceItem {
        /// The value's id, by which records refer to it.
        shown id: String = "id",
        /// The list.
        shown category_id: String = "categoryId",
        /// The language token of its label; the same text as the id.
        shown value: String = "value",
        /// The language token of its description.
        shown description: String = "description",
        /// A code in some other system.
        shown code: String = "code",
        /// The colour in charts.
        shown color_code: String = "colorCode",
        /// Its picture.
        shown icon_id: String = "iconId",
        /// Its position in the list.
        shown order: Number = "order",
        /// Whether it may still be chosen.
        shown active: bool = "active",
        /// Whether it may be changed.
        shown read_only: bool = "readOnly",
        /// Whether it came with Go.Data.
        shown is_default: bool = "isDefaultReferenceData",
        /// Whether it came with a template.
        shown is_from_template: bool = "isOutbreakTemplateReferenceData",
        /// Whether it belongs to all outbreaks.
        shown is_system_wide: bool = "isSystemWide",
        /// Where it is, for facilities.
        hidden geo_location: GeoPoint = "geoLocation",
        /// When it was entered.
        shown created_at: Moment = "createdAt",
        /// Who entered it.
        hidden created_by: String = "createdBy",
        /// Which way it came.
        shown created_on: String = "createdOn",
        /// When it was last edited.
        shown updated_at: Moment = "updatedAt",
        /// Who edited it last.
        hidden updated_by: String = "updatedBy",
        /// When the server last wrote it.
        shown db_updated_at: Moment = "dbUpdatedAt",
        /// Whether it is deleted.
        shown deleted: bool = "deleted",
        /// When it was deleted.
        shown deleted_at: Moment = "deletedAt",
    }
}
