//! Where in a text its errors are. sqlparser and DataFusion write it into their messages only.

use datafusion::common::Diagnostic;
use datafusion::sql::sqlparser::parser::ParserError;

use crate::ffi::bridge::SqlPlace;

impl SqlPlace {
    pub fn new(line: usize, column: usize) -> Self {
        Self { line, column }
    }

    pub fn is_known(&self) -> bool {
        self.line > 0
    }

    /// That of a diagnostic's span, where it has one.
    pub fn of(diagnostic: &Diagnostic) -> Self {
        let number = |value| usize::try_from(value).unwrap_or(0);
        let start =
            diagnostic.span.map(|span| (number(span.start.line), number(span.start.column)));
        start.map(|(line, column)| Self { line, column }).unwrap_or_default()
    }
}

const AT_END: &str = ", found: EOF";

/// Cuts the place off a message that ends with one.
fn cut_place(message: &str) -> (&str, SqlPlace) {
    let found = message.rfind(" at Line: ").and_then(|start| {
        let (line, column) =
            message[start..].strip_prefix(" at Line: ")?.split_once(", Column: ")?;
        Some((&message[..start], SqlPlace::new(line.parse().ok()?, column.parse().ok()?)))
    });
    found.unwrap_or((message, SqlPlace::default()))
}

/// The message of an error of the parser, and where it is.
pub fn parser_message(error: &ParserError, limit: Option<&str>) -> (String, SqlPlace) {
    match error {
        ParserError::ParserError(text) | ParserError::TokenizerError(text) => {
            let (message, place) = cut_place(text);
            match message.strip_suffix(AT_END) {
                Some(expected) => (format!("{expected}, found: the end of the text"), place),
                None => (message.to_string(), place),
            }
        }
        ParserError::RecursionLimitExceeded => {
            let message =
                "The SQL text nests deeper than datafusion.sql_parser.recursion_limit allows";
            (format!("{message} {}", limit.unwrap_or_default()), SqlPlace::default())
        }
    }
}

/// Whether a message says that the text ends too early.
pub fn is_at_end(message: &str) -> bool {
    message.ends_with("found: the end of the text")
}

/// A message of the planner without the Rust structure of a syntax tree, and the first place in that.
pub fn without_tree(message: &str) -> (String, SqlPlace) {
    let Some(span) = message.find("Location(") else {
        return (message.to_string(), SqlPlace::default());
    };
    let place = message[span + "Location(".len()..].split_once(')').and_then(|(place, _)| {
        let (line, column) = place.split_once(',')?;
        Some(SqlPlace::new(line.parse().ok()?, column.parse().ok()?))
    });
    let tree = message.find(['{', '(']).unwrap_or(span);
    let text = message[..tree].trim_end();
    let text = text.rsplit_once(' ').map_or(text, |(text, _)| text);
    (text.trim_end_matches([' ', ':']).to_string(), place.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_cut_off() {
        let (message, place) = cut_place("Expected: x, found: y at Line: 3, Column: 14");
        assert_eq!((message, place.line, place.column), ("Expected: x, found: y", 3, 14));
        for text in
            ["no place", "x at Line: 3", "x at Line: a, Column: 1", "x at Line: 1, Column: 2."]
        {
            let (message, place) = cut_place(text);
            assert!(message == text && !place.is_known(), "{text}");
        }
    }

    #[test]
    fn an_early_end_is_told() {
        let error = ParserError::ParserError("Expected: an expression, found: EOF".into());
        let (message, place) = parser_message(&error, None);
        assert!(is_at_end(&message) && !place.is_known(), "{message}");
    }

    #[test]
    fn syntax_trees_are_cut_off() {
        let text = "SET variant not implemented yet: SetTimeZone { local: false, value: \
                    Value(ValueWithSpan { span: Span(Location(1,15)..Location(1,28)) }) }";
        let (message, place) = without_tree(text);
        assert_eq!(message, "SET variant not implemented yet");
        assert_eq!((place.line, place.column), (1, 15));
        assert_eq!(without_tree("a (b) {c}").0, "a (b) {c}");
    }
}
