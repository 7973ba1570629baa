//! `sqlparser::dialect::Dialect`: the generic one, which reads versions of tables besides.

use std::any::TypeId;

use datafusion::execution::SessionState;
use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::dialect::{dialect_from_str, Dialect, GenericDialect};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

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

    /// Reads the right side of `IS [NOT] DISTINCT FROM` up to the next operator that binds less. The
    /// parser itself would take all of `b AND c` for it.
    fn parse_infix(
        &self,
        parser: &mut Parser,
        left: &Expr,
        precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        let is_distinct = parser.parse_keywords(&[Keyword::IS, Keyword::DISTINCT, Keyword::FROM]);
        let not_distinct = [Keyword::IS, Keyword::NOT, Keyword::DISTINCT, Keyword::FROM];
        if !is_distinct && !parser.parse_keywords(&not_distinct) {
            return GENERIC.parse_infix(parser, left, precedence);
        }
        let right = parser.parse_subexpr(precedence).map(Box::new);
        let left = Box::new(left.clone());
        Some(right.map(|right| match is_distinct {
            true => Expr::IsDistinctFrom(left, right),
            false => Expr::IsNotDistinctFrom(left, right),
        }))
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

/// The dialect of a session: the versioned one, unless its settings ask for another.
pub fn session_dialect(state: &SessionState) -> Result<Box<dyn Dialect>> {
    let name = state.config_options().sql_parser.dialect.to_string();
    if name.eq_ignore_ascii_case("generic") {
        return Ok(Box::new(VersionedDialect));
    }
    let unknown = || Error::new(code::INVALID_ARGUMENT, format!("Unknown SQL dialect: {name}"));
    dialect_from_str(&name).ok_or_else(unknown)
}

fn is_word(token: &Token, expected: &str) -> bool {
    matches!(token, Token::Word(word)
        if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(expected))
}

/// Gives back the names `at`, `before` and `changes`, which are keywords for a version only where a
/// parenthesis follows.
pub fn free_names(tokens: &mut [TokenWithSpan]) {
    let significant: Vec<usize> = (0..tokens.len())
        .filter(|index| !matches!(tokens[*index].token, Token::Whitespace(_)))
        .collect();
    for (position, index) in significant.iter().enumerate() {
        let next = significant.get(position + 1).map(|next| &tokens[*next].token);
        let is_at = is_word(&tokens[*index].token, "AT");
        let is_time_zone = is_at && next.is_some_and(|next| is_word(next, "TIME"));
        let is_clause = next == Some(&Token::LParen) || is_time_zone;
        let names = ["AT", "BEFORE", "CHANGES"];
        if is_clause || !names.iter().any(|name| is_word(&tokens[*index].token, name)) {
            continue;
        }
        if let Token::Word(word) = &mut tokens[*index].token {
            word.keyword = Keyword::NoKeyword;
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::*;

    fn parse(dialect: &dyn Dialect, sql: &str) -> String {
        let mut tokens = Tokenizer::new(dialect, sql).tokenize_with_location().unwrap_or_default();
        free_names(&mut tokens);
        match Parser::new(dialect).with_tokens_with_locations(tokens).parse_statements() {
            Ok(statements) => statements.iter().map(|one| format!("{one};")).collect(),
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
}
