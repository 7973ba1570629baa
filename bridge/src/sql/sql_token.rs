//! `sqlparser::tokenizer::Tokenizer`: the tokens of SQL text as C++ reads them, and as the parser does.

use datafusion::sql::sqlparser::dialect::Dialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Word};

use crate::border::error::{code, Error, Result};
use crate::border::guard::guard;
use crate::ffi::bridge::{SqlEdit, SqlEditKind, SqlPlace, SqlToken, SqlTokenKind, SqlTokens};
use crate::sql::dialect::VersionedDialect;

impl From<Location> for SqlPlace {
    fn from(location: Location) -> Self {
        let number = |value| usize::try_from(value).unwrap_or(usize::MAX);
        Self::new(number(location.line), number(location.column))
    }
}

/// Finds the bytes of places that come one after the other.
struct Offsets<'a> {
    rest: std::str::Chars<'a>,
    place: SqlPlace,
    offset: usize,
}

impl<'a> Offsets<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text.chars(), place: SqlPlace::new(1, 1), offset: 0 }
    }

    /// That of a place that is not before an earlier one.
    fn of(&mut self, place: SqlPlace) -> usize {
        while (self.place.line, self.place.column) < (place.line, place.column) {
            let Some(letter) = self.rest.next() else { break };
            self.offset += letter.len_utf8();
            if letter == '\n' {
                self.place = SqlPlace::new(self.place.line + 1, 1);
            } else {
                self.place.column += 1;
            }
        }
        self.offset
    }
}

fn kind_and_text(token: Token) -> (SqlTokenKind, String) {
    use SqlTokenKind as Kind;
    match token {
        Token::Word(word) if word.quote_style.is_none() => (Kind::Word, word.value),
        Token::Word(word) => (Kind::QuotedWord, word.value),
        Token::SingleQuotedString(text) => (Kind::SingleQuoted, text),
        Token::DoubleQuotedString(text) => (Kind::DoubleQuoted, text),
        Token::DollarQuotedString(text) => (Kind::OtherText, text.value),
        Token::QuoteDelimitedStringLiteral(text)
        | Token::NationalQuoteDelimitedStringLiteral(text) => (Kind::OtherText, text.value),
        Token::TripleSingleQuotedString(text)
        | Token::TripleDoubleQuotedString(text)
        | Token::SingleQuotedByteStringLiteral(text)
        | Token::DoubleQuotedByteStringLiteral(text)
        | Token::TripleSingleQuotedByteStringLiteral(text)
        | Token::TripleDoubleQuotedByteStringLiteral(text)
        | Token::SingleQuotedRawStringLiteral(text)
        | Token::DoubleQuotedRawStringLiteral(text)
        | Token::TripleSingleQuotedRawStringLiteral(text)
        | Token::TripleDoubleQuotedRawStringLiteral(text)
        | Token::NationalStringLiteral(text)
        | Token::EscapedStringLiteral(text)
        | Token::UnicodeStringLiteral(text)
        | Token::HexStringLiteral(text) => (Kind::OtherText, text),
        Token::Number(digits, _) => (Kind::Number, digits),
        Token::Whitespace(_) => (Kind::Space, String::new()),
        Token::Comma => (Kind::Symbol, ",".to_string()),
        Token::Period => (Kind::Symbol, ".".to_string()),
        Token::LParen => (Kind::Symbol, "(".to_string()),
        Token::RParen => (Kind::Symbol, ")".to_string()),
        symbol => (Kind::Symbol, symbol.to_string()),
    }
}

/// The tokens of a text, as far as they go: an unfinished literal or comment ends them.
pub fn tokens_of(dialect: &dyn Dialect, sql: &str) -> SqlTokens {
    let mut found = Vec::new();
    let complete = Tokenizer::new(dialect, sql).tokenize_with_location_into_buf(&mut found);
    let mut offsets = Offsets::new(sql);
    let mut tokens = Vec::with_capacity(found.len());
    for TokenWithSpan { token, span } in found {
        let begin = offsets.of(span.start.into());
        let end = offsets.of(span.end.into());
        let (kind, text) = kind_and_text(token);
        tokens.push(SqlToken { kind, text, begin, end, place: span.start.into() });
    }
    match complete {
        Ok(()) => SqlTokens { tokens, failure: String::new(), failure_place: SqlPlace::default() },
        Err(error) => {
            let failure_place = error.location.into();
            SqlTokens { tokens, failure: error.message, failure_place }
        }
    }
}

pub fn tokenize(sql: &str) -> Result<SqlTokens> {
    guard(|| Ok(tokens_of(&VersionedDialect, sql)))
}

/// The tokens that the parser reads in place of one.
fn replacement(dialect: &dyn Dialect, edit: SqlEdit) -> Result<Vec<Token>> {
    match edit.kind {
        SqlEditKind::Name => {
            let word =
                Word { value: edit.text, quote_style: Some('"'), keyword: Keyword::NoKeyword };
            Ok(vec![Token::Word(word)])
        }
        SqlEditKind::Text => Ok(vec![Token::SingleQuotedString(edit.text)]),
        _ => {
            let tokens = Tokenizer::new(dialect, &edit.text).tokenize();
            tokens.map_err(|error| Error::new(code::INTERNAL, error.message))
        }
    }
}

/// The tokens of a text after the edits. What is new has the place of what it replaces.
pub fn edited_tokens(
    dialect: &dyn Dialect,
    sql: &str,
    edits: Vec<SqlEdit>,
) -> Result<Vec<TokenWithSpan>> {
    let tokens = Tokenizer::new(dialect, sql).tokenize_with_location();
    let tokens = tokens.map_err(|error| Error::new(code::INVALID_SQL, error.to_string()))?;
    if edits.is_empty() {
        return Ok(tokens);
    }
    let mut edits = edits.into_iter().peekable();
    let mut edited = Vec::with_capacity(tokens.len());
    for (index, token) in tokens.into_iter().enumerate() {
        if edits.peek().is_none_or(|edit| edit.index != index) {
            edited.push(token);
            continue;
        }
        while let Some(edit) = edits.next_if(|edit| edit.index == index) {
            for new in replacement(dialect, edit)? {
                edited.push(TokenWithSpan { token: new, span: token.span });
            }
        }
    }
    match edits.next() {
        Some(edit) => {
            let message = format!("An edit of SQL has no token: {}", edit.index);
            Err(Error::new(code::INTERNAL, message))
        }
        None => Ok(edited),
    }
}

/// The place after the last token.
pub fn end_of(tokens: &[TokenWithSpan]) -> SqlPlace {
    let last = tokens.iter().rfind(|token| !matches!(token.token, Token::Whitespace(_)));
    last.map(|token| token.span.end.into()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_cover_the_text() {
        let sql = "SELECT 'é''x', \"a\"\n-- ü\n  FROM \"日本\" /* x\ny */ WHERE E'\\n' <=> $$q$$;";
        let found = tokens_of(&VersionedDialect, sql);
        assert_eq!(found.failure, "");
        let parsed = edited_tokens(&VersionedDialect, "a\n é -- x\n ", Vec::new());
        let end = end_of(&parsed.unwrap_or_default());
        assert_eq!((end.line, end.column), (2, 3));
        let mut end = 0;
        for token in &found.tokens {
            assert_eq!(token.begin, end, "{}", token.text);
            end = token.end;
        }
        assert_eq!(end, sql.len());
        let texts: Vec<_> = found.tokens.iter().map(|token| token.text.as_str()).collect();
        let expected = ["SELECT", "é'x", ",", "a", "FROM", "日本", "WHERE", "\n", "<=>", "q", ";"];
        assert_eq!(texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>(), expected);
        let from = found.tokens.iter().find(|token| token.text == "FROM");
        assert!(from.is_some_and(|token| token.place.line == 3 && token.place.column == 3));
    }

    #[test]
    fn an_unfinished_text_has_the_tokens_before() {
        let found = tokens_of(&VersionedDialect, "SELECT 1,\n 'a");
        assert_eq!((found.failure_place.line, found.failure_place.column), (2, 2));
        assert_eq!(found.tokens.iter().filter(|token| !token.text.is_empty()).count(), 3);
    }

    #[test]
    fn edits_stand_in_the_place_of_a_token() {
        let edit = |index, kind, text: &str| SqlEdit { index, kind, text: text.to_string() };
        let edits = vec![
            edit(0, SqlEditKind::Tokens, "x +"),
            edit(0, SqlEditKind::Name, "q q"),
            edit(2, SqlEditKind::Tokens, ""),
        ];
        let tokens = edited_tokens(&VersionedDialect, "a b c", edits).unwrap_or_default();
        let text: String = tokens.iter().map(|token| token.token.to_string()).collect();
        assert_eq!(text, "x +\"q q\"  c");
        assert!(tokens.iter().take(4).all(|token| token.span.start.column == 1));
        let beyond = vec![edit(9, SqlEditKind::Text, "")];
        assert!(edited_tokens(&VersionedDialect, "a", beyond).is_err());
    }
}
