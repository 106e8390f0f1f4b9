//! Where a field is inside a record.

use std::ops::ControlFlow;

use crate::scan::Raw;

/// A dotted path below a value, such as `0.value` below `questionnaireAnswers.hcw`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Path(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    name: Box<str>,
    /// A number may be a place in a list, as it is for the server.
    index: Option<usize>,
}

impl Path {
    /// Reads `a.b.c`; `a.b[].c` means the same, since lists are always entered.
    pub(crate) fn new(dotted: &str) -> Self {
        let steps = dotted.split('.').map(|step| step.strip_suffix("[]").unwrap_or(step));
        Self(
            steps
                .filter(|step| !step.is_empty())
                .map(|step| Step { name: step.into(), index: step.parse().ok() })
                .collect(),
        )
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Calls `on_value` for each value at this path below `value`, `None` where a field is absent.
    ///
    /// The meaning is MongoDB's, which is the server's: a list on the way is entered and each of
    /// its objects followed; elements that are no objects, and empty lists, give nothing at all. A
    /// list at the end of the path is given as it is.
    pub(crate) fn each<'t, B>(
        &self,
        value: Option<Raw<'t>>,
        on_value: &mut impl FnMut(Option<Raw<'t>>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        each(value, &self.0, on_value)
    }

    /// The first value at this path that is neither absent, null nor a list.
    pub(crate) fn first<'t>(&self, value: Option<Raw<'t>>) -> Option<Raw<'t>> {
        if self.0.is_empty() && value.is_some_and(|value| !value.is_array()) {
            return value.filter(|value| !value.is_null());
        }
        let found = self.each(value, &mut |value| match value {
            Some(value) if value.is_array() => {
                let mut first = None;
                value.for_each_element(|element| {
                    if first.is_none() && !element.is_null() {
                        first = Some(element);
                    }
                });
                first.map_or(ControlFlow::Continue(()), ControlFlow::Break)
            }
            Some(value) if !value.is_null() => ControlFlow::Break(value),
            _ => ControlFlow::Continue(()),
        });
        match found {
            ControlFlow::Break(value) => Some(value),
            ControlFlow::Continue(()) => None,
        }
    }
}

fn each<'t, B>(
    value: Option<Raw<'t>>,
    steps: &[Step],
    on_value: &mut impl FnMut(Option<Raw<'t>>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let Some((step, rest)) = steps.split_first() else {
        return on_value(value);
    };
    match value {
        Some(value) if value.is_array() => {
            let mut result = ControlFlow::Continue(());
            let mut index = 0;
            value.for_each_element(|element| {
                if result.is_continue() && step.index == Some(index) {
                    result = each(Some(element), rest, on_value);
                }
                if result.is_continue() && element.is_object() {
                    let by_name = step.index.is_none() || element.field(&step.name).is_some();
                    if by_name {
                        result = each(element.field(&step.name), rest, on_value);
                    }
                }
                index += 1;
            });
            result
        }
        // What is no object has no fields.
        value => each(value.and_then(|value| value.field(&step.name)), rest, on_value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values at a path as texts; `-` where a field is absent.
    fn values(dotted: &str, text: &str) -> Vec<String> {
        let mut values = Vec::new();
        let _ = Path::new(dotted).each(Some(Raw(text.as_bytes())), &mut |value| {
            let text = value.map_or("-".into(), |value| String::from_utf8_lossy(value.0).into());
            values.push(text);
            ControlFlow::<()>::Continue(())
        });
        values
    }

    #[test]
    fn a_path_is_followed_as_the_server_does() {
        for (dotted, text, expected) in [
            ("", "7", &["7"][..]),
            ("", "[1,2]", &["[1,2]"]),
            ("a", r#"{"a":1}"#, &["1"]),
            ("a.b", r#"{"a":{"b":1}}"#, &["1"]),
            ("a.b", r#"{"a":{}}"#, &["-"]),
            ("a.b", r#"{"a":7}"#, &["-"]),
            ("a.b", r#"{"a":"b"}"#, &["-"]),
            ("a", "null", &["-"]),
            ("a.b", r#"{"a":[{"b":1},{},{"b":2}]}"#, &["1", "-", "2"]),
            ("a[].b", r#"{"a":[{"b":1},7,{"b":[2,3]}]}"#, &["1", "[2,3]"]),
            ("a.b", r#"{"a":[]}"#, &[]),
            ("a.1", r#"{"a":[5,6,7]}"#, &["6"]),
            ("a.1.b", r#"{"a":[{"b":5},{"b":6}]}"#, &["6"]),
            ("a.3", r#"{"a":[5]}"#, &[]),
            ("a.0", r#"{"a":[{"0":5}]}"#, &[r#"{"0":5}"#, "5"]),
            ("a.0", r#"{"a":{"0":5}}"#, &["5"]),
        ] {
            assert_eq!(values(dotted, text), expected, "{dotted} of {text}");
        }
    }

    #[test]
    fn the_first_value_is_neither_null_nor_a_list() {
        let first = |dotted: &str, text: &str| {
            let found = Path::new(dotted).first(Some(Raw(text.as_bytes())));
            found.map(|value| String::from_utf8_lossy(value.0).into_owned())
        };
        for (dotted, text, expected) in [
            ("", "7", Some("7")),
            ("", "null", None),
            ("", "[null,3,4]", Some("3")),
            ("", "[]", None),
            ("a", r#"{"a":null}"#, None),
            ("a", r#"[{},{"a":null},{"a":[]},{"a":[null,1]},{"a":2}]"#, Some("1")),
            ("a", r#"[{"a":5},{"a":6}]"#, Some("5")),
        ] {
            assert_eq!(first(dotted, text).as_deref(), expected, "{dotted} of {text}");
        }
        assert!(Path::new("a").first(None).is_none());
    }

    #[test]
    fn a_reader_that_has_enough_is_given_no_more() {
        let mut n = 0;
        let _ = Path::new("a").each(Some(Raw(br#"[{"a":1},{"a":2}]"#)), &mut |_| {
            n += 1;
            ControlFlow::Break(())
        });
        assert_eq!(n, 1);
    }
}
