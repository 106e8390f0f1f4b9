//! The envelope in which DHIS2 sends messages.

use serde_json::Value;

use crate::import::ErrorCode;

/// What an answer says about itself, whatever shape it has.
#[derive(Debug, Default)]
pub(crate) struct Envelope {
    pub(crate) message: String,
    pub(crate) code: Option<ErrorCode>,
}

const LONGEST_MESSAGE: usize = 500;

impl Envelope {
    /// Reads what is there; nothing in the text makes this fail.
    pub(crate) fn read(text: &str) -> Self {
        let value: Value = serde_json::from_str(text).unwrap_or(Value::Null);
        Self::of(&value)
    }

    pub(crate) fn of(value: &Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let message = text("message").or_else(|| text("description")).unwrap_or("no message");
        Self {
            message: message.chars().take(LONGEST_MESSAGE).collect(),
            code: text("errorCode").and_then(|code| code.parse().ok()),
        }
    }
}
