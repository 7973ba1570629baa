//! Credentials never appear in messages: whatever was handed over as one is known here and is
//! blotted out of every error text that leaves the bridge.

use std::collections::BTreeSet;
use std::sync::RwLock;

static SECRETS: RwLock<BTreeSet<String>> = RwLock::new(BTreeSet::new());

/// Shorter texts would blot out ordinary words.
const SHORTEST: usize = 6;

pub fn remember_secret(secret: &str) {
    if secret.len() >= SHORTEST {
        if let Ok(mut secrets) = SECRETS.write() {
            secrets.insert(secret.to_string());
            // The form that it takes in a URL.
            let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            secrets.insert(encoded);
        }
    }
}

pub fn redact(text: &str) -> String {
    let mut text = text.to_string();
    if let Ok(secrets) = SECRETS.read() {
        for secret in secrets.iter() {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "REDACTED");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_blotted_out_in_both_spellings() {
        remember_secret("pass/word+1");
        assert_eq!(redact("x pass/word+1 y pass%2Fword%2B1"), "x REDACTED y REDACTED");
        remember_secret("abc");
        assert_eq!(redact("abc"), "abc");
    }
}
