//! What somebody may have meant.

/// The word of `known` that `written` is most likely a slip of, if one is near enough.
pub(crate) fn nearest<'k>(
    written: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    let allowed = 1 + written.chars().count() / 4;
    known
        .into_iter()
        .map(|word| (distance(&written.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let mut least = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                least = least.min(before_last[j - 1] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_another_word() {
        assert_eq!(nearest("gtt", ["eq", "gt", "gte"]), Some("gt"));
        assert_eq!(nearest("measrue", ["measure", "missing"]), Some("measure"));
        assert_eq!(nearest("Each", ["each"]), Some("each"));
        assert_eq!(nearest("colour", ["each", "from"]), None);
        assert_eq!(nearest("xx", ["gte", "gt", "lt"]), None);
    }

    /// One slip, and one more for each four letters.
    #[test]
    fn a_longer_word_may_have_more_slips() {
        assert_eq!(nearest("abc", ["abcd"]), Some("abcd"));
        assert_eq!(nearest("abc", ["abcde"]), None);
        assert_eq!(nearest("abcd", ["abcdef"]), Some("abcdef"));
        assert_eq!(nearest("abcdefgh", ["abcdefghijk"]), Some("abcdefghijk"));
        assert_eq!(nearest("abcdefgh", ["abcdefghijkl"]), None);
    }

    #[test]
    fn the_distance_is_the_least_number_of_slips() {
        for (left, right, n) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
            ("ab", "ba", 1),
            ("abcd", "acbd", 1),
            ("abcd", "badc", 2),
            ("xab", "yba", 2),
            ("abxx", "baxx", 1),
            ("aab", "aba", 1),
            ("abc", "cab", 2),
            ("ca", "abc", 3),
            ("é", "e", 1),
        ] {
            assert_eq!(distance(left, right), n, "{left} {right}");
            assert_eq!(distance(right, left), n, "{right} {left}");
        }
    }
}
