//! Lists: `filter`, `order`, paging.

use serde_json::{Value, json};

use super::{
    fields::{Field, View},
    store::Object,
};
use crate::dhis2::http::Query;

/// A list endpoint's answer, or why there is none.
pub(crate) struct Listing {
    pub(crate) body: Value,
}

/// Lists the objects of a type.
///
/// `base` is the server's URL, for the links to other pages.
pub(crate) fn list(
    view: &View<'_>,
    of: &'static str,
    query: &Query,
    base: &str,
) -> Result<Listing, String> {
    let filters: Vec<Filter> = query.all("filter").map(Filter::parse).collect::<Result<_, _>>()?;
    let any =
        query.first("rootJunction").is_some_and(|junction| junction.eq_ignore_ascii_case("or"));
    let fields = Field::parse_list(query.first("fields").unwrap_or("id,displayName"));

    let mut found: Vec<&Object> = view
        .store
        .all(of)
        .map(|(_, object)| object)
        .filter(|object| view.may_read(object))
        .filter(|object| within(view, of, object, query))
        .filter(|object| {
            let mut verdicts = filters.iter().map(|filter| filter.accepts(view, of, object));
            filters.is_empty() || if any { verdicts.any(|ok| ok) } else { verdicts.all(|ok| ok) }
        })
        .collect();
    let order = query.first("order").unwrap_or("name:asc");
    let (by, direction) = order.split_once(':').unwrap_or((order, "asc"));
    found.sort_by_cached_key(|object| {
        let value = view.property(of, object, by).unwrap_or(Value::Null);
        match value {
            Value::Number(number) => (number.as_i64(), String::new()),
            Value::String(text) => (None, text.to_lowercase()),
            _ => (None, String::new()),
        }
    });
    if direction.ends_with("desc") {
        found.reverse();
    }

    let paging =
        query.first("paging") != Some("false") && query.first("skipPaging") != Some("true");
    let number = |name: &str, default: usize| {
        query.first(name).and_then(|text| text.parse().ok()).filter(|n| *n > 0).unwrap_or(default)
    };
    let mut body = json!({});
    let mut page_of = found.as_slice();
    if paging {
        let (page, size) = (number("page", 1), number("pageSize", 50));
        let total = found.len();
        let n_pages = total.div_ceil(size);
        let from = ((page - 1) * size).min(total);
        page_of = &found[from..(from + size).min(total)];
        let mut pager =
            json!({"page": page, "total": total, "pageSize": size, "pageCount": n_pages});
        if page < n_pages {
            pager["nextPage"] = json!(link(base, of, query, page + 1, size));
        }
        if page > 1 && n_pages > 0 {
            pager["prevPage"] = json!(link(base, of, query, page - 1, size));
        }
        body["pager"] = pager;
    }
    body[of] = page_of.iter().map(|object| view.show(of, object, &fields)).collect();
    Ok(Listing { body })
}

/// The parameters of `organisationUnits` that are no filters.
fn within(view: &View<'_>, of: &str, object: &Object, query: &Query) -> bool {
    if of != "organisationUnits" {
        return true;
    }
    let Some(unit) = object.get("id").and_then(Value::as_str).and_then(|id| view.catalog.unit(id))
    else {
        return false;
    };
    let level_ok = query
        .first("level")
        .and_then(|level| level.parse::<usize>().ok())
        .is_none_or(|level| unit.level == level);
    let max_ok = query
        .first("maxLevel")
        .and_then(|level| level.parse::<usize>().ok())
        .is_none_or(|level| unit.level <= level);
    let flag = |name: &str| query.first(name) == Some("true");
    let own = |roots: &[String]| roots.iter().any(|root| unit.path.ends_with(&format!("/{root}")));
    // `userDataViewFallback` lists the roots themselves: read-units-as-otherunit.
    let user_ok = if flag("userOnly") {
        own(&view.account.org_units)
    } else if flag("userDataViewOnly") || flag("userDataViewFallback") {
        own(view.account.view_units())
    } else if flag("withinUserHierarchy") {
        view.account.captures(&unit.path)
    } else {
        true
    };
    level_ok && max_ok && user_ok
}

fn link(base: &str, of: &str, query: &Query, page: usize, size: usize) -> String {
    let mut link = url::form_urlencoded::Serializer::new(String::new());
    if page > 1 {
        link.append_pair("page", &page.to_string());
    }
    link.append_pair("pageSize", &size.to_string());
    for name in ["filter", "fields", "order"] {
        for value in query.all(name) {
            link.append_pair(name, value);
        }
    }
    format!("{base}/api/{of}?{}", link.finish())
}

/// `property:operator:value`.
struct Filter {
    path: String,
    operator: String,
    value: String,
}

impl Filter {
    fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(3, ':');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(path), Some(operator), value) => Ok(Self {
                path: path.to_owned(),
                operator: operator.to_owned(),
                value: value.unwrap_or_default().to_owned(),
            }),
            _ => Err(format!("Invalid filter: {text}")),
        }
    }

    fn accepts(&self, view: &View<'_>, of: &str, object: &Object) -> bool {
        let values = view.values(of, object, &self.path);
        let texts: Vec<String> = values
            .iter()
            .filter(|value| !value.is_null())
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect();
        let wanted = self.value.as_str();
        let any = |test: &dyn Fn(&str) -> bool| texts.iter().any(|text| test(text));
        let (negated, operator) = match self.operator.strip_prefix('!') {
            Some(operator) => (true, operator),
            None => (false, self.operator.as_str()),
        };
        let low = wanted.to_lowercase();
        let items =
            || wanted.trim_start_matches('[').trim_end_matches(']').split(',').map(str::trim);
        let accepted = match operator {
            "eq" => any(&|text| text == wanted),
            "ne" | "neq" => !any(&|text| text == wanted),
            "ieq" => any(&|text| text.to_lowercase() == low),
            "like" => any(&|text| text.contains(wanted)),
            "ilike" => any(&|text| text.to_lowercase().contains(&low)),
            "$like" | "startsWith" => any(&|text| text.starts_with(wanted)),
            "$ilike" => any(&|text| text.to_lowercase().starts_with(&low)),
            "like$" | "endsWith" => any(&|text| text.ends_with(wanted)),
            "ilike$" => any(&|text| text.to_lowercase().ends_with(&low)),
            "token" => wanted
                .split_whitespace()
                .all(|word| any(&|text| text.to_lowercase().contains(&word.to_lowercase()))),
            "gt" => any(&|text| compare(text, wanted).is_gt()),
            "ge" | "gte" => any(&|text| compare(text, wanted).is_ge()),
            "lt" => any(&|text| compare(text, wanted).is_lt()),
            "le" | "lte" => any(&|text| compare(text, wanted).is_le()),
            "null" => texts.is_empty(),
            "empty" => values.iter().all(|value| value.as_array().is_none_or(Vec::is_empty)),
            "in" => items().any(|item| any(&|text| text == item)),
            _ => true,
        };
        accepted != negated
    }
}

fn compare(a: &str, b: &str) -> std::cmp::Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        _ => a.cmp(b),
    }
}
