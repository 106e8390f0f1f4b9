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
        Some(value) if value.is_object() => each(value.field(&step.name), rest, on_value),
        _ => on_value(None),
    }
}
