//! The `filter` of a list route: read, checked, and run over rows.

use std::cmp::Ordering;

use serde::{Serialize, Serializer, ser::SerializeMap};
use url::form_urlencoded;

use super::{
    answer::Refusal,
    condition::{Condition, compare},
    doc::{Doc, Object},
    world::Row,
};

/// A `filter` as it was sent, checked for form.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    pub(super) filter: Object,
    pub(super) fields: Fields,
    pub(super) order: Vec<Order>,
    /// `None`: all.
    pub(super) limit: Option<usize>,
    pub(super) skip: usize,
}

/// Which properties of a row are answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Fields {
    #[default]
    All,
    Only(Vec<String>),
    /// All declared ones but these.
    AllBut(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    path: String,
    descending: bool,
}

impl Query {
    /// Reads `?filter=`, in JSON or in LoopBack's bracket form.
    pub(super) fn from_url(query: &str) -> Result<Self, Refusal> {
        let mut bracketed = Object::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            if key == "filter" {
                if value.is_empty() {
                    return Ok(Self::default());
                }
                return match Doc::parse(value.as_bytes()) {
                    Ok(Doc::Object(filter)) => Self::new(filter),
                    _ => Err(Refusal::plain(400, "Value is not an object.")),
                };
            }
            if let Some(path) = key.strip_prefix("filter[") {
                let path: Vec<&str> = path.trim_end_matches(']').split("][").collect();
                insert_bracketed(&mut bracketed, &path, &value);
            }
        }
        Self::new(bracketed)
    }

    /// Reads the `filter` property of a body. A body that is the filter itself has none, and gives
    /// all rows (recording `cases-filter-post-bare-active`).
    pub(super) fn from_body(body: &Object) -> Result<Self, Refusal> {
        match body.get("filter") {
            Some(Doc::Object(filter)) => Self::new(filter.clone()),
            None | Some(Doc::Null) => Ok(Self::default()),
            Some(_) => Err(Refusal::plain(400, "Value is not an object.")),
        }
    }

    pub(super) fn new(filter: Object) -> Result<Self, Refusal> {
        let skip = count(filter.get("skip").or_else(|| filter.get("offset")), "skip")?;
        let limit = match count(filter.get("limit"), "limit")? {
            0 if skip > 0 && filter.get("limit").is_none() => Some(100),
            0 => None,
            limit => Some(limit),
        };
        let fields = Fields::new(filter.get("fields"));
        let order = Order::list(filter.get("order"))?;
        Ok(Self { filter, fields, order, limit, skip })
    }

    /// The `where`, empty where there is none.
    pub(super) fn condition(&self) -> Object {
        self.filter.get("where").and_then(Doc::as_object).cloned().unwrap_or_default()
    }

    /// Whether deleted rows are asked for too.
    pub(super) fn with_deleted(&self) -> bool {
        self.filter.is_true("deleted")
    }

    /// The order for rows that are sorted under their stored names, where `id` is `_id` and no row
    /// has an `id` (recording `follow-ups-list`).
    pub(super) fn order_by_stored_names(&self) -> Vec<Order> {
        let renamed = self.order.iter().filter(|order| order.path != "id").cloned();
        renamed.collect()
    }

    pub(super) fn flag(&self, name: &str) -> Option<&Doc> {
        self.filter.get("flags").and_then(Doc::as_object).and_then(|flags| flags.get(name))
    }

    pub(super) fn includes(&self, relation: &str) -> bool {
        match self.filter.get("include") {
            Some(Doc::Text(one)) => &**one == relation,
            Some(Doc::List(list)) => list.iter().any(|item| match item {
                Doc::Text(name) => &**name == relation,
                Doc::Object(object) => object.text("relation") == Some(relation),
                _ => false,
            }),
            _ => false,
        }
    }

    /// As [`Query::page`], for rows that come in the order of their ids: a page in that order ends
    /// when it is full.
    pub(super) fn page_by_id<'a>(
        &self,
        rows: impl Iterator<Item = &'a Row>,
        condition: &Condition,
        default_order: &[&str],
    ) -> Vec<&'a Object> {
        if self.is_by_id() {
            let matching = rows.map(|row| &row.doc).filter(|row| condition.matches(row));
            return matching.skip(self.skip).take(self.limit.unwrap_or(usize::MAX)).collect();
        }
        self.page(rows, condition, default_order)
    }

    fn is_by_id(&self) -> bool {
        matches!(self.order.as_slice(), [Order { path, descending: false }] if path == "id")
    }

    /// How many matching rows in the order of their ids suffice for the page.
    pub(super) fn n_rows_needed(&self) -> usize {
        match self.limit {
            Some(limit) if self.is_by_id() => self.skip.saturating_add(limit),
            _ => usize::MAX,
        }
    }

    /// Picks the rows of one page, in order. What ties comes out in the order in which it was stored.
    pub(super) fn page<'a>(
        &self,
        rows: impl Iterator<Item = &'a Row>,
        condition: &Condition,
        default_order: &[&str],
    ) -> Vec<&'a Object> {
        let matching = rows.filter(|row| condition.matches(&row.doc));
        let limit = self.limit.unwrap_or(usize::MAX);
        let by_default: Vec<Order>;
        let order = if self.order.is_empty() {
            by_default = default_order.iter().map(|path| Order::ascending(path)).collect();
            &by_default
        } else {
            &self.order
        };
        let mut keyed: Vec<(Vec<SortKey<'a>>, &'a Row)> = matching
            .map(|row| (order.iter().map(|by| SortKey::of(&row.doc, &by.path)).collect(), row))
            .collect();
        keyed.sort_by(|(a, row_a), (b, row_b)| {
            let pairs = order.iter().zip(a.iter().zip(b));
            let by_keys = pairs.fold(Ordering::Equal, |so_far, (by, (a, b))| {
                so_far.then_with(|| if by.descending { b.cmp(a) } else { a.cmp(b) })
            });
            by_keys.then_with(|| row_a.at.cmp(&row_b.at))
        });
        keyed.into_iter().map(|(_, row)| &row.doc).skip(self.skip).take(limit).collect()
    }
}

/// A whole number; negative ones are taken for none, as 2.50 does.
fn count(value: Option<&Doc>, name: &str) -> Result<usize, Refusal> {
    let parsed = match value {
        None | Some(Doc::Null) => Some(0),
        Some(Doc::Int(n)) => Some(*n),
        Some(Doc::Text(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    match parsed {
        Some(n) => Ok(usize::try_from(n).unwrap_or(0)),
        None => {
            let shown = value.map(|v| String::from_utf8_lossy(&v.to_json()).into_owned());
            let shown = shown.unwrap_or_default();
            Err(Refusal::plain(400, &format!("The {name} parameter {shown} is not valid")))
        }
    }
}

fn insert_bracketed(object: &mut Object, path: &[&str], value: &str) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        object.set(first, value);
        return;
    }
    if let [at] = rest
        && at.parse::<usize>().is_ok()
    {
        let mut list = object.get(first).and_then(Doc::as_list).unwrap_or_default().to_vec();
        list.push(value.into());
        object.set(first, list);
        return;
    }
    let mut inner = object.get(first).and_then(Doc::as_object).cloned().unwrap_or_default();
    insert_bracketed(&mut inner, rest, value);
    object.set(first, inner);
}

/// Properties that rows carry although their model does not declare them: they are lost when
/// others are excluded (recording `cases-fields-exclude`).
const UNDECLARED: [&str; 3] = ["active", "address", "followUp"];

impl Fields {
    fn new(value: Option<&Doc>) -> Self {
        let names = |list: &[Doc]| {
            list.iter().filter_map(Doc::as_text).map(str::to_owned).collect::<Vec<_>>()
        };
        match value {
            Some(Doc::List(list)) if !list.is_empty() => Self::Only(names(list)),
            Some(Doc::Text(one)) => Self::Only(vec![one.to_string()]),
            Some(Doc::Object(object)) if !object.is_empty() => {
                let with = |wanted: bool| -> Vec<String> {
                    let matching = object.iter().filter(|(_, v)| **v == Doc::Bool(wanted));
                    matching.map(|(key, _)| key.to_string()).collect()
                };
                match with(true) {
                    only if !only.is_empty() => Self::Only(only),
                    _ => Self::AllBut(with(false)),
                }
            }
            _ => Self::All,
        }
    }

    /// Whether a property is answered. A dotted name selects nothing: what it fetches is lost when
    /// the row is made a model (recording `cases-fields-nested`).
    pub(super) fn keeps(&self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|name| name == key),
            Self::AllBut(names) => {
                !UNDECLARED.contains(&key) && !names.iter().any(|name| name == key)
            }
        }
    }
}

impl Order {
    pub(super) fn ascending(path: &str) -> Self {
        Self { path: path.to_owned(), descending: false }
    }

    fn list(value: Option<&Doc>) -> Result<Vec<Self>, Refusal> {
        match value {
            Some(Doc::Text(text)) => text.split(',').map(Self::parse).collect(),
            Some(Doc::List(list)) => {
                list.iter().filter_map(Doc::as_text).map(Self::parse).collect()
            }
            _ => Ok(Vec::new()),
        }
    }

    fn parse(text: &str) -> Result<Self, Refusal> {
        let mut words = text.split_whitespace();
        let path = words.next().unwrap_or_default().to_owned();
        let descending = match words.next() {
            None => false,
            Some(direction) if direction.eq_ignore_ascii_case("ASC") => false,
            Some(direction) if direction.eq_ignore_ascii_case("DESC") => true,
            Some(_) => {
                let message = format!("The order \"{text}\" has invalid direction");
                return Err(Refusal::plain(400, &message));
            }
        };
        Ok(Self { path, descending })
    }
}

/// A value to sort by. Kinds come in MongoDB's order; missing counts as null.
#[derive(Debug, PartialEq)]
struct SortKey<'a>(Option<&'a Doc>);

impl<'a> SortKey<'a> {
    fn of(row: &'a Object, path: &str) -> Self {
        let mut names = path.split('.');
        let first = names.next().and_then(|name| row.get(if name == "_id" { "id" } else { name }));
        let value = names.fold(first, |value, name| value?.as_object()?.get(name));
        Self(value.filter(|value| !value.is_null()))
    }

    fn kind(&self) -> u8 {
        match self.0 {
            None | Some(Doc::Null) => 0,
            Some(Doc::Int(_) | Doc::Float(_)) => 1,
            Some(Doc::Text(_)) => 2,
            Some(Doc::Object(_)) => 3,
            Some(Doc::List(_)) => 4,
            Some(Doc::Bool(_)) => 5,
            Some(Doc::Date(_)) => 6,
        }
    }
}

impl Eq for SortKey<'_> {}

impl PartialOrd for SortKey<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SortKey<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.kind().cmp(&other.kind()).then_with(|| match (self.0, other.0) {
            (Some(a), Some(b)) => compare(a, b).unwrap_or(Ordering::Equal),
            _ => Ordering::Equal,
        })
    }
}

/// A row as it is answered: the chosen fields, straight from the store.
#[derive(Debug)]
pub(super) struct Projected<'a> {
    pub(super) row: &'a Object,
    pub(super) fields: &'a Fields,
}

impl Projected<'_> {
    pub(super) fn to_object(&self) -> Object {
        let kept = self.row.iter().filter(|(key, _)| self.fields.keeps(key));
        kept.map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

impl Serialize for Projected<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, slot) in self.row.slots().filter(|(key, _)| self.fields.keeps(key)) {
            map.serialize_entry(&**key, slot)?;
        }
        map.end()
    }
}
