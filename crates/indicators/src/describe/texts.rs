//! What a language has to say: sentences with gaps, `{0}`, `{1}` and so on.

use crate::Source;

/// The sentences and words of one language.
pub(super) struct Texts {
    /// Which of the four columns of the glossary.
    pub(super) column: usize,
    pub(super) quotes: (&'static str, &'static str),
    pub(super) decimal_point: char,
    pub(super) months: [&'static str; 12],
    /// Day, month, year.
    pub(super) date: &'static str,
    /// The first day of a month, where it is written in another way.
    pub(super) date_first: &'static str,
    /// "or" and "and" before a word.
    pub(super) or: fn(&str) -> &'static str,
    pub(super) and: fn(&str) -> &'static str,

    /// With the space that French puts before them.
    pub(super) semicolon: &'static str,
    pub(super) colon: &'static str,

    pub(super) sources: fn(Source) -> &'static str,
    /// A record, an element of a list: what counts, at the beginning of a sentence.
    pub(super) record: &'static str,
    pub(super) element: &'static str,

    // What the indicator is.
    pub(super) looks_at: &'static str,
    pub(super) number_of_records: &'static str,
    pub(super) number_of_elements: &'static str,
    pub(super) distinct: &'static str,
    pub(super) each_by_itself: &'static str,
    /// Sum, mean, least, greatest, median, with their article.
    pub(super) aggregates: [&'static str; 5],
    pub(super) of_values: &'static str,
    pub(super) of_days: &'static str,
    pub(super) share: &'static str,
    pub(super) rate: &'static str,
    pub(super) classify: &'static str,
    pub(super) number_named: &'static str,
    pub(super) first_rule: &'static str,
    pub(super) rule: &'static str,
    pub(super) otherwise: &'static str,
    pub(super) otherwise_nothing: &'static str,

    // Which records.
    pub(super) join: &'static str,
    pub(super) every_record: &'static str,
    pub(super) condition: &'static str,
    pub(super) conditions: &'static str,

    // When.
    pub(super) new: &'static str,
    pub(super) cumulative: &'static str,
    pub(super) current: &'static str,
    pub(super) current_once: &'static str,
    pub(super) earliest_of: &'static str,
    pub(super) only_first: &'static str,
    pub(super) only_last: &'static str,
    pub(super) only_one: &'static str,

    // Where.
    pub(super) place_usual: &'static str,
    pub(super) place_of_person: &'static str,
    pub(super) place_field: &'static str,
    pub(super) org_unit: &'static str,
    pub(super) level: &'static str,
    pub(super) admin_level: &'static str,
    pub(super) level_named: &'static str,
    pub(super) nearest: &'static str,

    // Splits.
    pub(super) split: &'static str,
    pub(super) split_by: &'static str,
    pub(super) age_at: &'static str,
    pub(super) band: &'static str,
    pub(super) band_open: &'static str,
    pub(super) as_option: &'static str,
    pub(super) each_value: &'static str,
    pub(super) by_level: &'static str,
    pub(super) other: &'static str,
    pub(super) other_left_out: &'static str,
    pub(super) missing: &'static str,
    pub(super) missing_left_out: &'static str,

    // The value.
    pub(super) zero: &'static str,
    pub(super) no_zero: &'static str,
    pub(super) active: &'static str,
    pub(super) suppress: &'static str,
    pub(super) decimals_none: &'static str,
    pub(super) decimals_one: &'static str,
    pub(super) decimals: &'static str,

    // Conditions.
    pub(super) is: &'static str,
    pub(super) is_not: &'static str,
    pub(super) one_of: &'static str,
    pub(super) none_of: &'static str,
    /// Greater, greater or equal, less, less or equal.
    pub(super) number_order: [&'static str; 4],
    pub(super) date_order: [&'static str; 4],
    pub(super) between: &'static str,
    pub(super) matches: &'static str,
    pub(super) matches_any_case: &'static str,
    pub(super) exists: &'static str,
    pub(super) absent: &'static str,
    pub(super) an_element: &'static str,
    pub(super) not: &'static str,
    pub(super) none: &'static str,
    pub(super) yes_no: (&'static str, &'static str),

    // Fields.
    pub(super) of_person: &'static str,
    pub(super) of_from: &'static str,
    pub(super) of_to: &'static str,
    pub(super) question: &'static str,
    pub(super) field: &'static str,

    // Rules.
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`.
    pub(super) signs: [&'static str; 6],
    /// `+`, `-`, `*`.
    pub(super) arithmetic: [&'static str; 3],

    // Notes.
    pub(super) numerator: &'static str,
    pub(super) denominator: &'static str,
    pub(super) exclusions: &'static str,
    pub(super) note_source: &'static str,
}

/// Puts words into the gaps of a sentence.
pub(super) fn fill(sentence: &str, words: &[&str]) -> String {
    let mut filled = String::with_capacity(sentence.len() + 32);
    let mut rest = sentence;
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        let (gap, behind) = behind.split_once('}').unwrap_or((behind, ""));
        filled.push_str(gap.parse().ok().and_then(|n: usize| words.get(n)).copied().unwrap_or(gap));
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

impl Texts {
    pub(super) fn quoted(&self, text: &str) -> String {
        format!("{}{text}{}", self.quotes.0, self.quotes.1)
    }

    /// "A, B or C".
    pub(super) fn any_of(&self, words: &[String]) -> String {
        joined(words, self.or)
    }

    /// "A, B and C".
    pub(super) fn all_of(&self, words: &[String]) -> String {
        joined(words, self.and)
    }

    /// A whole number in groups of three, which no language takes for a fraction.
    pub(super) fn whole(number: u64) -> String {
        let digits = number.to_string();
        let mut grouped = String::with_capacity(digits.len() * 2);
        for (n, digit) in digits.chars().enumerate() {
            let left = digits.len() - n;
            if n > 0 && left.is_multiple_of(3) && digits.len() > 4 {
                grouped.push('\u{202F}');
            }
            grouped.push(digit);
        }
        grouped
    }
}

fn joined(words: &[String], conjunction: fn(&str) -> &'static str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => {
            let bare = last.trim_start_matches(|c: char| !c.is_alphanumeric());
            format!("{} {} {last}", before.join(", "), conjunction(bare))
        }
    }
}
