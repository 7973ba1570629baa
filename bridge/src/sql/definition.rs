//! The SQL text that a table is made by, as `SHOW CREATE TABLE` shows it.

use datafusion::sql::parser::CreateExternalTable;
use datafusion::sql::sqlparser::ast::Value;

use crate::border::redaction::{is_secret_key, redact, redact_url};

/// The value of an option, without what of it is a credential.
fn shown(key: &str, value: &Value) -> Value {
    let text = match value {
        _ if is_secret_key(key) => "REDACTED".to_string(),
        Value::SingleQuotedString(text)
        | Value::DoubleQuotedString(text)
        | Value::EscapedStringLiteral(text) => redact_url(text),
        other => return other.clone(),
    };
    Value::SingleQuotedString(text)
}

/// DataFusion's own text of the statement, which has no options, and they after it.
pub fn definition(statement: &CreateExternalTable) -> String {
    let mut statement = statement.clone();
    for location in &mut statement.locations {
        *location = redact_url(location);
    }
    let option = |(key, value): &(String, Value)| {
        format!("{} {}", Value::SingleQuotedString(key.clone()), shown(key, value))
    };
    let options: Vec<String> = statement.options.iter().map(option).collect();
    redact(&match options.is_empty() {
        true => statement.to_string(),
        false => format!("{statement} OPTIONS ({})", options.join(", ")),
    })
}
