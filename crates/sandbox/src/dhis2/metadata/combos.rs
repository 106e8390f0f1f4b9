//! Option combinations: what `categoryOptionComboUpdate` makes of categories.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::store::{Object, Store, id_of};

/// The usual ids of the objects named "default".
pub(crate) const DEFAULT_CATEGORY: &str = "GLevLNI9wkl";
/// See [`DEFAULT_CATEGORY`].
pub(crate) const DEFAULT_OPTION: &str = "xYerKDKCefk";
/// See [`DEFAULT_CATEGORY`].
pub(crate) const DEFAULT_COMBO: &str = "bjDvmb4bfuf";
/// See [`DEFAULT_CATEGORY`].
pub(crate) const DEFAULT_OPTION_COMBO: &str = "HllvX50cXC0";

/// Makes the missing combinations of every category combo and removes those that are none.
///
/// Which combinations exist is told by their options alone, so ids of a package are kept.
pub(crate) fn generate_option_combos(store: &mut Store) {
    let combos: Vec<(String, Vec<Vec<String>>)> = store
        .all("categoryCombos")
        .map(|(id, combo)| (id.clone(), categories_of(store, combo)))
        .collect();
    for (combo, categories) in combos {
        let mut wanted: Vec<Vec<String>> = vec![Vec::new()];
        for options in &categories {
            wanted = wanted
                .iter()
                .flat_map(|so_far| {
                    options.iter().map(move |option| {
                        [so_far.as_slice(), std::slice::from_ref(option)].concat()
                    })
                })
                .collect();
        }
        let mut missing: Vec<Vec<String>> = wanted;
        let mut obsolete = Vec::new();
        for (id, option_combo) in store.all("categoryOptionCombos") {
            if option_combo.get("categoryCombo").and_then(id_of) != Some(combo.as_str()) {
                continue;
            }
            let options: BTreeSet<&str> = references(option_combo, "categoryOptions").collect();
            let place = missing.iter().position(|want| {
                want.iter().map(String::as_str).collect::<BTreeSet<_>>() == options
            });
            match place {
                Some(place) => drop(missing.remove(place)),
                None => obsolete.push(id.clone()),
            }
        }
        for id in obsolete {
            store.remove("categoryOptionCombos", &id);
        }
        for options in missing {
            let name: Vec<String> = options
                .iter()
                .filter_map(|id| store.get("categoryOptions", id)?.get("name")?.as_str())
                .map(str::to_owned)
                .collect();
            let id = store.new_id();
            let object = json!({
                "name": name.join(", "),
                "categoryCombo": {"id": combo},
                "categoryOptions": options.iter().map(|id| json!({"id": id})).collect::<Vec<_>>(),
                "ignoreApproval": false,
            });
            if let Value::Object(object) = object {
                store.put("categoryOptionCombos", &id, object);
            }
        }
    }
}

/// The options of each category of a combo, in order.
fn categories_of(store: &Store, combo: &Object) -> Vec<Vec<String>> {
    references(combo, "categories")
        .map(|category| {
            store
                .get("categories", category)
                .into_iter()
                .flat_map(|category| references(category, "categoryOptions"))
                .map(str::to_owned)
                .collect()
        })
        .collect()
}

/// The ids in a list of references.
pub(crate) fn references<'a>(
    object: &'a Object,
    property: &str,
) -> impl Iterator<Item = &'a str> + use<'a> {
    object.get(property).and_then(Value::as_array).into_iter().flatten().filter_map(id_of)
}
