//! Rules over indicators: `n <= 2`, `2 * k >= n`.

use std::collections::BTreeSet;
use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An indicator in relation to the population of the organisation unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The indicator.
    pub of: String,
    /// For how many people the number is given: 100000.
    #[serde(default = "hundred_thousand")]
    pub per: u64,
}

fn hundred_thousand() -> u64 {
    100_000
}

/// Comparisons of sums, all of which must hold.
///
/// Grammar: comparisons joined with `and`; each is two sums with `=`, `!=`, `<`, `<=`, `>` or `>=`
/// between them; a sum joins terms with `+` or `-`; a term is a number, a name, or
/// `number * name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formula {
    written: String,
    comparisons: Vec<Comparison>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparison {
    left: Vec<Term>,
    sign: Sign,
    right: Vec<Term>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    factor: Decimal,
    name: Option<String>,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the rule `{written}` cannot be read: {problem}; write it like `2 * k >= n and n > 2`")]
pub struct RuleError {
    written: String,
    problem: String,
}

impl Formula {
    /// Reads a rule.
    ///
    /// # Errors
    ///
    /// When it does not follow the grammar.
    pub fn parse(written: &str) -> Result<Self, RuleError> {
        let error = |problem: String| RuleError { written: written.to_owned(), problem };
        let tokens = tokens(written).map_err(error)?;
        let comparisons = tokens
            .split(|token| *token == Token::And)
            .map(comparison)
            .collect::<Result<_, _>>()
            .map_err(error)?;
        Ok(Self { written: written.to_owned(), comparisons })
    }

    /// The names that the rule uses.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        let sides = self.comparisons.iter().flat_map(|c| c.left.iter().chain(&c.right));
        sides.filter_map(|term| term.name.as_deref()).collect()
    }

    /// Whether the rule holds. A name without a number makes it not hold.
    #[must_use]
    pub fn holds(&self, number: impl Fn(&str) -> Option<Decimal>) -> bool {
        let sum = |terms: &[Term]| {
            terms.iter().try_fold(Decimal::ZERO, |sum, term| {
                let value = match &term.name {
                    Some(name) => number(name)?.checked_mul(term.factor)?,
                    None => term.factor,
                };
                sum.checked_add(value)
            })
        };
        self.comparisons.iter().all(|comparison| {
            let (Some(left), Some(right)) = (sum(&comparison.left), sum(&comparison.right)) else {
                return false;
            };
            match comparison.sign {
                Sign::Equal => left == right,
                Sign::NotEqual => left != right,
                Sign::Less => left < right,
                Sign::LessOrEqual => left <= right,
                Sign::Greater => left > right,
                Sign::GreaterOrEqual => left >= right,
            }
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Number(Decimal),
    Name(String),
    Sign(Sign),
    Plus,
    Minus,
    Times,
    And,
}

fn tokens(written: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = written.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            'a'..='z' | 'A'..='Z' | '_' => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            '0'..='9' => rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len()),
            '<' | '>' | '!' | '=' if rest[1..].starts_with('=') => 2,
            other => other.len_utf8(),
        };
        let (word, behind) = rest.split_at(length);
        tokens.push(match word {
            "and" => Token::And,
            "+" => Token::Plus,
            "-" => Token::Minus,
            "*" => Token::Times,
            "=" | "==" => Token::Sign(Sign::Equal),
            "!=" => Token::Sign(Sign::NotEqual),
            "<" => Token::Sign(Sign::Less),
            "<=" => Token::Sign(Sign::LessOrEqual),
            ">" => Token::Sign(Sign::Greater),
            ">=" => Token::Sign(Sign::GreaterOrEqual),
            name if first.is_alphabetic() || first == '_' => Token::Name(name.to_owned()),
            number => {
                Token::Number(number.parse().map_err(|_| format!("`{number}` is not understood"))?)
            }
        });
        rest = behind.trim_start();
    }
    Ok(tokens)
}

fn comparison(tokens: &[Token]) -> Result<Comparison, String> {
    let mut signs = tokens.iter().enumerate().filter_map(|(place, token)| match token {
        Token::Sign(sign) => Some((place, *sign)),
        _ => None,
    });
    match (signs.next(), signs.next()) {
        (Some((place, sign)), None) => {
            Ok(Comparison { left: sum(&tokens[..place])?, sign, right: sum(&tokens[place + 1..])? })
        }
        _ => Err("each part needs one comparison".into()),
    }
}

fn sum(tokens: &[Token]) -> Result<Vec<Term>, String> {
    let mut terms = Vec::new();
    let mut rest = tokens;
    let mut minus = false;
    if let [Token::Minus, behind @ ..] = rest {
        (minus, rest) = (true, behind);
    }
    loop {
        let (factor, name, behind) = match rest {
            [Token::Number(number), Token::Times, Token::Name(name), behind @ ..]
            | [Token::Name(name), Token::Times, Token::Number(number), behind @ ..] => {
                (*number, Some(name.clone()), behind)
            }
            [Token::Number(number), behind @ ..] => (*number, None, behind),
            [Token::Name(name), behind @ ..] => (Decimal::ONE, Some(name.clone()), behind),
            _ => return Err("a number or a name is missing".into()),
        };
        terms.push(Term { factor: if minus { -factor } else { factor }, name });
        (minus, rest) = match behind {
            [] => return Ok(terms),
            [Token::Plus, behind @ ..] => (false, behind),
            [Token::Minus, behind @ ..] => (true, behind),
            _ => return Err("two terms need `+` or `-` between them".into()),
        };
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl<'de> Deserialize<'de> for Formula {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl Serialize for Formula {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_arithmetic_and_comparison() {
        let number = |name: &str| match name {
            "n" => Some(Decimal::from(6)),
            "k" => Some(Decimal::from(3)),
            _ => None,
        };
        for (rule, expected) in [
            ("n = 6", true),
            ("n == 6 and k != 3", false),
            ("2 * k >= n", true),
            ("k*2>n", false),
            ("n - k <= 3", true),
            ("-k < 0.5 + n", true),
            ("absent = 0", false),
            ("n > 5.5 and n < 7", true),
            ("n > 6", false),
            ("n >= 6 and n <= 6", true),
            ("n < 6", false),
            ("n != 6", false),
            ("-k = 0 - 3", true),
            ("-2 * k + n = 0", true),
            ("n - 2 * k + 1 = 1", true),
            ("k + 1 - 2 = 2", true),
        ] {
            let rule = Formula::parse(rule).expect(rule);
            assert_eq!(rule.holds(number), expected, "{rule}");
        }
        for wrong in ["", "n", "n = ", "n < 2 < k", "n k = 1", "n = 2 and", "n ? 2", "1.2.3 = n"] {
            assert!(Formula::parse(wrong).is_err(), "{wrong}");
        }
    }
}
