//! ADX for the value-wise engine: category attributes to option combinations before the import.

use std::collections::BTreeSet;

use super::{
    import::{Context, Options, Resolver, Scheme},
    metadata::Store,
    payload::{ComboRef, Group, Unreadable},
};

/// One data value set of all groups, without a header: the data set of an ADX group is looked up
/// and then forgotten (facts §12.1). Identifiers become ids.
pub(crate) fn flatten(
    context: &Context<'_>,
    groups: Vec<Group>,
    options: &Options,
) -> Result<Group, Unreadable> {
    let mut resolver = Resolver::new(context.store, options, Scheme::Code);
    let mut flat = Group::default();
    for group in groups {
        if let Some(set) = &group.header.data_set
            && resolver.find("dataSets", "dataSet", set).is_none()
        {
            return Err(no_match(&resolver, "dataSets", "dataSet", set));
        }
        for mut value in group.values {
            let text = value.data_element.clone().unwrap_or_default();
            let Some(element) = resolver.find("dataElements", "dataElement", &text) else {
                return Err(no_match(&resolver, "dataElements", "dataElement", &text));
            };
            if let Some(ComboRef::Options(options)) = value.category_option_combo.clone() {
                let mut wanted = BTreeSet::new();
                for (category, option) in &options {
                    if resolver.find("categories", "category", category).is_none() {
                        return Err(no_match(&resolver, "categories", "category", category));
                    }
                    match resolver.find("categoryOptions", "categoryOption", option) {
                        Some(id) => drop(wanted.insert(id)),
                        None => {
                            return Err(no_match(
                                &resolver,
                                "categoryOptions",
                                "categoryOption",
                                option,
                            ));
                        }
                    }
                }
                let combo = context.catalog.combo_in(None, &element);
                let Some(id) = context.catalog.combo_of_options(combo, &wanted) else {
                    return Err(Unreadable::Process(format!(
                        "No category option combo for the options of data element {text}"
                    )));
                };
                // From here on it goes by what the combination is called in the scheme of the call.
                // By code it is called nothing, and the value lands under the default combination:
                // readback-json after adx-import, x-adx-read.
                let scheme = resolver.scheme("categoryOptionCombo");
                value.category_option_combo = context
                    .store
                    .get("categoryOptionCombos", id)
                    .and_then(|object| super::import::name_in(&scheme, id, object))
                    .map(ComboRef::Id);
            }
            flat.values.push(value);
        }
    }
    Ok(flat)
}

fn no_match(resolver: &Resolver<'_>, of: &'static str, kind: &str, text: &str) -> Unreadable {
    let name = match Store::singular(of) {
        "DataSet" => "data set",
        "DataElement" => "data element",
        "Category" => "category",
        _ => "category option",
    };
    Unreadable::Process(format!("No {name} matching {} '{text}'", resolver.scheme(kind).word()))
}
