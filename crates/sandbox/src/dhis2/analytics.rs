//! `GET /api/analytics`: sums over what was stored when the tables were last made.

use serde_json::{Value, json};

use super::{
    http::{Answer, Request},
    period::Period,
    state::State,
    users::Account,
};

impl State {
    pub(crate) fn analytics(&mut self, request: &Request, account: &Account) -> Answer {
        let Some(made) = self.jobs.last_analytics() else {
            return Answer::coded(
                409,
                "E7144",
                "Query failed because a referenced table does not exist. Please ensure analytics job was run (SqlState: 42P01)",
            );
        };
        let items = |name: &str| -> Vec<String> {
            request
                .query
                .all("dimension")
                .filter_map(|dimension| dimension.strip_prefix(name)?.strip_prefix(':'))
                .flat_map(|items| items.split(';').map(str::to_owned))
                .collect()
        };
        let (elements, periods, units) = (items("dx"), items("pe"), items("ou"));
        let (view, values) = self.parts(account);
        let units: Vec<String> = units
            .iter()
            .flat_map(|item| match item.strip_prefix("LEVEL-") {
                Some(level) => view
                    .store
                    .all("organisationUnits")
                    .map(|(id, _)| id.clone())
                    .filter(|id| {
                        view.catalog.unit(id).is_some_and(|unit| unit.level.to_string() == level)
                    })
                    .collect(),
                None => vec![item.clone()],
            })
            .collect();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for element in &elements {
            let (element_id, combo) =
                element.split_once('.').map_or((element.as_str(), None), |(e, c)| (e, Some(c)));
            for period in periods.iter().filter_map(|text| Period::parse(text)) {
                for unit in &units {
                    let found: Vec<f64> = values
                        .rows
                        .iter()
                        .filter(|(key, row)| {
                            !row.deleted
                                && row.created <= made
                                && key.data_element == element_id
                                && combo.is_none_or(|combo| key.category_option_combo == combo)
                                && Period::parse(&key.period).is_some_and(|own| {
                                    period.start <= own.start && own.end <= period.end
                                })
                                && view
                                    .catalog
                                    .unit(&key.org_unit)
                                    .is_some_and(|own| own.path.split('/').any(|part| part == unit))
                        })
                        .filter_map(|(_, row)| row.value.as_ref()?.parse().ok())
                        .collect();
                    let sum: f64 = found.iter().sum();
                    // Empty cells are no rows, and a sum of nothing but zeros is none either.
                    if !found.is_empty() && sum != 0.0 {
                        rows.push(vec![
                            element.clone(),
                            period.id(),
                            unit.clone(),
                            format!("{sum}"),
                        ]);
                    }
                }
            }
        }
        let header = |name: &str, column: &str, kind: &str, class: &str, meta: bool| json!({"name": name, "column": column, "valueType": kind, "type": class, "hidden": false, "meta": meta});
        let headers = [
            header("dx", "Data", "TEXT", "java.lang.String", true),
            header("pe", "Period", "TEXT", "java.lang.String", true),
            header("ou", "Organisation unit", "TEXT", "java.lang.String", true),
            header("value", "Value", "NUMBER", "java.lang.Double", false),
        ];
        let height = rows.len();
        let meta = if request.query.is("skipMeta") {
            json!({})
        } else {
            json!({"items": {}, "dimensions": {"dx": elements, "pe": periods, "ou": units, "co": []}})
        };
        let body: Value = json!({
            "headers": headers, "metaData": meta, "rowContext": {}, "width": 4,
            "rows": rows, "height": height, "headerWidth": 4,
        });
        Answer::json(200, &body)
    }
}
