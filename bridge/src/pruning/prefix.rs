//! Texts that begin with a constant: LIKE, `starts_with` and `~`.

use std::sync::Arc;

use datafusion::arrow::compute::kernels::cmp;
use datafusion::arrow::compute::kernels::comparison::starts_with;
use datafusion::arrow::datatypes::DataType;
use datafusion::physical_expr::expressions::{BinaryExpr, LikeExpr, Literal};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::scalar::ScalarValue;

use super::evaluator::Evaluator;
use super::truth::Truth;
use super::value_range::Bound;

fn text(expression: &Arc<dyn PhysicalExpr>) -> Option<&str> {
    expression.downcast_ref::<Literal>()?.value().try_as_str()?
}

/// Texts that have to begin with `prefix`; `suffices` if that is all that is asked of them.
fn begins(
    evaluator: &Evaluator,
    operand: &Arc<dyn PhysicalExpr>,
    prefix: &str,
    suffices: bool,
) -> Option<Truth> {
    let data_type = evaluator.data_type(operand)?;
    let prefix = prefix.to_string();
    let prefix = match data_type {
        DataType::Utf8 => ScalarValue::Utf8(Some(prefix)),
        DataType::LargeUtf8 => ScalarValue::LargeUtf8(Some(prefix)),
        DataType::Utf8View => ScalarValue::Utf8View(Some(prefix)),
        _ => return None,
    };
    let prefix = Bound::Same(prefix.to_array().ok()?);
    let range = evaluator.range(operand);
    let values = range.nulls.may_be_value();
    let lo_begins = range.lo.surely(starts_with, &prefix);
    // After all that begins with the prefix.
    let after = range.lo.surely(cmp::gt, &prefix).and(&lo_begins.not());
    let outside = range.hi.surely(cmp::lt, &prefix).or(&after);
    let all_begin = lo_begins.and(&range.hi.surely(starts_with, &prefix));
    Some(Truth {
        may_be_true: values.and(&outside.not()),
        may_be_false: match suffices {
            true => values.and(&all_begin.not()),
            false => values,
        },
        may_be_null: range.nulls.may_be_null(),
    })
}

/// The text before the first wildcard or escape, and whether all that follows is one `%`.
fn like_prefix(pattern: &str) -> (&str, bool) {
    let end = pattern.find(['%', '_', '\\']).unwrap_or(pattern.len());
    let (prefix, rest) = pattern.split_at(end);
    (prefix, rest == "%")
}

pub fn like(evaluator: &Evaluator, like: &LikeExpr) -> Option<Truth> {
    if like.case_insensitive() {
        return None;
    }
    let (prefix, suffices) = like_prefix(text(like.pattern())?);
    if prefix.is_empty() {
        return None;
    }
    let truth = begins(evaluator, like.expr(), prefix, suffices)?;
    Some(match like.negated() {
        true => truth.not(),
        false => truth,
    })
}

/// `starts_with(operand, prefix)`.
pub fn starts(evaluator: &Evaluator, arguments: &[Arc<dyn PhysicalExpr>]) -> Option<Truth> {
    let [operand, prefix] = arguments else { return None };
    begins(evaluator, operand, text(prefix)?, true)
}

/// The text that everything begins with that matches the regular expression.
fn regex_prefix(pattern: &str) -> Option<String> {
    let rest = pattern.strip_prefix('^')?;
    let plain = |letter: char| letter.is_alphanumeric() || " _-/:,;@#=<>&%!\"'".contains(letter);
    let mut prefix: String = rest.chars().take_while(|letter| plain(*letter)).collect();
    let next = rest.chars().nth(prefix.chars().count());
    if matches!(next, Some('*' | '?' | '{')) {
        prefix.pop();
    }
    // An alternative, or a group with flags, may undo what came before it.
    let is_certain = !pattern.contains('|') && !pattern.contains("(?");
    (is_certain && !prefix.is_empty()).then_some(prefix)
}

/// `operand ~ pattern`.
pub fn regex(evaluator: &Evaluator, binary: &BinaryExpr) -> Option<Truth> {
    let prefix = regex_prefix(text(binary.right())?)?;
    begins(evaluator, binary.left(), &prefix, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_prefix_up_to_the_first_wildcard() {
        assert_eq!(like_prefix("abc%"), ("abc", true));
        assert_eq!(like_prefix("abc"), ("abc", false));
        assert_eq!(like_prefix("a_c%"), ("a", false));
        assert_eq!(like_prefix("a%c%"), ("a", false));
        assert_eq!(like_prefix("a\\%%"), ("a", false));
        assert_eq!(like_prefix("%"), ("", true));
    }

    #[test]
    fn an_anchored_expression_is_a_prefix_up_to_the_first_operator() {
        let prefix = |pattern| regex_prefix(pattern).unwrap_or_default();
        assert_eq!(prefix("^abc"), "abc");
        assert_eq!(prefix("^abc.*d"), "abc");
        assert_eq!(prefix("^abc*"), "ab");
        assert_eq!(prefix("^ab{0,2}"), "a");
        assert_eq!(prefix("^ab+"), "ab");
        for unknown in ["abc", "^a|b", "^(?i)abc", "^a?", "^.a", ""] {
            assert_eq!(prefix(unknown), "", "{unknown}");
        }
    }
}
