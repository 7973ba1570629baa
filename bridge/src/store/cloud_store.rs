//! The stores of `object_store` that are reached over a network, made from settings.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::limit::LimitStore;
use object_store::{Certificate, ClientConfigKey, ClientOptions, ObjectStore, RetryConfig};
use url::Url;

use crate::border::error::{code, Error, Result};
use crate::ffi::bridge::Pair;
use crate::store::aws_credentials::{choose_credentials, AwsAccount};

/// The setting for how many requests may be under way.
pub const CONCURRENCY_LIMIT: &str = "object_store_concurrency_limit";

fn invalid(message: impl Into<String>) -> Error {
    Error::new(code::INVALID_ARGUMENT, message)
}

fn unusable(error: object_store::Error) -> Error {
    let error = Error::from(error);
    invalid(format!("The store's URL and options do not fit together: {}", error.message()))
}

/// The settings of a store by the canonical names of options, whose values fit their types: durations
/// are nanoseconds, such as `5ns`. What is taken is gone.
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    fn new(pairs: Vec<Pair>) -> Result<Self> {
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

    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Takes a value that is put down as a number, which a unit may follow.
    fn take_number<T: FromStr>(&mut self, name: &str) -> Result<Option<T>> {
        let Some(text) = self.take(name) else { return Ok(None) };
        let number = text.strip_suffix("ns").unwrap_or(&text).parse().ok();
        number.map(Some).ok_or_else(|| invalid(format!("A storage option is no number: {name}")))
    }

    fn take_duration(&mut self, name: &str) -> Result<Option<Duration>> {
        Ok(self.take_number(name)?.map(Duration::from_nanos))
    }

    fn take_retry(&mut self) -> Result<RetryConfig> {
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

    fn take_client_options(&mut self) -> Result<ClientOptions> {
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
    fn take_rest<K: FromStr>(&mut self) -> Result<Vec<(K, String)>> {
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

fn connect_s3(url: &Url, mut settings: Settings) -> Result<Arc<dyn ObjectStore>> {
    let (retry, client) = (settings.take_retry()?, settings.take_client_options()?);
    if let Some(is_virtual) = settings.take("aws_s3_addressing_style") {
        settings.0.entry("aws_virtual_hosted_style_request".to_string()).or_insert(is_virtual);
    }
    let account = AwsAccount::take_from(&mut settings, &retry, &client);
    let mut builder =
        AmazonS3Builder::new().with_url(url.as_str()).with_retry(retry).with_client_options(client);
    for (key, value) in settings.take_rest::<AmazonS3ConfigKey>()? {
        builder = builder.with_config(key, value);
    }
    let builder = choose_credentials(builder, account)?;
    Ok(Arc::new(builder.build().map_err(unusable)?))
}

fn connect_google(url: &Url, mut settings: Settings) -> Result<Arc<dyn ObjectStore>> {
    let mut builder = GoogleCloudStorageBuilder::new()
        .with_url(url.as_str())
        .with_retry(settings.take_retry()?)
        .with_client_options(settings.take_client_options()?);
    for (key, value) in settings.take_rest::<GoogleConfigKey>()? {
        builder = builder.with_config(key, value);
    }
    Ok(Arc::new(builder.build().map_err(unusable)?))
}

fn connect_azure(url: &Url, mut settings: Settings) -> Result<Arc<dyn ObjectStore>> {
    let mut builder = MicrosoftAzureBuilder::new()
        .with_url(url.as_str())
        .with_retry(settings.take_retry()?)
        .with_client_options(settings.take_client_options()?);
    for (key, value) in settings.take_rest::<AzureConfigKey>()? {
        builder = builder.with_config(key, value);
    }
    Ok(Arc::new(builder.build().map_err(unusable)?))
}

fn connect_http(url: &Url, mut settings: Settings) -> Result<Arc<dyn ObjectStore>> {
    if url.scheme() == "http" {
        settings.0.entry("allow_http".to_string()).or_insert("true".to_string());
    }
    let builder = HttpBuilder::new()
        .with_url(&url[..url::Position::BeforePath])
        .with_retry(settings.take_retry()?)
        .with_client_options(settings.take_client_options()?);
    settings.take_rest::<ClientConfigKey>()?;
    Ok(Arc::new(builder.build().map_err(unusable)?))
}

/// The store that a URL of a cloud or a web server names.
pub fn connect(url: &Url, settings: Vec<Pair>) -> Result<Arc<dyn ObjectStore>> {
    let mut settings = Settings::new(settings)?;
    let limit = settings.take_number(CONCURRENCY_LIMIT)?;
    let store = match url.scheme() {
        "s3" | "s3a" => connect_s3(url, settings)?,
        "gs" => connect_google(url, settings)?,
        "az" | "adl" | "azure" | "abfs" | "abfss" => connect_azure(url, settings)?,
        "http" | "https" => connect_http(url, settings)?,
        scheme => return Err(invalid(format!("The URL's scheme is not known: {scheme}"))),
    };
    Ok(match limit {
        Some(limit) => Arc::new(LimitStore::new(store, limit)),
        None => store,
    })
}

#[cfg(test)]
mod tests {
    use serde::de::value::{Error as ValueError, StrDeserializer};
    use serde::de::{Deserializer, IntoDeserializer, Visitor};
    use serde::Deserialize;

    use super::*;

    /// Finds the names of an enum's variants.
    struct Variants<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Variants<'_> {
        type Error = ValueError;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ValueError> {
            Err(serde::de::Error::custom("no enum"))
        }

        fn deserialize_enum<V: Visitor<'de>>(
            self,
            _: &'static str,
            variants: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, ValueError> {
            *self.0 = variants;
            Err(serde::de::Error::custom("only the names are wanted"))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
        }
    }

    /// The canonical names of the keys of a store, without those of clients and encryption.
    fn names_of<K: for<'de> Deserialize<'de> + AsRef<str>>() -> Vec<String> {
        let mut variants: &[&str] = &[];
        assert!(K::deserialize(Variants(&mut variants)).is_err());
        let names: Vec<String> = variants
            .iter()
            .filter_map(|variant| {
                let name: StrDeserializer<'_, ValueError> = variant.into_deserializer();
                K::deserialize(name).ok().map(|key| key.as_ref().to_string())
            })
            .collect();
        assert!(variants.len() - names.len() <= 2, "{variants:?}");
        names
    }

    /// docs/storage_options.md is what C++ knows, as a test there says.
    #[test]
    fn every_key_of_object_store_is_documented() {
        let document = include_str!("../../../docs/storage_options.md");
        let mut names = names_of::<AmazonS3ConfigKey>();
        names.extend(names_of::<AzureConfigKey>());
        names.extend(names_of::<GoogleConfigKey>());
        names.extend(names_of::<ClientConfigKey>());
        assert!(names.len() > 70, "{names:?}");
        for name in names {
            assert!(document.contains(&format!("`{name}`")), "{name}");
        }
    }

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
