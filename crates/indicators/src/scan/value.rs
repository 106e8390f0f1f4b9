//! The JSON text of one value, looked into only as far as a question needs it.

use std::borrow::Cow;
use std::str;

use rust_decimal::Decimal;

use super::blocks::Blocks;
use super::object;

/// The JSON text of one value: cut out of a record, not decoded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Raw<'t>(pub(crate) &'t [u8]);

/// Values are of people: only their length is shown.
impl std::fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Raw({} bytes)", self.0.len())
    }
}

impl<'t> Raw<'t> {
    pub(crate) fn is_null(self) -> bool {
        self.0 == b"null"
    }

    pub(crate) fn is_array(self) -> bool {
        self.0.first() == Some(&b'[')
    }

    pub(crate) fn is_object(self) -> bool {
        self.0.first() == Some(&b'{')
    }

    pub(crate) fn as_bool(self) -> Option<bool> {
        match self.0 {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    /// The bytes between the quotes of a text, escapes still in it.
    #[inline]
    pub(crate) fn quoted(self) -> Option<&'t [u8]> {
        self.0.strip_prefix(b"\"")?.strip_suffix(b"\"")
    }

    /// A text, with its escapes resolved.
    pub(crate) fn as_text(self) -> Option<Cow<'t, str>> {
        let quoted = self.quoted()?;
        if memchr::memchr(b'\\', quoted).is_none() {
            return str::from_utf8(quoted).ok().map(Cow::Borrowed);
        }
        serde_json::from_slice(self.0).ok().map(Cow::Owned)
    }

    /// A JSON number, exactly.
    pub(crate) fn as_number(self) -> Option<Decimal> {
        match self.0.first() {
            Some(b'-' | b'0'..=b'9') => decimal(str::from_utf8(self.0).ok()?),
            _ => None,
        }
    }

    /// A number, or a text that is one: forms and imports often store numbers as text.
    pub(crate) fn as_number_or_numeric_text(self) -> Option<Decimal> {
        self.as_number().or_else(|| decimal(self.as_text()?.trim()))
    }

    /// The value of the field `name` of an object.
    pub(crate) fn field(self, name: &str) -> Option<Raw<'t>> {
        if !self.is_object() {
            return None;
        }
        let mut found = None;
        object::fields(self.0, &mut Blocks::new(self.0, 0), 0, |field, from, to| {
            if field == name.as_bytes() {
                found = Some((from, to));
            }
        })
        .ok()?;
        found.map(|(from, to)| Raw(&self.0[from..to]))
    }

    /// Calls `on_element` for each element of an array; for nothing if it is none.
    pub(crate) fn for_each_element(self, mut on_element: impl FnMut(Raw<'t>)) {
        if self.is_array() {
            // An array that is not JSON inside gives the elements before the fault.
            object::elements(self.0, &mut Blocks::new(self.0, 0), 0, |from, to| {
                on_element(Raw(&self.0[from..to]));
            });
        }
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    // Ages and other small whole numbers, which are most of them.
    if text.len() < 10 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<u32>().ok().map(Decimal::from);
    }
    if text.contains(['e', 'E']) {
        return Decimal::from_scientific(text).ok();
    }
    Decimal::from_str_exact(text).ok().map(|number| number.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_shows_its_length_and_not_itself() {
        assert_eq!(format!("{:?}", Raw(b"\"Jane\"")), "Raw(6 bytes)");
    }

    #[test]
    fn a_value_is_read_only_as_what_it_is() {
        assert_eq!(Raw(b"\"a\\u0062\"").as_text().as_deref(), Some("ab"));
        assert_eq!(Raw(b"12.50").as_number(), Some(Decimal::new(125, 1)));
        assert_eq!(Raw(b"1e3").as_number(), Some(Decimal::from(1000)));
        assert_eq!(Raw(b"999999999").as_number(), Some(Decimal::from(999_999_999)));
        assert_eq!(Raw(b"9999999999").as_number(), Some(Decimal::from(9_999_999_999_i64)));
        assert_eq!(Raw(b"99999999999").as_number(), Some(Decimal::from(99_999_999_999_i64)));
        assert_eq!(Raw(b"\"12\"").as_number(), None);
        assert_eq!(Raw(b"\" 12 \"").as_number_or_numeric_text(), Some(Decimal::from(12)));
        assert_eq!(Raw(b"12").as_text(), None);
        let object = Raw(br#"{"a":{"x":"}"},"b" : [1, {"c":[]}, "]"] }"#);
        assert_eq!(object.field("a").and_then(|a| a.field("x")), Some(Raw(b"\"}\"")));
        let mut elements = Vec::new();
        object.field("b").expect("b").for_each_element(|element| elements.push(element.0));
        assert_eq!(elements, [&b"1"[..], br#"{"c":[]}"#, br#""]""#]);
    }
}
