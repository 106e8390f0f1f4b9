//! Bodies as the models take them.

use crate::godata::{
    answer::Refusal,
    dialect::is_date_property,
    doc::{Doc, Object},
    instant,
    kind::Kind,
};

const USUAL_PLACE: &str = "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_USUAL_PLACE_OF_RESIDENCE";
const PREVIOUS_PLACE: &str =
    "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_PREVIOUS_USUAL_PLACE_OF_RESIDENCE";

/// Fields that only the server writes; a body's values for them are dropped silently.
const READ_ONLY: [&str; 15] = [
    "id",
    "outbreakId",
    "createdAt",
    "createdBy",
    "updatedAt",
    "updatedBy",
    "dbUpdatedAt",
    "createdOn",
    "deleted",
    "deletedAt",
    "classificationHistory",
    "relationshipsRepresentation",
    "numberOfContacts",
    "numberOfExposures",
    "usualPlaceOfResidenceLocationId",
];

/// A body as the model takes it: known dates parsed, what only the server writes left out.
pub(super) fn checked(kind: Kind, body: Object) -> Result<Object, Refusal> {
    let mut row = Object::default();
    for (key, value) in body {
        if READ_ONLY.contains(&&*key) {
            continue;
        }
        let value = match &value {
            Doc::Text(text) if is_date_property(&key) => match instant::parse_in_body(text) {
                Some(millis) => Doc::Date(millis),
                None => return Err(invalid_date(kind, &key)),
            },
            _ => value.with_body_dates(),
        };
        row.set(&key, value);
    }
    if let Some(Doc::List(addresses)) = row.get("addresses") {
        check_addresses(addresses)?;
    }
    Ok(row)
}

fn invalid_date(kind: Kind, field: &str) -> Refusal {
    let message = format!(
        "The `{}` instance is not valid. Details: `{field}` is not a valid date (value: Invalid \
         Date).",
        kind.model()
    );
    let single = |value: &str| {
        let mut object = Object::default();
        object.set(field, vec![Doc::from(value)]);
        object
    };
    Refusal::plain(422, &message)
        .named("ValidationError")
        .with("context", kind.model())
        .with("codes", single("date"))
        .with("messages", single("is not a valid date"))
}

fn check_addresses(addresses: &[Doc]) -> Result<(), Refusal> {
    let addresses = || addresses.iter().filter_map(Doc::as_object);
    let type_of = |address: &Object| address.text("typeId").unwrap_or(USUAL_PLACE).to_owned();
    let n_usual = addresses().filter(|address| type_of(address) == USUAL_PLACE).count();
    let undated = |address: &Object| address.get("date").is_none_or(Doc::is_null);
    if addresses().next().is_none() {
        return Ok(());
    }
    if n_usual == 0 {
        return Err(Refusal::coded(
            422,
            "ADDRESS_MUST_HAVE_USUAL_PLACE_OF_RESIDENCE",
            "One of the addresses must be set as Current address",
        ));
    }
    if n_usual > 1 {
        return Err(Refusal::coded(
            422,
            "ADDRESS_MULTIPLE_USUAL_PLACE_OF_RESIDENCE",
            "Multiple addresses set as Current address. Only one address should be set as Current \
             address",
        ));
    }
    if addresses().any(|address| type_of(address) == PREVIOUS_PLACE && undated(address)) {
        return Err(Refusal::coded(
            422,
            "ADDRESS_PREVIOUS_PLACE_OF_RESIDENCE_MUST_HAVE_DATE",
            "Addresses set as Previous Current address must have a date set",
        ));
    }
    Ok(())
}
