//! Files that a statement names by their path, as DataFusion's `ListingTable`: what is loaded into tables.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::execution::SessionState;
use futures::{StreamExt, TryStreamExt};

use crate::border::error::{code, Error, Result};

/// The state of a session, as what the session holds may keep it.
pub type StateReference = Arc<dyn Fn() -> Option<SessionState> + Send + Sync>;

/// The endings of names, and DataFusion's names of their formats.
const FORMATS: [(&str, &str); 5] = [
    (".csv", "csv"),
    (".json", "json"),
    (".ndjson", "json"),
    (".jsonl", "json"),
    (".parquet", "parquet"),
];

/// Endings of compressed texts, and DataFusion's names of their compressions.
const COMPRESSIONS: [(&str, &str); 4] =
    [(".gz", "gzip"), (".bz2", "bzip2"), (".xz", "xz"), (".zst", "zstd")];

#[derive(Debug, PartialEq)]
struct FileKind {
    format: &'static str,
    compression: Option<&'static str>,
    /// Of all files that the name means.
    ending: String,
}

impl FileKind {
    fn of(name: &str) -> Option<Self> {
        let name = name.strip_suffix('/').unwrap_or(name);
        let packed = COMPRESSIONS.iter().find(|(ending, _)| name.ends_with(ending));
        let plain = name.strip_suffix(packed.map_or("", |(ending, _)| ending))?;
        let (ending, format) = FORMATS.iter().find(|(ending, _)| plain.ends_with(ending))?;
        let is_known = packed.is_none() || *format != "parquet";
        is_known.then(|| Self {
            format,
            compression: packed.map(|(_, compression)| *compression),
            ending: format!("{ending}{}", packed.map_or("", |(ending, _)| ending)),
        })
    }
}

/// Makes tables of files.
#[derive(Clone)]
pub struct FileTables {
    state: StateReference,
}

impl fmt::Debug for FileTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileTables").finish_non_exhaustive()
    }
}

impl FileTables {
    pub fn new(state: StateReference) -> Self {
        Self { state }
    }

    /// The rows of the files that a path names, of which `*` stands for some characters; nothing where
    /// its ending is that of no format, or there is no such file.
    pub async fn find(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(kind) = FileKind::of(name) else { return Ok(None) };
        let gone = || Error::new(code::INTERNAL, "The session is gone.");
        let state = (self.state)().ok_or_else(gone)?;
        let url = ListingTableUrl::parse(name)?;
        let Some(factory) = state.get_file_format_factory(kind.format) else { return Ok(None) };
        let compression = kind
            .compression
            .map(|compression| ("format.compression".to_string(), compression.to_string()));
        let format = factory.create(&state, &HashMap::from_iter(compression))?;
        let store = state.runtime_env().object_store(&url)?;
        let files = url.list_all_files(&state, store.as_ref(), &kind.ending).await?;
        if files.take(1).try_collect::<Vec<_>>().await?.is_empty() {
            return Ok(None);
        }
        let options = ListingOptions::new(format).with_file_extension(kind.ending);
        let config = ListingTableConfig::new(url).with_listing_options(options);
        let config = config.infer_partitions_from_path(&state).await?.infer_schema(&state).await?;
        if config.file_schema.as_ref().is_none_or(|schema| schema.fields().is_empty()) {
            return Ok(None);
        }
        Ok(Some(Arc::new(ListingTable::try_new(config)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_format_and_compression() {
        let kind = |format, compression, ending: &str| {
            Some(FileKind { format, compression, ending: ending.to_string() })
        };
        assert_eq!(FileKind::of("./a.csv"), kind("csv", None, ".csv"));
        assert_eq!(FileKind::of("x/*.csv.gz"), kind("csv", Some("gzip"), ".csv.gz"));
        assert_eq!(FileKind::of("./a.jsonl.zst"), kind("json", Some("zstd"), ".jsonl.zst"));
        assert_eq!(FileKind::of("./a.parquet/"), kind("parquet", None, ".parquet"));
        for name in ["./a", "./a.parquet.gz", "./a.txt", "./csv", "./a.gz", ""] {
            assert_eq!(FileKind::of(name), None, "{name}");
        }
    }
}
