//! The JSON Schema of the configuration: made from the types that read it, and current in the repository.

use std::path::Path;

use godata_dhis2_sync::config::File;

/// Beside the crates, for editors: `#:schema schemas/sync.schema.json` in the first line of a `sync.toml`.
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/sync.schema.json");

#[test]
fn the_schema_in_the_repository_is_current() {
    let now = serde_json::to_string_pretty(&schemars::schema_for!(File)).unwrap() + "\n";
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(PATH, &now).unwrap();
    }

    // As values: whether serde_json keeps the order of keys depends on what else is built.
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
    let kept = std::fs::read_to_string(Path::new(PATH)).unwrap_or_default();

    assert!(
        value(&kept) == value(&now),
        "make it anew: UPDATE_SCHEMAS=1 cargo test -p godata-dhis2-sync --test it schema"
    );
}

#[test]
fn the_schema_knows_the_keys_of_an_indicator() {
    let schema = serde_json::to_string(&schemars::schema_for!(File)).unwrap();

    for key in
        ["\"data_set\"", "\"data_element\"", "\"bands\"", "\"time_zone\"", "\"max_drop_percent\""]
    {
        assert!(schema.contains(key), "{key}");
    }
}
