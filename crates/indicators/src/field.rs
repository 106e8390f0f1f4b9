//! Which value of a record a name in a definition means.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::Source;
use crate::path::Path;
use crate::people::{Person, PersonSlots};
use crate::scan::{Keys, Raw, Slots, for_each_in_list};

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    /// At a top-level field of the record.
    Record,
    /// At the element of the list that is being counted.
    Element,
    /// At the element that `elemMatch` looks at.
    Inner,
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
    /// Of a field of an element: the path from the element itself, where that is no object.
    whole: Path,
    /// As it was written, for explanations.
    pub(crate) written: String,
}

impl Field {
    /// The slot of a top-level field of the record.
    pub(crate) fn top_level(&self) -> Option<usize> {
        (self.root == Root::Record && self.path.is_empty()).then_some(self.slot)
    }
}

/// One record and the persons it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Record<'r> {
    pub(crate) text: &'r [u8],
    pub(crate) slots: &'r Slots,
    /// What [`SlotNames::look_for_codes`] found in the record; empty where nobody looked.
    pub(crate) codes: &'r [u8],
    pub(crate) person: Person<'r>,
    pub(crate) from: Person<'r>,
    pub(crate) to: Person<'r>,
}

impl<'r> Record<'r> {
    /// A record that belongs to nobody.
    pub(crate) fn new(text: &'r [u8], slots: &'r Slots, codes: &'r [u8]) -> Self {
        let nobody = Person::Nobody;
        Self { text, slots, codes, person: nobody, from: nobody, to: nobody }
    }

    #[inline]
    fn base(&self, field: &Field) -> Option<Raw<'r>> {
        match field.root {
            Root::Record => self.slots.raw(field.slot, self.text).map(Raw),
            Root::Element | Root::Inner => None,
            Root::Person => self.person.raw(field.slot),
            Root::From => self.from.raw(field.slot),
            Root::To => self.to.raw(field.slot),
        }
    }

    /// The first value of a field that is neither absent, null nor a list.
    pub(crate) fn first(&self, field: &Field) -> Option<Raw<'r>> {
        field.path.first(self.base(field))
    }

    /// As [`Row::each`].
    pub(crate) fn each<B>(
        &self,
        field: &Field,
        on_value: &mut impl FnMut(Option<Raw<'r>>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        field.path.each(self.base(field), on_value)
    }
}

/// A record and everything a definition may ask of it.
#[derive(Clone, Copy)]
pub(crate) struct Row<'r> {
    pub(crate) record: &'r Record<'r>,
    pub(crate) element: Option<Element<'r>>,
    pub(crate) inner: Option<Raw<'r>>,
}

/// One element of a list that is being counted.
#[derive(Clone, Copy)]
pub(crate) struct Element<'r> {
    raw: Raw<'r>,
    /// One value a slot; none if it is not an object.
    values: Option<&'r [Option<Raw<'r>>]>,
}

impl<'r> Row<'r> {
    /// A record as a whole.
    pub(crate) fn of(record: &'r Record<'r>) -> Self {
        Self { record, element: None, inner: None }
    }

    #[inline]
    fn base<'f>(&self, field: &'f Field) -> (Option<Raw<'r>>, &'f Path) {
        let base = match field.root {
            Root::Element => match self.element {
                Some(Element { values: Some(values), .. }) => {
                    values.get(field.slot).copied().flatten()
                }
                element => return (element.map(|element| element.raw), &field.whole),
            },
            Root::Inner => self.inner,
            _ => self.record.base(field),
        };
        (base, &field.path)
    }

    /// The first value of a field that is neither absent, null nor a list.
    #[inline]
    pub(crate) fn first(&self, field: &Field) -> Option<Raw<'r>> {
        let (base, path) = self.base(field);
        path.first(base)
    }

    /// Calls `on_value` for each value of a field as the server sees them: `None` where it is
    /// absent, a list at the end as one value.
    #[inline]
    pub(crate) fn each<B>(
        &self,
        field: &Field,
        on_value: &mut impl FnMut(Option<Raw<'r>>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let (base, path) = self.base(field);
        if path.is_empty() {
            return on_value(base);
        }
        path.each(base, on_value)
    }
}

/// A list that is counted, with what is needed of its elements.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) field: Field,
    pub(crate) keys: Keys,
}

/// The elements of a list of one record.
#[derive(Default)]
pub(crate) struct Elements<'r> {
    elements: Vec<(Raw<'r>, bool)>,
    /// For each element, one value a slot.
    values: Vec<Option<Raw<'r>>>,
    n_slots: usize,
}

impl<'r> Elements<'r> {
    /// Nothing, in the memory of these, which may be of another record.
    pub(crate) fn recycled<'n>(mut self) -> Elements<'n> {
        self.elements.clear();
        self.values.clear();
        // A list without elements becomes one of another lifetime, and keeps its memory.
        Elements {
            elements: self.elements.into_iter().map(|_| unreachable!()).collect(),
            values: self.values.into_iter().map(|_| unreachable!()).collect(),
            n_slots: 0,
        }
    }

    /// Takes in the elements of a list of the record; of a path through several lists, all of them
    /// in their order.
    pub(crate) fn fill(&mut self, row: &Row<'r>, list: &List, slots: &mut Slots) {
        slots.resize(list.keys.len());
        self.n_slots = list.keys.len();
        let Self { elements, values, n_slots } = self;
        let _ = row.each(&list.field, &mut |found| {
            if let Some(found) = found {
                for_each_in_list(found, &list.keys, slots, |element, slots| {
                    // An object that is not JSON inside has no fields.
                    elements.push((element, element.is_object()));
                    let value = |slot| slots.and_then(|slots| slots.raw(slot, found.0)).map(Raw);
                    values.extend((0..*n_slots).map(value));
                });
            }
            ControlFlow::<()>::Continue(())
        });
    }

    pub(crate) fn len(&self) -> usize {
        self.elements.len()
    }

    pub(crate) fn get(&self, n: usize) -> Option<Element<'_>> {
        let &(raw, is_object) = self.elements.get(n)?;
        let values = &self.values[n * self.n_slots..(n + 1) * self.n_slots];
        Some(Element { raw, values: is_object.then_some(values) })
    }
}

/// Names of top-level fields, each with a slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct SlotNames {
    names: Vec<String>,
    /// The whole dotted names that are needed below them.
    dotted: BTreeSet<String>,
    /// The lists that are counted, with the fields of their elements.
    lists: Vec<(Field, SlotNames)>,
    /// The fields of which texts are looked for, with these texts.
    codes: Vec<(usize, Vec<String>)>,
}

/// What is found in a field with codes: none of the texts.
pub(crate) const NO_CODE: u8 = 0;
/// What is found in a field with codes: something that must be looked at closely.
pub(crate) const UNCLEAR: u8 = u8::MAX;
/// How many texts are looked for in one field: a number of them fits into the bits of a `u64`.
const MOST_CODES: usize = 63;

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

    /// The number by which [`Self::look_for_codes`] tells that the value of a top-level field is
    /// this text; nothing if the field has too many of them, or the text is never written as it is.
    pub(crate) fn code(&mut self, slot: usize, text: &str) -> Option<(usize, u8)> {
        if text.contains('\\') {
            return None;
        }
        let n = self.codes.iter().position(|(known, _)| *known == slot).unwrap_or_else(|| {
            self.codes.push((slot, Vec::new()));
            self.codes.len() - 1
        });
        let texts = &mut self.codes[n].1;
        let known = texts.iter().position(|known| known == text);
        // Those that find no room have no code: to the others they are none of the texts.
        let place = known.or_else(|| {
            let has_room = texts.len() < MOST_CODES;
            has_room.then(|| {
                texts.push(text.to_owned());
                texts.len() - 1
            })
        })?;
        Some((n, u8::try_from(place + 1).ok()?))
    }

    /// Looks once at each field with codes, for all the conditions that ask for them.
    pub(crate) fn look_for_codes(&self, text: &[u8], slots: &Slots, codes: &mut Vec<u8>) {
        codes.clear();
        codes.extend(self.codes.iter().map(|(slot, texts)| {
            let Some(raw) = slots.raw(*slot, text) else { return NO_CODE };
            match Raw(raw).quoted() {
                Some(quoted) => {
                    match texts.iter().position(|text| text.as_bytes() == quoted) {
                        Some(n) => u8::try_from(n + 1).unwrap_or(UNCLEAR),
                        // With an escape it may be any of the texts.
                        None if memchr::memchr(b'\\', quoted).is_some() => UNCLEAR,
                        None => NO_CODE,
                    }
                }
                None if Raw(raw).is_array() => UNCLEAR,
                None => NO_CODE,
            }
        }));
    }

    /// The lists that are counted, made ready.
    pub(crate) fn lists(&self) -> Vec<List> {
        let ready = |(field, names): &(Field, SlotNames)| List {
            field: field.clone(),
            keys: Keys::new(names.names()),
        };
        self.lists.iter().map(ready).collect()
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
            Root::Element | Root::Inner => {
                let list = self.counted_list();
                self.record.lists[list].1.place(rest)
            }
            Root::Person | Root::From | Root::To => self.person.place(rest),
        };
        let whole = if root == Root::Element { Path::new(rest) } else { Path::default() };
        Field { root, slot, path, whole, written: written.to_owned() }
    }

    /// Which of the source's counted lists `each` is.
    pub(crate) fn counted_list(&mut self) -> usize {
        let each = self.each.unwrap_or_default();
        let field = self.without_each().list(each);
        let lists = &mut self.record.lists;
        lists.iter().position(|(known, _)| *known == field).unwrap_or_else(|| {
            lists.push((field, SlotNames::default()));
            lists.len() - 1
        })
    }

    /// Notes that a field is needed.
    pub(crate) fn need(&mut self, written: &str) {
        let (root, rest) = self.root_of(written);
        match root {
            Root::Record => self.record.need(rest),
            Root::Element | Root::Inner => {
                // The list itself may belong to the record or to the person.
                let (list_root, list) = root_of(self.source, None, written);
                match list_root {
                    Root::Record | Root::Element | Root::Inner => self.record.need(list),
                    Root::Person | Root::From | Root::To => self.person.need(list),
                }
            }
            Root::Person | Root::From | Root::To => self.person.need(rest),
        }
    }

    /// A field of the element that `elemMatch` looks at.
    pub(crate) fn field_of_element(written: &str) -> Field {
        let (root, slot, path) = (Root::Inner, 0, Path::new(written));
        Field { root, slot, path, whole: Path::default(), written: written.to_owned() }
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
