//! The objects themselves.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// One metadata object: its properties, references as `{"id": …}`.
pub(crate) type Object = Map<String, Value>;

/// What a type is called in paths and payloads, and its Java class in reports.
pub(crate) const TYPES: &[(&str, &str, &str)] = &[
    ("attributes", "Attribute", "org.hisp.dhis.attribute.Attribute"),
    ("categories", "Category", "org.hisp.dhis.category.Category"),
    ("categoryCombos", "CategoryCombo", "org.hisp.dhis.category.CategoryCombo"),
    ("categoryOptionCombos", "CategoryOptionCombo", "org.hisp.dhis.category.CategoryOptionCombo"),
    ("categoryOptions", "CategoryOption", "org.hisp.dhis.category.CategoryOption"),
    ("dataElementGroups", "DataElementGroup", "org.hisp.dhis.dataelement.DataElementGroup"),
    ("dataElements", "DataElement", "org.hisp.dhis.dataelement.DataElement"),
    ("dataSets", "DataSet", "org.hisp.dhis.dataset.DataSet"),
    ("options", "Option", "org.hisp.dhis.option.Option"),
    ("optionSets", "OptionSet", "org.hisp.dhis.option.OptionSet"),
    (
        "organisationUnitGroups",
        "OrganisationUnitGroup",
        "org.hisp.dhis.organisationunit.OrganisationUnitGroup",
    ),
    (
        "organisationUnitLevels",
        "OrganisationUnitLevel",
        "org.hisp.dhis.organisationunit.OrganisationUnitLevel",
    ),
    ("organisationUnits", "OrganisationUnit", "org.hisp.dhis.organisationunit.OrganisationUnit"),
    ("sections", "Section", "org.hisp.dhis.dataset.Section"),
    ("userGroups", "UserGroup", "org.hisp.dhis.user.UserGroup"),
    ("userRoles", "UserRole", "org.hisp.dhis.user.UserRole"),
    ("users", "User", "org.hisp.dhis.user.User"),
];

/// All objects by type and id.
#[derive(Debug, Default)]
pub(crate) struct Store {
    objects: BTreeMap<&'static str, BTreeMap<String, Object>>,
    /// Grows with each change, so that views made from the store know when they are stale.
    version: u64,
    n_ids: u64,
}

impl Store {
    /// The type's own spelling of its name, where the server knows it.
    pub(crate) fn type_named(name: &str) -> Option<&'static str> {
        TYPES.iter().map(|(plural, ..)| *plural).find(|plural| *plural == name)
    }

    /// How messages call one object of a type.
    pub(crate) fn singular(of: &str) -> &'static str {
        TYPES.iter().find(|(plural, ..)| *plural == of).map_or("Object", |(_, name, _)| name)
    }

    /// The Java class of a type.
    pub(crate) fn class(of: &str) -> &'static str {
        TYPES.iter().find(|(plural, ..)| *plural == of).map_or("java.lang.Object", |t| t.2)
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn all(&self, of: &str) -> impl Iterator<Item = (&String, &Object)> {
        self.objects.get(of).into_iter().flatten()
    }

    pub(crate) fn get(&self, of: &str, id: &str) -> Option<&Object> {
        self.objects.get(of)?.get(id)
    }

    pub(crate) fn get_mut(&mut self, of: &str, id: &str) -> Option<&mut Object> {
        self.version += 1;
        self.objects.get_mut(of)?.get_mut(id)
    }

    /// Puts an object in place of the one with its id.
    pub(crate) fn put(&mut self, of: &'static str, id: &str, mut object: Object) {
        self.version += 1;
        object.insert("id".to_owned(), json!(id));
        for date in ["openingDate", "closedDate"] {
            if let Some(Value::String(text)) = object.get_mut(date)
                && text.len() == 10
            {
                text.push_str("T00:00:00.000");
            }
        }
        for (property, default) in defaults(of) {
            object.entry(property).or_insert(default);
        }
        self.objects.entry(of).or_default().insert(id.to_owned(), object);
    }

    pub(crate) fn remove(&mut self, of: &str, id: &str) -> Option<Object> {
        self.version += 1;
        self.objects.get_mut(of)?.remove(id)
    }

    /// A fresh identifier of the right shape; the same ones in the same order on each run.
    pub(crate) fn new_id(&mut self) -> String {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        self.n_ids += 1;
        // splitmix64, so that neighbours do not look alike.
        let mut state = self.n_ids.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut id = String::with_capacity(11);
        for at in 0_u64..11 {
            state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(17)
                ^ (at + 1);
            let choices: u64 = if at == 0 { 52 } else { 62 };
            let index = usize::try_from((state >> 11) % choices).unwrap_or(0);
            id.push(char::from(LETTERS[index]));
        }
        id
    }
}

/// What an object has where a package does not say.
fn defaults(of: &str) -> Vec<(&'static str, Value)> {
    let named = |pairs: &[(&'static str, Value)]| pairs.to_vec();
    let mut all = match of {
        "dataSets" => named(&[
            ("categoryCombo", json!({"id": super::combos::DEFAULT_COMBO})),
            ("compulsoryDataElementOperands", json!([])),
            ("compulsoryFieldsCompleteOnly", json!(false)),
            ("dataElementDecoration", json!(false)),
            ("dataInputPeriods", json!([])),
            ("dataSetElements", json!([])),
            ("expiryDays", json!(0.0)),
            ("fieldCombinationRequired", json!(false)),
            ("indicators", json!([])),
            ("legendSets", json!([])),
            ("mobile", json!(false)),
            ("noValueRequiresComment", json!(false)),
            ("notifyCompletingUser", json!(false)),
            ("openFuturePeriods", json!(0)),
            ("openPeriodsAfterCoEndDate", json!(0)),
            ("organisationUnits", json!([])),
            ("renderAsTabs", json!(false)),
            ("renderHorizontally", json!(false)),
            ("skipOffline", json!(false)),
            ("timelyDays", json!(0.0)),
            ("validCompleteOnly", json!(false)),
            ("version", json!(1)),
        ]),
        "dataElements" => named(&[
            ("aggregationLevels", json!([])),
            ("categoryCombo", json!({"id": super::combos::DEFAULT_COMBO})),
            ("legendSets", json!([])),
            ("zeroIsSignificant", json!(false)),
        ]),
        _ => return Vec::new(),
    };
    all.push(("attributeValues", json!([])));
    all.push(("translations", json!([])));
    all
}

/// All types by their names in paths.
pub(crate) fn plurals() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(plural, ..)| *plural)
}

/// The id a reference holds.
pub(crate) fn id_of(reference: &Value) -> Option<&str> {
    reference.get("id")?.as_str()
}

/// Whether a text has the shape of a DHIS2 identifier.
pub(crate) fn is_uid(text: &str) -> bool {
    text.len() == 11
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
        && text.as_bytes()[0].is_ascii_alphabetic()
}
