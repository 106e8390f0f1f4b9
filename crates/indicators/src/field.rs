//! Which value of a record a name in a definition means.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::Source;
use crate::path::Path;
use crate::people::{Person, PersonSlots};
use crate::scan::{Raw, Slots};

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    /// At a top-level field of the record.
    Record,
    /// At the element of the list that is being counted, or that `elemMatch` looks at.
    Element,
    /// At the person a follow-up or lab result belongs to.
    Person,
    /// At the person a relationship comes from.
    From,
    /// At the person a relationship goes to.
    To,
}

/// A field, resolved: nothing is looked up by name when a record comes, but below the top level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) root: Root,
    slot: usize,
    path: Path,
    /// As it was written, for explanations.
    pub(crate) written: String,
}

/// One record and everything a definition may ask of it.
#[derive(Clone, Copy)]
pub(crate) struct Row<'r> {
    pub(crate) text: &'r [u8],
    pub(crate) slots: &'r Slots,
    pub(crate) element: Option<Raw<'r>>,
    pub(crate) person: Person<'r>,
    pub(crate) from: Person<'r>,
    pub(crate) to: Person<'r>,
}

impl<'r> Row<'r> {
    #[inline]
    fn base(&self, field: &Field) -> Option<Raw<'r>> {
        match field.root {
            Root::Record => self.slots.raw(field.slot, self.text).map(Raw),
            Root::Element => self.element,
            Root::Person => self.person.raw(field.slot),
            Root::From => self.from.raw(field.slot),
            Root::To => self.to.raw(field.slot),
        }
    }

    /// The first value of a field that is neither absent, null nor a list.
    #[inline]
    pub(crate) fn first(&self, field: &Field) -> Option<Raw<'r>> {
        field.path.first(self.base(field))
    }

    /// Calls `on_value` for each value of a field as the server sees them: `None` where it is
    /// absent, a list at the end as one value.
    #[inline]
    pub(crate) fn each<B>(
        &self,
        field: &Field,
        on_value: &mut impl FnMut(Option<Raw<'r>>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        if field.path.is_empty() {
            return on_value(self.base(field));
        }
        field.path.each(self.base(field), on_value)
    }
}

/// Names of top-level fields, each with a slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct SlotNames {
    names: Vec<String>,
    /// The whole dotted names that are needed below them.
    dotted: BTreeSet<String>,
}

impl SlotNames {
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The dotted names, none of which lies below another, and none with a place in a list.
    pub(crate) fn dotted(&self) -> Vec<String> {
        let cut: BTreeSet<String> = self
            .dotted
            .iter()
            .map(|name| {
                let steps = name.split('.').map(|step| step.strip_suffix("[]").unwrap_or(step));
                let named: Vec<&str> =
                    steps.take_while(|step| step.parse::<usize>().is_err()).collect();
                named.join(".")
            })
            .collect();
        let above = |name: &str, other: &String| {
            name.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('.'))
        };
        cut.iter().filter(|name| !cut.iter().any(|o| above(name, o))).cloned().collect()
    }

    /// The slot of a dotted name, and the path below it.
    pub(crate) fn slot(&mut self, dotted: &str) -> (usize, Path) {
        self.need(dotted);
        self.place(dotted)
    }

    /// Notes that a field is needed.
    pub(crate) fn need(&mut self, dotted: &str) {
        self.dotted.insert(dotted.to_owned());
    }

    /// As [`slot`](Self::slot), for a list of which only some fields are needed.
    pub(crate) fn place(&mut self, dotted: &str) -> (usize, Path) {
        let (top, rest) = dotted.split_once('.').unwrap_or((dotted, ""));
        let top = top.strip_suffix("[]").unwrap_or(top);
        let slot = self.names.iter().position(|name| name == top).unwrap_or_else(|| {
            self.names.push(top.to_owned());
            self.names.len() - 1
        });
        (slot, Path::new(rest))
    }
}

/// What names mean in one definition; resolving a name notes that its field is needed.
pub(crate) struct Names<'n> {
    pub(crate) source: Source,
    /// The list whose elements are counted.
    pub(crate) each: Option<&'n str>,
    pub(crate) record: &'n mut SlotNames,
    pub(crate) person: &'n mut PersonSlots,
}

impl Names<'_> {
    /// The same names where no list is counted.
    pub(crate) fn without_each(&mut self) -> Names<'_> {
        Names { source: self.source, each: None, record: self.record, person: self.person }
    }

    /// Resolves a dotted name.
    pub(crate) fn field(&mut self, written: &str) -> Field {
        self.need(written);
        self.list(written)
    }

    /// Resolves the name of a list, of which only the fields that are asked for elsewhere are
    /// needed.
    pub(crate) fn list(&mut self, written: &str) -> Field {
        let (root, rest) = self.root_of(written);
        let (slot, path) = match root {
            Root::Record => self.record.place(rest),
            Root::Element => (0, Path::new(rest)),
            Root::Person | Root::From | Root::To => self.person.place(rest),
        };
        Field { root, slot, path, written: written.to_owned() }
    }

    /// Notes that a field is needed.
    pub(crate) fn need(&mut self, written: &str) {
        let (root, rest) = self.root_of(written);
        match root {
            Root::Record => self.record.need(rest),
            Root::Element => {
                // The list itself may belong to the record or to the person.
                let (list_root, list) = root_of(self.source, None, written);
                match list_root {
                    Root::Record | Root::Element => self.record.need(list),
                    Root::Person | Root::From | Root::To => self.person.need(list),
                }
            }
            Root::Person | Root::From | Root::To => self.person.need(rest),
        }
    }

    /// A field of the element that `elemMatch` looks at.
    pub(crate) fn field_of_element(written: &str) -> Field {
        let (root, slot, path) = (Root::Element, 0, Path::new(written));
        Field { root, slot, path, written: written.to_owned() }
    }

    /// Where a name begins, and the rest of it.
    pub(crate) fn root_of<'w>(&self, written: &'w str) -> (Root, &'w str) {
        root_of(self.source, self.each, written)
    }
}

/// Where a name begins, and the rest of it.
pub(crate) fn root_of<'w>(source: Source, each: Option<&str>, written: &'w str) -> (Root, &'w str) {
    if let Some(list) = each {
        let list = list.strip_suffix("[]").unwrap_or(list);
        if let Some(rest) = written.strip_prefix(list) {
            let rest = rest.strip_prefix("[]").unwrap_or(rest);
            if let Some(rest) = rest.strip_prefix('.') {
                return (Root::Element, rest);
            }
        }
    }
    let below = |prefix: &str| written.strip_prefix(prefix);
    match source {
        Source::FollowUps | Source::LabResults => {
            below("person.").map_or((Root::Record, written), |rest| (Root::Person, rest))
        }
        Source::Relationships => below("source.")
            .map(|rest| (Root::From, rest))
            .or_else(|| below("target.").map(|rest| (Root::To, rest)))
            .unwrap_or((Root::Record, written)),
        _ => (Root::Record, written),
    }
}
