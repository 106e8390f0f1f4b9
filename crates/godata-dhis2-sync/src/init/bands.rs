//! Age groups as people write them, in the words of the breakdowns: `5-14`, `65+`.

/// The band that an option stands for: `0-4`, `5 - 14 years`, `65+`, `60 ans et plus`, `< 5`, `Under 1`.
///
/// `None` where it cannot be told, also for groups of months: ages are counted in completed years.
pub(super) fn band(option: &str) -> Option<String> {
    let text = option.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&[
        "month", "mois", "mes", "mês", "day", "jour", "dia", "día", "week", "semaine", "semana",
    ]) {
        return None;
    }
    let numbers: Vec<u32> = text
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| digits.parse().ok())
        .collect::<Option<_>>()?;
    match numbers[..] {
        [low, high] if low <= high => Some(format!("{low}-{high}")),
        [limit] if has(&["<=", "≤"]) => Some(format!("0-{limit}")),
        [limit] if has(&["<", "under", "less", "below", "moins", "menos", "menor"]) => {
            Some(format!("0-{}", limit.checked_sub(1)?))
        }
        [low] if has(&["+", ">=", "≥", "over", "older", "above", "plus", "más", "mas", "mais"]) => {
            Some(format!("{low}+"))
        }
        [below] if has(&[">"]) => Some(format!("{}+", below.checked_add(1)?)),
        [only] => Some(only.to_string()),
        _ => None,
    }
}

/// Whether an option stands for what is not known.
pub(super) fn is_unknown(option: &str) -> bool {
    let text = option.to_lowercase();
    ["unk", "missing", "not stated", "inconnu", "desconoc", "desconhec", "ignorad"]
        .iter()
        .any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read_as_people_write_them() {
        for (written, expected) in [
            ("0-4", Some("0-4")),
            ("5 – 14 years", Some("5-14")),
            ("15 to 24", Some("15-24")),
            ("AGE_25_49", Some("25-49")),
            ("65+", Some("65+")),
            ("60 ans et plus", Some("60+")),
            ("60 años y más", Some("60+")),
            ("≥ 80", Some("80+")),
            ("> 59", Some("60+")),
            ("< 5", Some("0-4")),
            ("Under 1", Some("0-0")),
            ("moins de 15 ans", Some("0-14")),
            ("<= 17", Some("0-17")),
            ("7", Some("7")),
            ("0-11 months", None),
            ("CV19 0-4", None),
            ("14-5", None),
            ("Adults", None),
            ("< 0", None),
            ("Unknown", None),
        ] {
            assert_eq!(band(written).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn the_unknown_is_known_in_four_languages() {
        for written in ["Unknown age", "UNK_AGE", "Inconnu", "Edad desconocida", "Desconhecida"] {
            assert!(is_unknown(written), "{written}");
        }
        assert!(!is_unknown("0-4"));
    }
}
