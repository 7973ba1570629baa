//! The settings of a store: by the canonical names of options, each taken once.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use object_store::{Certificate, ClientConfigKey, ClientOptions, RetryConfig};
use url::Url;

use crate::border::error::{code, Error, Result};
use crate::ffi::bridge::Pair;

pub fn invalid(message: impl Into<String>) -> Error {
    Error::new(code::INVALID_ARGUMENT, message)
}

/// The settings of a store by the canonical names of options, whose values fit their types: durations
/// are nanoseconds, such as `5ns`. What is taken is gone.
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    pub fn new(pairs: Vec<Pair>) -> Result<Self> {
        for Pair { key, value } in &pairs {
            let is_url = value.starts_with("http://") || value.starts_with("https://");
            // `object_store` panics over URLs that it cannot parse.
            if is_url && (Url::parse(value).is_err() || http::Uri::from_str(value).is_err()) {
                return Err(invalid(format!("The URL of a storage option is malformed: {key}")));
            }
        }
        Ok(Self(pairs.into_iter().map(|pair| (pair.key, pair.value)).collect()))
    }

    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    /// Whether a switch is on, or at least not off.
    pub fn is_set(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| value != "false")
    }

    pub fn set_default(&mut self, name: &str, value: String) {
        self.0.entry(name.to_string()).or_insert(value);
    }

    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Takes a value that is put down as a number, which a unit may follow.
    pub fn take_number<T: FromStr>(&mut self, name: &str) -> Result<Option<T>> {
        let Some(text) = self.take(name) else { return Ok(None) };
        let number = text.strip_suffix("ns").unwrap_or(&text).parse().ok();
        number.map(Some).ok_or_else(|| invalid(format!("A storage option is no number: {name}")))
    }

    pub fn take_duration(&mut self, name: &str) -> Result<Option<Duration>> {
        Ok(self.take_number(name)?.map(Duration::from_nanos))
    }

    pub fn take_retry(&mut self) -> Result<RetryConfig> {
        let mut retry = RetryConfig::default();
        retry.max_retries = self.take_number("max_retries")?.unwrap_or(retry.max_retries);
        retry.retry_timeout = self.take_duration("retry_timeout")?.unwrap_or(retry.retry_timeout);
        let backoff = &mut retry.backoff;
        let init = self.take_duration("backoff_config_init_backoff")?;
        let max = self.take_duration("backoff_config_max_backoff")?;
        backoff.base = self.take_number("backoff_config_base")?.unwrap_or(backoff.base);
        backoff.max_backoff = max.unwrap_or(backoff.max_backoff).max(init.unwrap_or_default());
        backoff.init_backoff = init.unwrap_or(backoff.init_backoff).min(backoff.max_backoff);
        if init.zip(max).is_some_and(|(init, max)| init > max) {
            let message = "The storage option backoff_config.init_backoff exceeds max_backoff.";
            return Err(invalid(message));
        }
        // `object_store` draws a random number between this and a multiple of it.
        backoff.init_backoff = backoff.init_backoff.max(Duration::from_nanos(1));
        backoff.max_backoff = backoff.max_backoff.max(backoff.init_backoff);
        Ok(retry)
    }

    pub fn take_client_options(&mut self) -> Result<ClientOptions> {
        let mut options = ClientOptions::new();
        if let Some(path) = self.take("certificate_path") {
            let unreadable = |error: &dyn std::fmt::Display| {
                invalid(format!("The file of certificates cannot be read: {error}: {path}"))
            };
            let pem = std::fs::read(&path).map_err(|error| unreadable(&error))?;
            let certificates =
                Certificate::from_pem_bundle(&pem).map_err(|error| unreadable(&error))?;
            if certificates.is_empty() {
                return Err(unreadable(&"it holds no PEM certificate"));
            }
            for certificate in certificates {
                options = options.with_root_certificate(certificate);
            }
        }
        let names: Vec<String> = self.0.keys().cloned().collect();
        for name in names {
            let Ok(key) = ClientConfigKey::from_str(&name) else { continue };
            if let Some(value) = self.take(&name) {
                options = options.with_config(key, value);
            }
        }
        Ok(options)
    }

    /// What is left.
    pub fn take_rest<K: FromStr>(&mut self) -> Result<Vec<(K, String)>> {
        std::mem::take(&mut self.0)
            .into_iter()
            .map(|(name, value)| {
                let key = K::from_str(&name).map_err(|_| {
                    Error::new(code::INTERNAL, format!("The store has no such setting: {name}"))
                })?;
                Ok((key, value))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Result<Settings> {
        let pair =
            |(key, value): &(&str, &str)| Pair { key: key.to_string(), value: value.to_string() };
        Settings::new(pairs.iter().map(pair).collect())
    }

    #[test]
    fn waits_between_retries_never_panic() -> Result<()> {
        for (init, max) in [(None, None), (Some("0ns"), Some("0ns")), (None, Some("1ns"))] {
            let mut pairs = vec![("backoff_config_base", "1.0000001")];
            pairs.extend(init.map(|value| ("backoff_config_init_backoff", value)));
            pairs.extend(max.map(|value| ("backoff_config_max_backoff", value)));
            let backoff = settings(&pairs)?.take_retry()?.backoff;
            assert!(backoff.init_backoff <= backoff.max_backoff && !backoff.init_backoff.is_zero());
        }
        let init = ("backoff_config_init_backoff", "20000000000ns");
        assert_eq!(settings(&[init])?.take_retry()?.backoff.max_backoff.as_secs(), 20);
        let max = ("backoff_config_max_backoff", "1ns");
        assert!(settings(&[init, max])?.take_retry().is_err());
        Ok(())
    }

    #[test]
    fn urls_that_cannot_be_parsed_are_refused() {
        for url in ["http://", "http://h:99999", "https://[", "http://a<b"] {
            assert!(settings(&[("aws_endpoint", url)]).is_err(), "{url}");
        }
        assert!(settings(&[("aws_endpoint", "http://127.0.0.1:9000/x")]).is_ok());
    }
}
