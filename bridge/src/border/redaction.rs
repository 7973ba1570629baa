//! Credentials never appear in messages: whatever was handed over as one is known here and is
//! blotted out of every error text that leaves the bridge.

use std::collections::VecDeque;
use std::sync::{PoisonError, RwLock};

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// The ones that were handed over last come last. A process that is given new credentials for ever
/// forgets the oldest.
static SECRETS: RwLock<VecDeque<String>> = RwLock::new(VecDeque::new());
const MOST: usize = 4096;

/// Shorter texts would blot out ordinary words.
const SHORTEST: usize = 6;

/// Longer ones are documents, which no message holds as a whole.
const LONGEST: usize = 16 << 10;

fn remember(secret: &str) {
    if secret.len() < SHORTEST || secret.len() > LONGEST {
        return;
    }
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(place) = secrets.iter().position(|known| known == secret) {
        secrets.remove(place);
    } else if secrets.len() == MOST {
        secrets.pop_front();
    }
    secrets.push_back(secret.to_string());
}

/// Blots out `secret` from now on, in the spellings that it takes in URLs too.
fn remember_secret(secret: &str) {
    remember(secret);
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    if encoded != secret {
        remember(&encoded);
    }
    if secret.contains('%') {
        for (decoded, _) in url::form_urlencoded::parse(secret.as_bytes()) {
            remember(&decoded);
        }
    }
}

/// Remembers user info in the form that it takes in a header.
fn remember_basic(user_info: &str) {
    let decoded = percent_decoded(user_info);
    let pair = if decoded.contains(&b':') { decoded } else { [decoded, b":".to_vec()].concat() };
    remember(&base64(&pair));
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = hex.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped.filter(|_| *first == b'%') {
            Some(byte) => {
                decoded.push(byte);
                rest = &tail[2..];
            }
            None => {
                decoded.push(*first);
                rest = tail;
            }
        }
    }
    decoded
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let number = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let shift = 18 - 6 * digit;
            let known = digit <= chunk.len();
            text.push(if known { DIGITS[(number >> shift & 63) as usize].into() } else { '=' });
        }
    }
    text
}

/// Whether an option of that name, which has dots or underscores, holds a credential.
pub fn is_secret_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace('.', "_");
    ["secret", "token", "password", "sas", "_key", "signature", "credential", "authorization"]
        .iter()
        .any(|word| key.contains(word))
}

/// Remembers what of a URL is a credential: user info and query.
pub fn remember_url(text: &str) {
    let Some((scheme, rest)) = text.split_once("://") else { return };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((user_info, _)) = authority.rsplit_once('@') {
        remember_basic(user_info);
        match user_info.split_once(':') {
            Some((_, password)) => remember_secret(password),
            // A token in the user's place; containers of Azure stand there as well.
            None if matches!(scheme, "http" | "https") => remember_secret(user_info),
            None => {}
        }
    }
    if let Some((_, query)) = rest.split_once('?') {
        for pair in query.split(['&', '#']) {
            remember_secret(pair.split_once('=').map_or(pair, |(_, value)| value));
        }
    }
}

/// The text without what is a credential where it is a URL: user info and query.
pub fn redact_url(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_string() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) if user.contains(':') || matches!(scheme, "http" | "https") => {
            format!("REDACTED@{host}")
        }
        _ => authority.to_string(),
    };
    let rest = match rest.split_once('?') {
        Some((path, _)) => format!("{path}?REDACTED"),
        None => rest.to_string(),
    };
    format!("{scheme}://{authority}{rest}")
}

/// Remembers what of an option is a credential.
pub fn remember_option(key: &str, value: &str) {
    remember_url(value);
    if !is_secret_key(key) {
        return;
    }
    remember_secret(value);
    // As errors of the SQL parser quote it.
    let quoted = format!("{value:?}");
    remember(quoted.get(1..quoted.len() - 1).unwrap_or_default());
    // Of a JSON document the members that are secret, which may be quoted without the rest.
    let parts: Vec<&str> = value.split('"').collect();
    for member in parts.windows(3) {
        if member[1].trim() == ":" && is_secret_key(member[0]) {
            remember(member[2]);
        }
    }
}

/// Remembers the credentials in the text of a statement: of URLs, and of options.
pub fn remember_secrets_in(tokens: &[TokenWithSpan]) {
    let mut in_options = false;
    let mut key: Option<&str> = None;
    for token in tokens {
        match &token.token {
            Token::Word(word) if word.value.eq_ignore_ascii_case("options") => in_options = true,
            Token::SingleQuotedString(text) | Token::DoubleQuotedString(text) => {
                remember_url(text);
                match key.take() {
                    Some(key) => remember_option(key, text),
                    None if in_options && is_secret_key(text) => key = Some(text),
                    None => {}
                }
            }
            Token::Word(word) => {
                remember_url(&word.value);
                if in_options && is_secret_key(&word.value) {
                    key = Some(&word.value);
                }
            }
            _ => {}
        }
    }
}

pub fn redact(text: &str) -> String {
    let mut text = text.to_string();
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    for secret in secrets.iter() {
        if text.contains(secret.as_str()) {
            text = text.replace(secret.as_str(), "REDACTED");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::GenericDialect;
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::*;

    #[test]
    fn a_secret_is_blotted_out_in_both_spellings() {
        remember_secret("pass/word+1");
        assert_eq!(redact("x pass/word+1 y pass%2Fword%2B1"), "x REDACTED y REDACTED");
        remember_secret("abc");
        assert_eq!(redact("abc"), "abc");
        remember_secret("per%20cent");
        assert_eq!(redact("per%20cent, per cent"), "REDACTED, REDACTED");
    }

    #[test]
    fn user_info_and_queries_of_urls_are_secrets() {
        remember_url("s3://user:canary-1@bucket/t?sig=canary-2&x=canary-3#end");
        remember_url("https://canary-4@host/");
        assert_eq!(base64(b"user:canary-1"), "dXNlcjpjYW5hcnktMQ==");
        assert_eq!(redact("Basic dXNlcjpjYW5hcnktMQ=="), "Basic REDACTED");
        remember_url("abfss://container@account/t");
        let shown = redact("canary-1 canary-2 canary-3 canary-4 container");
        assert_eq!(shown, "REDACTED REDACTED REDACTED REDACTED container");
    }

    #[test]
    fn options_of_a_statement_are_secrets_by_their_names() {
        let sql = "CREATE EXTERNAL TABLE t STORED AS X LOCATION 'http://u:canary-5@h/' \\
                   OPTIONS ('a_secret' = 'canary-6', My_Token 'canary-7', region 'north-pole')";
        let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize_with_location();
        remember_secrets_in(&tokens.unwrap_or_default());
        let shown = redact("canary-5 canary-6 canary-7 north-pole");
        assert_eq!(shown, "REDACTED REDACTED REDACTED north-pole");
        remember_secrets_in(&[]);
    }

    #[test]
    fn parts_of_a_document_are_secrets() {
        let document = r#"{"type": "service_account", "private_key": "canary-8", "x": 1}"#;
        remember_option("google_service_account_key", document);
        assert_eq!(redact("service_account `canary-8`"), "service_account `REDACTED`");
        remember_option("some_key", r#"["canary-9"]"#);
        assert_eq!(redact(r#"ParserError("[\"canary-9\"]")"#), r#"ParserError("REDACTED")"#);
    }
}
