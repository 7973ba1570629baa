//! Credentials never appear in messages. C++ remembers and hides them (`base/redaction`); every error
//! text that leaves the bridge goes through `redact`.

#[cfg(not(test))]
pub use crate::ffi::bridge::{is_secret_key, redact, redact_url, remember_option, remember_url};

/// The tests of the crate run without C++.
#[cfg(test)]
mod without_cpp {
    pub fn redact(text: &str) -> String {
        text.to_string()
    }

    pub fn redact_url(url: &str) -> String {
        url.to_string()
    }

    pub fn is_secret_key(_key: &str) -> bool {
        false
    }

    pub fn remember_url(_url: &str) {}

    pub fn remember_option(_key: &str, _value: &str) {}
}
#[cfg(test)]
pub use without_cpp::{is_secret_key, redact, redact_url, remember_option, remember_url};
