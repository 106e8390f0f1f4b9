//! Identifiers in the scheme an answer is wanted in.

use crate::dhis2::{
    http::Query,
    import::{Scheme, name_in},
    metadata::View,
};

/// How ids are written in an answer.
pub(crate) struct Names<'a> {
    pub(crate) view: &'a View<'a>,
    general: Option<Scheme>,
    own: Vec<(&'static str, Scheme)>,
    default: Scheme,
}

impl<'a> Names<'a> {
    pub(super) fn new(view: &'a View<'a>, query: &Query, default: &str) -> Self {
        let own =
            ["dataElement", "orgUnit", "categoryOptionCombo", "attributeOptionCombo", "dataSet"]
                .iter()
                .filter_map(|kind| {
                    Some((*kind, Scheme::parse(query.first(&format!("{kind}IdScheme"))?)))
                })
                .collect();
        Self {
            view,
            general: query.first("idScheme").map(Scheme::parse),
            own,
            default: Scheme::parse(default),
        }
    }

    pub(super) fn scheme(&self, kind: &str) -> &Scheme {
        self.own
            .iter()
            .find(|(known, _)| *known == kind)
            .map(|(_, scheme)| scheme)
            .or(self.general.as_ref())
            .unwrap_or(&self.default)
    }

    pub(crate) fn name(&self, of: &str, kind: &str, id: &str) -> String {
        let scheme = self.scheme(kind);
        self.view
            .store
            .get(of, id)
            .and_then(|object| name_in(scheme, id, object))
            .unwrap_or_else(|| if *scheme == Scheme::Uid { id.to_owned() } else { String::new() })
    }

    pub(crate) fn element(&self, id: &str) -> String {
        self.name("dataElements", "dataElement", id)
    }

    pub(crate) fn unit(&self, id: &str) -> String {
        self.name("organisationUnits", "orgUnit", id)
    }

    pub(crate) fn category_combo(&self, id: &str) -> String {
        self.name("categoryOptionCombos", "categoryOptionCombo", id)
    }

    pub(crate) fn attribute_combo(&self, id: &str) -> String {
        self.name("categoryOptionCombos", "attributeOptionCombo", id)
    }

    pub(crate) fn data_set(&self, id: &str) -> String {
        self.name("dataSets", "dataSet", id)
    }
}
