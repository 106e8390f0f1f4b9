//! JSON Schema of the definition language, made from the types that read it.
//!
//! What serde reads by derived code has its schema derived, too; here is what is read by hand: its
//! schema is made from the very tables that the readers use.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::Where;
use crate::condition::OPERATORS;
use crate::definition::{
    Bands, Breakdowns, Classify, Definition, Formula, KINDS, Measure, Number, Rate, Share, Values,
};

/// A file of definitions and breakdowns.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "Indicators")]
#[expect(dead_code, reason = "only its schema is used")]
struct File {
    /// The indicators.
    #[serde(default)]
    value: Vec<Definition>,
    /// The breakdowns by name.
    #[serde(default)]
    breakdown: Breakdowns,
}

/// The JSON Schema (2020-12) of a file of `[[value]]` and `[breakdown.NAME]` tables.
///
/// Other types may refer to [`Definition`] and [`Breakdown`](crate::Breakdown), which implement
/// [`schemars::JsonSchema`].
///
/// # Examples
///
/// ```
/// let schema = indicators::schema();
/// assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
/// assert!(schema["$defs"]["Definition"]["properties"]["where"].is_object());
/// ```
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(File).to_value()
}

/// A value, or a list of them.
pub(crate) struct OneOrMore<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for OneOrMore<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMore_{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

impl JsonSchema for Where {
    fn schema_name() -> Cow<'static, str> {
        "Where".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let itself = generator.subschema_for::<Self>();
        let several = json!({ "type": "array", "items": itself, "minItems": 1 });
        let value = json!({ "type": ["string", "number", "boolean", "null"] });
        let operators: Map<String, Value> = OPERATORS
            .iter()
            .map(|operator| ((*operator).to_owned(), operand(operator, &value, &itself)))
            .collect();
        let test = json!({
            "anyOf": [value, {
                "type": "object",
                "description": "Operators, all of which must hold.",
                "properties": operators,
                "additionalProperties": false,
                "minProperties": 1,
            }],
        });
        json_schema!({
            "type": "object",
            "description": "A condition in Go.Data's own language: fields by dotted path, each with \
                a value or operators; all must hold. Joined with `and`, `or` and `nor`.",
            "properties": { "and": several, "or": several, "nor": several },
            "propertyNames": { "not": { "anyOf": [{ "enum": OPERATORS }, { "pattern": "^\\$" }] } },
            "additionalProperties": test,
        })
    }
}

/// What may stand behind an operator.
fn operand(operator: &str, value: &Value, condition: &Schema) -> Value {
    let ordered = json!({ "type": ["string", "number"] });
    match operator {
        "gt" | "gte" | "lt" | "lte" => ordered,
        "between" => json!({ "type": "array", "items": ordered, "minItems": 2, "maxItems": 2 }),
        "inq" | "nin" => json!({ "type": "array", "items": value, "minItems": 1 }),
        "like" | "regexp" => json!({ "type": "string", "description": "A regular expression." }),
        "exists" => json!({ "type": "boolean" }),
        "not" => json!({
            "type": "object",
            "minProperties": 1,
            "propertyNames": { "enum": OPERATORS },
        }),
        "elemMatch" => condition.clone().to_value(),
        "options" => json!({ "const": "i", "description": "Upper and lower case alike." }),
        _ => value.clone(),
    }
}

impl JsonSchema for Measure {
    fn schema_name() -> Cow<'static, str> {
        "Measure".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kinds: Vec<Value> = KINDS
            .iter()
            .map(|kind| {
                let of_what = match *kind {
                    "count" => return json!({ "const": "count" }),
                    "distinct" => json_schema!({ "type": "string", "description": "A field." }),
                    "share" => generator.subschema_for::<Share>(),
                    "rate" => generator.subschema_for::<Rate>(),
                    "classify" => generator.subschema_for::<Classify>(),
                    _ => generator.subschema_for::<Number>(),
                };
                json!({
                    "type": "object",
                    "properties": { *kind: of_what },
                    "required": [kind],
                    "additionalProperties": false,
                })
            })
            .collect();
        json_schema!({
            "description": "What is worked out of the occurrences of a cell, or of other indicators.",
            "anyOf": kinds,
        })
    }
}

impl JsonSchema for Number {
    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A field with a number, or the days between two dates.",
            "anyOf": [{ "type": "string" }, {
                "type": "object",
                "properties": { "from": { "type": "string" }, "to": { "type": "string" } },
                "required": ["from", "to"],
                "additionalProperties": false,
            }],
        })
    }
}

impl JsonSchema for Formula {
    fn schema_name() -> Cow<'static, str> {
        "Formula".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Comparisons joined with `and`: n > 2 and 2 * k >= n",
            "pattern": "[<>=]",
        })
    }
}

impl JsonSchema for Bands {
    fn schema_name() -> Cow<'static, str> {
        "Bands".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let band = json!({ "type": "string", "pattern": r"^\s*\d+\s*([-–]\s*\d+\s*|\+)?$" });
        json_schema!({
            "description": "Ranges such as 0-4, 5 or 65+: a list, or a table of ranges and option codes.",
            "anyOf": [
                { "type": "array", "items": band },
                { "type": "object", "propertyNames": band, "additionalProperties": { "type": "string" } },
            ],
        })
    }
}

impl JsonSchema for Values {
    fn schema_name() -> Cow<'static, str> {
        "Values".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Values by short name or id: a list, or a table of values and option codes.",
            "anyOf": [
                { "type": "array", "items": { "type": "string" } },
                { "type": "object", "additionalProperties": { "type": "string" } },
            ],
        })
    }
}
