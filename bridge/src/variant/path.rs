//! Paths into variants as Spark and Databricks spell them: `$.a['b c'][0]`, and `a.b[0]` after a colon.

use parquet_variant::Variant;

use crate::border::error::{code, Error, Result};

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    Index(usize),
}

/// Where in a variant.
#[derive(Debug, PartialEq, Eq)]
pub struct Path(Vec<Step>);

fn invalid(path: &str) -> Error {
    Error::new(code::INVALID_SQL, format!("This is no path into a variant: {path}"))
}

/// Takes a name in quotes, in which a backslash quotes the next character.
fn quoted(rest: &str, quote: char) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut characters = rest.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => name.push(characters.next()?.1),
            end if end == quote => return Some((name, &rest[index + quote.len_utf8()..])),
            other => name.push(other),
        }
    }
    None
}

/// Takes a name after a dot, in quotes or as it stands.
fn name(rest: &str) -> Option<(String, &str)> {
    if let Some(quote @ ('"' | '`')) = rest.chars().next() {
        return quoted(&rest[1..], quote);
    }
    let end = rest.find(['.', '[', ']', '\'', '"']).unwrap_or(rest.len());
    (end > 0).then(|| (rest[..end].to_string(), &rest[end..]))
}

/// Takes what follows an opening bracket.
fn bracket(rest: &str) -> Option<(Step, &str)> {
    let (step, rest) = match rest.chars().next()? {
        quote @ ('\'' | '"') => {
            let (name, rest) = quoted(&rest[1..], quote)?;
            (Step::Field(name), rest)
        }
        _ => {
            let end = rest.find(']')?;
            let digits = rest[..end].bytes().all(|byte| byte.is_ascii_digit());
            (Step::Index(rest[..end].parse().ok().filter(|_| digits)?), &rest[end..])
        }
    };
    Some((step, rest.strip_prefix(']')?))
}

impl Path {
    pub fn parse(text: &str) -> Result<Self> {
        let parse = || {
            let mut steps = Vec::new();
            let mut rest = match text.strip_prefix('$') {
                Some(rest) => rest,
                None if text.starts_with('[') => text,
                None => {
                    let (first, rest) = name(text)?;
                    steps.push(Step::Field(first));
                    rest
                }
            };
            while !rest.is_empty() {
                let (step, left) = match rest.strip_prefix('.') {
                    Some(rest) => name(rest).map(|(name, rest)| (Step::Field(name), rest))?,
                    None => bracket(rest.strip_prefix('[')?)?,
                };
                steps.push(step);
                rest = left;
            }
            Some(Self(steps))
        };
        parse().ok_or_else(|| invalid(text))
    }

    /// What is there; nothing where the variant has no such place.
    pub fn follow<'m, 'v>(&self, variant: Variant<'m, 'v>) -> Option<Variant<'m, 'v>> {
        let mut found = variant;
        for step in &self.0 {
            found = match step {
                Step::Field(name) => found.get_object_field(name)?,
                Step::Index(index) => found.get_list_element(*index)?,
            };
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> Step {
        Step::Field(name.to_string())
    }

    #[test]
    fn paths_have_the_spellings_of_spark_and_of_the_colon() {
        for (text, steps) in [
            ("$", vec![]),
            ("$.a", vec![field("a")]),
            ("$.a.b[0]", vec![field("a"), field("b"), Step::Index(0)]),
            ("$['a b'][\"c\"]", vec![field("a b"), field("c")]),
            ("$['it\\'s']", vec![field("it's")]),
            ("$[12].x y", vec![Step::Index(12), field("x y")]),
            ("a.b", vec![field("a"), field("b")]),
            ("a.\"b.c\"['d']", vec![field("a"), field("b.c"), field("d")]),
            ("`a b`[1]", vec![field("a b"), Step::Index(1)]),
            ("['a']", vec![field("a")]),
        ] {
            assert_eq!(Path::parse(text).ok(), Some(Path(steps)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_errors() {
        for text in
            ["", "$.", "$a", "$..a", "$[", "$[-1]", "$[1", "$['a]", "a.", ".a", "$[*]", "$[+1]"]
        {
            assert!(Path::parse(text).is_err(), "{text}");
        }
        assert!(Path::parse("$[99999999999999999999999]").is_err());
    }
}
