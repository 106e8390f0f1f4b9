//! Users, teams, clusters, texts, and what the server tells about itself and its jobs.

use serde_json::{Number, Value};

use super::{Moment, macros::model};

model! {
    /// A user of the server.
    pub struct User {
        /// The user's id.
        shown id: String = "id",
        /// First name.
        hidden first_name: String = "firstName",
        /// Last name.
        hidden last_name: String = "lastName",
        /// E-mail, also the name for logging in.
        hidden email: String = "email",
        /// Roles.
        shown role_ids: Vec<String> = "roleIds",
        /// Outbreaks that the user may see; missing or empty for all.
        shown outbreak_ids: Vec<String> = "outbreakIds",
        /// The one outbreak that the user may write to.
        shown active_outbreak_id: String = "activeOutbreakId",
        /// Language.
        shown language_id: String = "languageId",
        /// Whether the user sees all places in spite of teams.
        shown disregard_geographic_restrictions: bool = "disregardGeographicRestrictions",
        /// What the user may do, permission by permission, where the server tells.
        shown permission_ids: Vec<String> = "permissionIds",
        /// A hint for the web page to ask for a new password; calls work all the same.
        shown password_change: bool = "passwordChange",
        /// Telephone numbers.
        hidden telephone_numbers: Value = "telephoneNumbers",
        /// Institution.
        hidden institution_name: String = "institutionName",
        /// Last login (2.49 and later).
        hidden last_login: Moment = "lastLogin",
        /// Whether it is deleted.
        shown deleted: bool = "deleted",
    }
}

model! {
    /// A team of users for certain places.
    pub struct Team {
        /// The team's id.
        shown id: String = "id",
        /// Its name.
        shown name: String = "name",
        /// Its members.
        hidden user_ids: Vec<String> = "userIds",
        /// Its places, with all that lies below.
        shown location_ids: Vec<String> = "locationIds",
        /// Whether it is deleted.
        shown deleted: bool = "deleted",
    }
}

model! {
    /// A cluster of cases.
    pub struct Cluster {
        /// The cluster's id.
        shown id: String = "id",
        /// Its name, which can be a family's.
        hidden name: String = "name",
        /// Free text.
        hidden description: String = "description",
        /// The colour in charts.
        shown color_code: String = "colorCode",
        /// Its picture.
        shown icon: String = "icon",
        /// Whether it is deleted.
        shown deleted: bool = "deleted",
    }
}

model! {
    /// One text of a language.
    pub struct LanguageToken {
        /// What it is for: a reference-data id, say.
        shown token: String = "token",
        /// The text.
        shown translation: String = "translation",
    }
}

model! {
    /// Texts of a language.
    pub struct LanguageTokens {
        /// The language, such as `english_us`.
        shown language_id: String = "languageId",
        /// When the latest of them was changed.
        shown last_update_date: Moment = "lastUpdateDate",
        /// The texts.
        shown tokens: Vec<LanguageToken> = "tokens",
    }
}

model! {
    /// What the server tells about itself.
    pub struct SystemVersion {
        /// The version, such as `2.50.3`.
        shown version: String = "version",
        /// The build.
        shown build: String = "build",
        /// The platform.
        shown platform: String = "platform",
        /// The processor.
        shown arch: String = "arch",
        /// The time zone in which calendar days are midnights (2.48 and later).
        shown time_zone: String = "timezone",
        /// Life of an unused token in seconds.
        shown token_ttl: Number = "tokenTTL",
    }
}

model! {
    /// An export that the server makes in the background.
    pub struct ExportJob {
        /// The job's id.
        shown id: String = "id",
        /// Whether it runs, succeeded or failed: `LNG_SYNC_STATUS_…`.
        shown status: String = "status",
        /// What it is doing: `LNG_STATUS_STEP_…`.
        shown status_step: String = "statusStep",
        /// How many rows there are.
        shown total: Number = "totalNo",
        /// How many are done.
        shown processed: Number = "processedNo",
        /// Size of the file in bytes.
        shown size_bytes: Number = "sizeBytes",
        /// Its kind: `json`, `csv`, ….
        shown extension: String = "extension",
        /// Its media type.
        shown mime_type: String = "mimeType",
        /// Why it failed.
        hidden error: Value = "error",
    }
}
