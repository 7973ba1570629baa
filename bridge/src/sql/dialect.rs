//! `sqlparser::dialect::Dialect`: the generic one, which reads versions of tables besides.

use std::any::TypeId;

use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Whitespace, Word};

use crate::border::error::{code, Error, Result};

const GENERIC: GenericDialect = GenericDialect {};

/// `GenericDialect` with `VERSION AS OF` and its kin. It has every answer of the generic one, and
/// says that it is the generic one where the parser asks by type.
#[derive(Debug)]
pub struct VersionedDialect;

macro_rules! as_generic {
    ($($question:ident),* $(,)?) => {
        $(fn $question(&self) -> bool { GENERIC.$question() })*
    };
}

impl Dialect for VersionedDialect {
    fn dialect(&self) -> TypeId {
        GENERIC.dialect()
    }

    fn supports_table_versioning(&self) -> bool {
        true
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        GENERIC.is_delimited_identifier_start(ch)
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        GENERIC.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        GENERIC.is_identifier_part(ch)
    }

    #[rustfmt::skip]
    as_generic! {
        supports_unicode_string_literal, supports_partition_by_after_order_by,
        supports_array_join_syntax, supports_group_by_expr, supports_group_by_with_modifier,
        supports_left_associative_joins_without_parens, supports_connect_by,
        supports_match_recognize, supports_pipe_operator, supports_start_transaction_modifier,
        supports_window_function_null_treatment_arg, supports_dictionary_syntax,
        supports_window_clause_named_window_reference, supports_parenthesized_set_variables,
        supports_select_wildcard_except, support_map_literal_syntax, allow_extract_custom,
        allow_extract_single_quotes, supports_extract_comma_syntax,
        supports_create_view_comment_syntax, supports_parens_around_table_factor,
        supports_values_as_table_factor, supports_create_index_with_clause,
        supports_explain_with_utility_options, supports_limit_comma, supports_update_order_by,
        supports_from_first_select, supports_projection_trailing_commas,
        supports_asc_desc_in_column_definition, supports_try_convert,
        supports_bitwise_shift_operators, supports_comment_on, supports_load_extension,
        supports_named_fn_args_with_assignment_operator, supports_struct_literal,
        supports_empty_projections, supports_nested_comments, supports_multiline_comment_hints,
        supports_user_host_grantee, supports_string_escape_constant,
        supports_array_typedef_with_brackets, supports_match_against, supports_set_names,
        supports_comma_separated_set_assignments, supports_filter_during_aggregation,
        supports_select_wildcard_exclude, supports_data_type_signed_suffix,
        supports_interval_options, supports_quote_delimited_string,
        supports_select_wildcard_replace, supports_select_wildcard_ilike,
        supports_select_wildcard_rename, supports_optimize_table, supports_install,
        supports_detach, supports_prewhere, supports_with_fill, supports_limit_by,
        supports_interpolate, supports_settings, supports_select_format,
        supports_comment_optimizer_hint, supports_constraint_keyword_without_name,
        supports_key_column_option, supports_comma_separated_trim, supports_cte_without_as,
        supports_select_item_multi_column_alias, supports_xml_expressions,
    }
}

/// The word that a token is, in capitals; nothing for one in quotes.
fn word(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_ascii_uppercase()),
        _ => None,
    }
}

fn is_word(token: &Token, expected: &str) -> bool {
    matches!(token, Token::Word(word)
        if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(expected))
}

/// The text of a name in quotes of any kind.
fn quoted_text(token: &Token) -> Option<&str> {
    match token {
        Token::Word(word) if word.quote_style.is_some() => Some(&word.value),
        Token::SingleQuotedString(text) | Token::DoubleQuotedString(text) => Some(text),
        _ => None,
    }
}

/// A word that starts with `@`, which is part of a name directly behind one.
fn suffix(token: &Token) -> Option<&str> {
    match token {
        Token::Word(word) if word.quote_style.is_none() && word.value.starts_with('@') => {
            Some(&word.value)
        }
        _ => None,
    }
}

fn looks_like_version(suffix: &str) -> bool {
    let version = suffix.trim_start_matches('@');
    let number = version.strip_prefix(['v', 'V']).unwrap_or(version);
    number.starts_with(|first: char| first.is_ascii_digit())
}

/// Makes one name of a quoted one and an `@…` directly behind it, as the tokenizer does of one that is
/// not quoted. Refuses versions that stand elsewhere: the parser would take them for aliases.
fn join_suffixes(tokens: &mut [TokenWithSpan]) -> Result<()> {
    for index in 0..tokens.len() {
        let Some(suffix) = suffix(&tokens[index].token) else { continue };
        let before = index.checked_sub(1).and_then(|index| quoted_text(&tokens[index].token));
        if let Some(name) = before {
            let value = format!("{name}{suffix}");
            let word = Word { value, quote_style: Some('"'), keyword: Keyword::NoKeyword };
            tokens[index - 1].token = Token::Word(word);
            tokens[index].token = Token::Whitespace(Whitespace::Space);
        } else if looks_like_version(suffix) {
            let message = format!(
                "A version stands directly behind the name of a table, as name@v1 or name VERSION AS OF 1, \
                 and nowhere else; a name that looks like one needs quotes: {suffix}"
            );
            return Err(Error::new(code::INVALID_SQL, message));
        }
    }
    Ok(())
}

/// Turns the spellings of a table's version that the parser lacks into those it has:
/// `FOR VERSION AS OF`, `FOR SYSTEM_VERSION AS OF`, `FOR TIMESTAMP AS OF`, a version in quotes and
/// `@v1` behind a name in quotes. Gives back the names `at`, `before` and `changes`, which are keywords
/// for a version only where a parenthesis follows.
pub fn rewrite_versions(tokens: &mut [TokenWithSpan]) -> Result<()> {
    join_suffixes(tokens)?;
    let significant: Vec<usize> = (0..tokens.len())
        .filter(|index| !matches!(tokens[*index].token, Token::Whitespace(_)))
        .collect();
    let at = |tokens: &[TokenWithSpan], position: usize| -> Token {
        significant.get(position).map_or(Token::EOF, |index| tokens[*index].token.clone())
    };
    for position in 0..significant.len() {
        let Some(text) = word(&tokens[significant[position]].token) else { continue };
        let next = at(tokens, position + 1);
        match text.as_str() {
            "AT" | "BEFORE" | "CHANGES" => {
                let is_time_zone = text == "AT" && is_word(&next, "TIME");
                if next != Token::LParen && !is_time_zone {
                    if let Token::Word(word) = &mut tokens[significant[position]].token {
                        word.keyword = Keyword::NoKeyword;
                    }
                }
            }
            "FOR" => {
                let is_version = is_word(&next, "VERSION") || is_word(&next, "SYSTEM_VERSION");
                let is_clause = is_word(&at(tokens, position + 2), "AS")
                    && is_word(&at(tokens, position + 3), "OF");
                if is_clause && (is_version || is_word(&next, "TIMESTAMP")) {
                    tokens[significant[position]].token = Token::Whitespace(Whitespace::Space);
                }
                if is_clause && is_version {
                    tokens[significant[position + 1]].token = Token::make_keyword("VERSION");
                }
            }
            "OF" => {
                let follows = position >= 2
                    && is_word(&at(tokens, position - 1), "AS")
                    && is_word(&at(tokens, position - 2), "VERSION");
                if let (true, Token::SingleQuotedString(digits)) = (follows, next) {
                    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                        tokens[significant[position + 1]].token = Token::Number(digits, false);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::parser::Parser;
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::*;

    fn parse(dialect: &dyn Dialect, sql: &str) -> String {
        let mut tokens = match Tokenizer::new(dialect, sql).tokenize_with_location() {
            Ok(tokens) => tokens,
            Err(error) => return error.to_string(),
        };
        if let Err(error) = rewrite_versions(&mut tokens) {
            return error.to_string();
        }
        match Parser::new(dialect).with_tokens_with_locations(tokens).parse_statements() {
            Ok(statements) => statements.iter().map(|statement| format!("{statement};")).collect(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_the_generic_dialect_reads_is_read_alike() {
        for sql in [
            "SELECT {'a': 1}, map {'k': 2}, [1, 2], x -> 'a', a::int, E'\\n', \"Q\", `b`",
            "FROM t SELECT a EXCLUDE (b)",
            "SELECT * FROM f(a => 1, b := 2) AS at",
            "SELECT ts AT TIME ZONE 'UTC' FROM t@v3 at, u changes WHERE before.x = 1",
            "SELECT x FROM t GROUP BY ALL |> LIMIT 3",
            "OPTIMIZE TABLE t",
            "COMMENT ON TABLE t IS 'x'",
        ] {
            assert_eq!(parse(&VersionedDialect, sql), parse(&GENERIC, sql), "{sql}");
        }
    }

    #[test]
    fn versions_have_many_spellings() {
        for (sql, expected) in [
            ("FROM t VERSION AS OF 3", "FROM t VERSION AS OF 3;"),
            ("FROM t version as of '3'", "FROM t VERSION AS OF 3;"),
            ("FROM t FOR VERSION AS OF 3", "FROM t VERSION AS OF 3;"),
            ("FROM t FOR /* - */ system_version AS OF '12' x", "FROM t x VERSION AS OF 12;"),
            ("FROM t FOR TIMESTAMP AS OF now()", "FROM t TIMESTAMP AS OF now();"),
            ("FROM t FOR SYSTEM_TIME AS OF '2024'", "FROM t FOR SYSTEM_TIME AS OF '2024';"),
        ] {
            assert_eq!(parse(&VersionedDialect, sql), expected, "{sql}");
        }
        assert!(parse(&VersionedDialect, "FROM t VERSION AS OF 'x'").contains("Expected"));
    }
    #[test]
    fn a_version_behind_a_quoted_name_is_part_of_it() {
        for (sql, expected) in [
            ("FROM \"my t\"@v1 x", "FROM \"my t@v1\" x;"),
            (
                "FROM a.`b`@v1, '/it''s'@20240101120000000",
                "FROM a.\"b@v1\", \"/it's@20240101120000000\";",
            ),
            ("FROM t@v1 \"@v1\"", "FROM t@v1 \"@v1\";"),
        ] {
            assert_eq!(parse(&VersionedDialect, sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_version_without_a_name_is_no_alias() {
        for sql in [
            "FROM t @v1",
            "FROM \"t\" @V1",
            "FROM 't'/**/@v1",
            "FROM t AS @v1",
            "FROM f('t')@v1",
            "FROM (SELECT 1)@20240101120000000",
            "DELETE FROM t @1",
        ] {
            let answer = parse(&VersionedDialect, sql);
            assert!(
                answer.contains("[invalid_sql] A version stands directly behind"),
                "{sql}: {answer}"
            );
        }
        assert_eq!(parse(&VersionedDialect, "FROM t @vx"), "FROM t @vx;");
    }
}
