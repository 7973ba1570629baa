//! How deep the syntax tree of a text can get, known before there is a tree: parsing, planning and
//! dropping one recurse, and a chain of operators nests as deep as it is long.

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::border::error::{code, Error, Result};

/// What the stacks of the runtime's threads bear, with room to spare.
const DEEPEST: usize = 4000;

/// Operators by how tightly they bind, loosest first. An operator ends the operands of all tighter
/// ones before it.
const RELATIONS: usize = 0;
const DISJUNCTION: usize = 1;
const CONJUNCTION: usize = 2;
const COMPARISON: usize = 3;
const TERM: usize = 4;
const CLASSES: usize = 5;

enum Effect {
    None,
    Operator(usize),
    /// Ends the expression before it.
    Separator,
    /// May name a query that the next one builds on (`WITH a AS (…), b AS (… a …)`).
    As,
    Clause {
        from: bool,
    },
    Open,
    Close,
}

fn effect_of_word(text: &str) -> Effect {
    match text.to_ascii_uppercase().as_str() {
        "UNION" | "EXCEPT" | "INTERSECT" | "MINUS" | "JOIN" => Effect::Operator(RELATIONS),
        "OR" | "XOR" => Effect::Operator(DISJUNCTION),
        "AND" => Effect::Operator(CONJUNCTION),
        "NOT" | "IS" | "IN" | "LIKE" | "ILIKE" | "RLIKE" | "REGEXP" | "SIMILAR" | "BETWEEN" => {
            Effect::Operator(COMPARISON)
        }
        "DIV" | "COLLATE" | "AT" | "OVERLAPS" => Effect::Operator(TERM),
        "FROM" => Effect::Clause { from: true },
        "SELECT" | "WHERE" | "GROUP" | "HAVING" | "QUALIFY" | "ORDER" | "LIMIT" | "WINDOW"
        | "SET" | "VALUES" => Effect::Clause { from: false },
        "BY" | "ON" | "USING" | "WHEN" | "THEN" | "ELSE" => Effect::Separator,
        "AS" => Effect::As,
        _ => Effect::None,
    }
}

fn effect(token: &Token) -> Effect {
    match token {
        Token::Word(word) if word.quote_style.is_none() => effect_of_word(&word.value),
        Token::LParen | Token::LBracket | Token::LBrace => Effect::Open,
        Token::RParen | Token::RBracket | Token::RBrace => Effect::Close,
        Token::Comma | Token::SemiColon => Effect::Separator,
        Token::Eq
        | Token::DoubleEq
        | Token::Neq
        | Token::Lt
        | Token::Gt
        | Token::LtEq
        | Token::GtEq
        | Token::Spaceship => Effect::Operator(COMPARISON),
        Token::VerticalBarRightAngleBracket => Effect::Operator(RELATIONS),
        Token::Plus
        | Token::Minus
        | Token::Mul
        | Token::Div
        | Token::DuckIntDiv
        | Token::Mod
        | Token::StringConcat
        | Token::DoubleColon
        | Token::Arrow
        | Token::LongArrow
        | Token::HashArrow
        | Token::HashLongArrow
        | Token::Ampersand
        | Token::Pipe
        | Token::Caret
        | Token::Tilde
        | Token::ExclamationMark
        | Token::ShiftLeft
        | Token::ShiftRight
        | Token::AtArrow
        | Token::ArrowAt => Effect::Operator(TERM),
        _ => Effect::None,
    }
}

/// A parenthesis that is open.
#[derive(Default)]
struct Level {
    operators: [usize; CLASSES],
    in_from: bool,
}

impl Level {
    /// Forgets the operators that bind tighter than `class`; returns how many there were.
    fn end_operands(&mut self, class: usize) -> usize {
        let tighter = &mut self.operators[class + 1..];
        let count = tighter.iter().sum();
        tighter.fill(0);
        count
    }
}

/// An upper bound of how deep the syntax tree of `tokens` nests.
fn depth(tokens: &[TokenWithSpan]) -> usize {
    let mut levels = vec![Level::default()];
    let (mut now, mut deepest) = (0, 0);
    for (index, token) in tokens.iter().enumerate() {
        let Some(level) = levels.last_mut() else { break };
        match effect(&token.token) {
            Effect::None => continue,
            Effect::Operator(class) => {
                now -= level.end_operands(class);
                level.operators[class] += 1;
                now += 1;
            }
            Effect::Separator => {
                now -= level.end_operands(RELATIONS);
                // A list of tables is a chain of joins.
                if level.in_from && token.token == Token::Comma {
                    level.operators[RELATIONS] += 1;
                    now += 1;
                }
            }
            Effect::As => {
                now -= level.end_operands(RELATIONS);
                let mut rest = tokens[index + 1..].iter().map(|token| &token.token);
                let next = rest.find(|token| !matches!(token, Token::Whitespace(_)));
                if next == Some(&Token::LParen) {
                    level.operators[RELATIONS] += 1;
                    now += 1;
                }
            }
            Effect::Clause { from } => {
                now -= level.end_operands(RELATIONS);
                level.in_from = from;
            }
            Effect::Open => {
                levels.push(Level::default());
                now += 1;
            }
            Effect::Close if levels.len() > 1 => {
                let closed = levels.pop().unwrap_or_default();
                now -= 1 + closed.operators.iter().sum::<usize>();
            }
            Effect::Close => {}
        }
        deepest = deepest.max(now);
    }
    deepest
}

/// Refuses a text whose tree would be too deep.
pub fn check_depth(tokens: &[TokenWithSpan]) -> Result<()> {
    let found = depth(tokens);
    if found <= DEEPEST {
        return Ok(());
    }
    let message = format!(
        "The SQL text chains or nests too many operators: {found}, where {DEEPEST} are allowed."
    );
    Err(Error::new(code::INVALID_SQL, message))
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::GenericDialect;
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::*;

    fn depth_of(sql: &str) -> usize {
        depth(&Tokenizer::new(&GenericDialect {}, sql).tokenize_with_location().unwrap_or_default())
    }

    #[test]
    fn chains_count_and_lists_do_not() {
        assert_eq!(depth_of(&format!("SELECT 1{}", " + 1".repeat(900))), 900);
        assert_eq!(depth_of(&format!("SELECT x = 1{}", " OR x = 1 + 2".repeat(900))), 902);
        assert_eq!(depth_of(&format!("SELECT {}1", "(".repeat(900))), 900);
        assert!(depth_of(&format!("SELECT 1 + 1{}", ", -1 + 2".repeat(900))) < 5);
        assert!(depth_of(&format!("SELECT CASE {} END", "WHEN a = 1 THEN 2 ".repeat(900))) < 5);
        assert!(depth_of(&format!("VALUES (1){}", ", (-1)".repeat(900))) < 5);
    }

    #[test]
    fn relations_chain_too() {
        assert!(depth_of(&format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(900))) >= 900);
        assert!(depth_of(&format!("SELECT 1 FROM t{}", ", t".repeat(900))) >= 900);
        assert!(depth_of(&format!("SELECT 1 FROM t{}", " JOIN t ON a = b".repeat(900))) >= 900);
        let with = ", b AS (SELECT * FROM a)".repeat(900);
        assert!(depth_of(&format!("WITH a AS (SELECT 1){with} SELECT * FROM b")) >= 900);
    }

    #[test]
    fn unbalanced_text_has_a_depth() {
        assert_eq!(depth_of(")))((1 +"), 3);
    }
}
