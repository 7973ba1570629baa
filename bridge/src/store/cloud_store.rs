//! The stores of `object_store` that are reached over a network, made from settings.

use std::sync::Arc;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::limit::LimitStore;
use object_store::list::PaginatedListStore;
use object_store::{ClientConfigKey, ObjectStore};
use url::Url;

use crate::border::error::{Error, Result};
use crate::ffi::bridge::Pair;
use crate::store::aws_credentials::{choose_credentials, AwsAccount};
use crate::store::store_settings::{invalid, Settings};

/// The setting for how many requests may be under way.
pub const CONCURRENCY_LIMIT: &str = "object_store_concurrency_limit";

fn unusable(error: object_store::Error) -> Error {
    let error = Error::from(error);
    invalid(format!("The store's URL and options do not fit together: {}", error.message()))
}

/// A store, and its own listing by pages where that knows offsets.
pub struct CloudStore {
    pub store: Arc<dyn ObjectStore>,
    pub pages: Option<Arc<dyn PaginatedListStore>>,
}

impl CloudStore {
    fn new<S: ObjectStore + PaginatedListStore>(store: S, knows_offsets: bool) -> Self {
        let store = Arc::new(store);
        let pages = knows_offsets.then(|| store.clone() as Arc<dyn PaginatedListStore>);
        Self { store, pages }
    }
}

fn connect_s3(url: &Url, mut settings: Settings) -> Result<CloudStore> {
    let (retry, client) = (settings.take_retry()?, settings.take_client_options()?);
    if let Some(is_virtual) = settings.take("aws_s3_addressing_style") {
        settings.set_default("aws_virtual_hosted_style_request", is_virtual);
    }
    let is_express = settings.is_set("aws_s3_express");
    let account = AwsAccount::take_from(&mut settings, &retry, &client);
    let mut builder =
        AmazonS3Builder::new().with_url(url.as_str()).with_retry(retry).with_client_options(client);
    for (key, value) in settings.take_rest::<AmazonS3ConfigKey>()? {
        builder = builder.with_config(key, value);
    }
    let builder = choose_credentials(builder, account)?;
    Ok(CloudStore::new(builder.build().map_err(unusable)?, !is_express))
}

fn connect_google(url: &Url, mut settings: Settings) -> Result<CloudStore> {
    let mut builder = GoogleCloudStorageBuilder::new()
        .with_url(url.as_str())
        .with_retry(settings.take_retry()?)
        .with_client_options(settings.take_client_options()?);
    for (key, value) in settings.take_rest::<GoogleConfigKey>()? {
        builder = builder.with_config(key, value);
    }
    Ok(CloudStore::new(builder.build().map_err(unusable)?, true))
}

fn connect_azure(url: &Url, mut settings: Settings) -> Result<CloudStore> {
    let is_emulator = settings.is_set("azure_storage_use_emulator");
    let mut builder = MicrosoftAzureBuilder::new()
        .with_url(url.as_str())
        .with_retry(settings.take_retry()?)
        .with_client_options(settings.take_client_options()?);
    for (key, value) in settings.take_rest::<AzureConfigKey>()? {
        builder = builder.with_config(key, value);
    }
    Ok(CloudStore::new(builder.build().map_err(unusable)?, !is_emulator))
}

fn connect_http(url: &Url, mut settings: Settings) -> Result<CloudStore> {
    if url.scheme() == "http" {
        settings.set_default("allow_http", "true".to_string());
    }
    let builder = HttpBuilder::new()
        .with_url(&url[..url::Position::BeforePath])
        .with_retry(settings.take_retry()?)
        .with_client_options(settings.take_client_options()?);
    settings.take_rest::<ClientConfigKey>()?;
    Ok(CloudStore { store: Arc::new(builder.build().map_err(unusable)?), pages: None })
}

/// The store that a URL of a cloud or a web server names.
pub fn connect(url: &Url, settings: Vec<Pair>) -> Result<CloudStore> {
    let mut settings = Settings::new(settings)?;
    let limit = settings.take_number(CONCURRENCY_LIMIT)?;
    let connected = match url.scheme() {
        "s3" | "s3a" => connect_s3(url, settings)?,
        "gs" => connect_google(url, settings)?,
        "az" | "adl" | "azure" | "abfs" | "abfss" => connect_azure(url, settings)?,
        "http" | "https" => connect_http(url, settings)?,
        scheme => return Err(invalid(format!("The URL's scheme is not known: {scheme}"))),
    };
    Ok(match limit {
        // Its own listing would not be counted.
        Some(limit) => {
            CloudStore { store: Arc::new(LimitStore::new(connected.store, limit)), pages: None }
        }
        None => connected,
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
}
