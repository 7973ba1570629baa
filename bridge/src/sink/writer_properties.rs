//! `parquet::file::properties::WriterProperties` from texts.

use std::str::FromStr;

use datafusion::arrow::datatypes::DataType;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use crate::border::error::{code, Error, Result};
use crate::ffi::bridge::Pair;
use crate::sink::stored_schema::Leaf;

const COLUMN_PREFIX: &str = "column.";

/// The properties of one column.
#[derive(Clone, Default)]
struct ColumnProperties {
    compression: Option<Compression>,
    dictionary_enabled: Option<bool>,
    encoding: Option<Encoding>,
    statistics_enabled: Option<EnabledStatistics>,
    bloom_filter_enabled: Option<bool>,
    bloom_filter_fpp: Option<f64>,
    bloom_filter_ndv: Option<u64>,
}

/// Whether the properties say which columns have dictionaries.
pub fn says_dictionaries(given: &[Pair]) -> bool {
    const NAME: &str = "dictionary_enabled";
    given.iter().any(|pair| pair.key.rsplit('.').next() == Some(NAME))
}

/// The properties, by their names, of a writer of files with these leaves.
pub fn writer_properties(
    given: &[Pair],
    created_by: &str,
    leaves: &[Leaf],
) -> Result<WriterProperties> {
    let mut builder = WriterProperties::builder()
        .set_created_by(created_by.to_string())
        .set_compression(Compression::SNAPPY);
    let mut common = ColumnProperties::default();
    let mut special: Vec<Option<ColumnProperties>> = vec![None; leaves.len()];
    for Pair { key, value } in given {
        let named = key.strip_prefix(COLUMN_PREFIX).and_then(|rest| rest.rsplit_once('.'));
        match named {
            Some((path, name)) => {
                let found = leaves_below(leaves, path);
                if found.is_empty() {
                    return Err(refusal(key, value, "there is no such column in the files"));
                }
                for leaf in found {
                    let properties = special[leaf].get_or_insert_default();
                    set_of_column(properties, name, key, value)?;
                    if properties.encoding.is_some_and(|by| !fits(by, &leaves[leaf].data_type)) {
                        return Err(refusal(
                            key,
                            value,
                            "values of its type have no such encoding",
                        ));
                    }
                }
            }
            None if is_of_file(key) => builder = set_of_file(builder, key, value)?,
            None => set_of_column(&mut common, key, key, value)?,
        }
    }
    for (leaf, special) in leaves.iter().zip(special) {
        let properties = over(special.unwrap_or_default(), &common, &leaf.data_type);
        builder = set_column(builder, ColumnPath::new(leaf.stored_path.clone()), properties);
    }
    Ok(builder.build())
}

fn refusal(key: &str, value: &str, why: &str) -> Error {
    let message = format!("The writer property {key} cannot have this value, {why}: {value}");
    Error::new(code::INVALID_ARGUMENT, message)
}

/// The leaves of the column, or of the field, that a path with dots names.
fn leaves_below(leaves: &[Leaf], path: &str) -> Vec<usize> {
    let is_below =
        |leaf: &Leaf| (1..=leaf.path.len()).any(|length| leaf.path[..length].join(".") == path);
    (0..leaves.len()).filter(|index| is_below(&leaves[*index])).collect()
}

fn is_of_file(name: &str) -> bool {
    matches!(
        name,
        "max_row_group_size"
            | "data_page_size_limit"
            | "dictionary_page_size_limit"
            | "data_page_row_count_limit"
            | "write_batch_size"
            | "statistics_truncate_length"
    )
}

fn set_of_file(
    builder: WriterPropertiesBuilder,
    name: &str,
    value: &str,
) -> Result<WriterPropertiesBuilder> {
    let number = value.parse::<usize>().ok().filter(|number| *number > 0);
    let number = number.ok_or_else(|| refusal(name, value, "it is a number above 0"))?;
    Ok(match name {
        "max_row_group_size" => builder.set_max_row_group_row_count(Some(number)),
        "data_page_size_limit" => builder.set_data_page_size_limit(number),
        "dictionary_page_size_limit" => builder.set_dictionary_page_size_limit(number),
        "data_page_row_count_limit" => builder.set_data_page_row_count_limit(number),
        "write_batch_size" => builder.set_write_batch_size(number),
        _ => builder
            .set_statistics_truncate_length(Some(number))
            .set_column_index_truncate_length(Some(number)),
    })
}

/// Sets the property `name`, which the caller calls `key`.
fn set_of_column(
    properties: &mut ColumnProperties,
    name: &str,
    key: &str,
    value: &str,
) -> Result<()> {
    match name {
        "compression" => properties.compression = Some(compression(key, value)?),
        "dictionary_enabled" => properties.dictionary_enabled = Some(boolean(key, value)?),
        "encoding" => properties.encoding = Some(encoding(key, value)?),
        "statistics_enabled" => {
            let level = EnabledStatistics::from_str(&value.to_ascii_lowercase());
            let level = level.map_err(|_| refusal(key, value, "it is none, chunk or page"))?;
            properties.statistics_enabled = Some(level);
        }
        "bloom_filter_enabled" => properties.bloom_filter_enabled = Some(boolean(key, value)?),
        "bloom_filter_fpp" => {
            let fpp = value.parse::<f64>().ok().filter(|fpp| *fpp > 0.0 && *fpp < 1.0);
            let fpp = fpp.ok_or_else(|| refusal(key, value, "it is a number between 0 and 1"))?;
            properties.bloom_filter_fpp = Some(fpp);
        }
        "bloom_filter_ndv" => {
            let ndv = value.parse::<u64>().ok().filter(|ndv| *ndv > 0);
            let ndv = ndv.ok_or_else(|| refusal(key, value, "it is a number above 0"))?;
            properties.bloom_filter_ndv = Some(ndv);
        }
        _ => {
            let message = format!("There is no writer property {key}.");
            return Err(Error::new(code::INVALID_ARGUMENT, message));
        }
    }
    Ok(())
}

fn boolean(key: &str, value: &str) -> Result<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(refusal(key, value, "it is true or false")),
    }
}

fn compression(key: &str, value: &str) -> Result<Compression> {
    let text = value.to_ascii_lowercase();
    // Levels of codecs that are named without one.
    let text = match text.as_str() {
        "gzip" => "gzip(6)",
        "brotli" => "brotli(1)",
        "zstd" => "zstd(1)",
        other => other,
    };
    match Compression::from_str(text) {
        Ok(Compression::LZO) | Err(_) => {
            let known = "it is uncompressed, snappy, gzip(n), brotli(n), lz4, lz4_raw or zstd(n)";
            Err(refusal(key, value, known))
        }
        Ok(compression) => Ok(compression),
    }
}

fn encoding(key: &str, value: &str) -> Result<Encoding> {
    match Encoding::from_str(&value.to_ascii_lowercase()) {
        Ok(Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY) => {
            Err(refusal(key, value, "dictionary_enabled says whether there is a dictionary"))
        }
        Ok(
            encoding @ (Encoding::PLAIN
            | Encoding::RLE
            | Encoding::DELTA_BINARY_PACKED
            | Encoding::DELTA_LENGTH_BYTE_ARRAY
            | Encoding::DELTA_BYTE_ARRAY
            | Encoding::BYTE_STREAM_SPLIT),
        ) => Ok(encoding),
        _ => Err(refusal(key, value, "there is no such encoding of values")),
    }
}

/// Whether values of the type can be encoded so.
fn fits(encoding: Encoding, data_type: &DataType) -> bool {
    let is_bytes = data_type.is_string() || data_type.is_binary();
    let is_fixed = matches!(data_type, DataType::FixedSizeBinary(_))
        || matches!(data_type, DataType::Decimal128(precision, _) if *precision > 18)
        || matches!(data_type, DataType::Decimal256(..));
    let is_float = matches!(data_type, DataType::Float32 | DataType::Float64);
    let is_boolean = matches!(data_type, DataType::Boolean);
    let is_integer = !is_bytes && !is_fixed && !is_float && !is_boolean;
    match encoding {
        Encoding::PLAIN => true,
        Encoding::RLE => is_boolean,
        Encoding::DELTA_BINARY_PACKED => is_integer,
        Encoding::DELTA_LENGTH_BYTE_ARRAY => is_bytes && !is_fixed,
        Encoding::DELTA_BYTE_ARRAY => is_bytes || is_fixed,
        Encoding::BYTE_STREAM_SPLIT => is_float || is_integer || is_fixed,
        _ => false,
    }
}

/// What is said of a column, and for the rest what is said of all; of that an encoding counts only where it
/// fits.
fn over(
    special: ColumnProperties,
    common: &ColumnProperties,
    data_type: &DataType,
) -> ColumnProperties {
    let common_encoding = common.encoding.filter(|encoding| fits(*encoding, data_type));
    ColumnProperties {
        compression: special.compression.or(common.compression),
        dictionary_enabled: special.dictionary_enabled.or(common.dictionary_enabled),
        encoding: special.encoding.or(common_encoding),
        statistics_enabled: special.statistics_enabled.or(common.statistics_enabled),
        bloom_filter_enabled: special.bloom_filter_enabled.or(common.bloom_filter_enabled),
        bloom_filter_fpp: special.bloom_filter_fpp.or(common.bloom_filter_fpp),
        bloom_filter_ndv: special.bloom_filter_ndv.or(common.bloom_filter_ndv),
    }
}

fn set_column(
    mut builder: WriterPropertiesBuilder,
    path: ColumnPath,
    properties: ColumnProperties,
) -> WriterPropertiesBuilder {
    if let Some(compression) = properties.compression {
        builder = builder.set_column_compression(path.clone(), compression);
    }
    if let Some(enabled) = properties.dictionary_enabled {
        builder = builder.set_column_dictionary_enabled(path.clone(), enabled);
    }
    if let Some(encoding) = properties.encoding {
        builder = builder.set_column_encoding(path.clone(), encoding);
    }
    if let Some(enabled) = properties.statistics_enabled {
        builder = builder.set_column_statistics_enabled(path.clone(), enabled);
    }
    // A rate or a number of values makes a filter by itself; the switch comes last.
    if let Some(fpp) = properties.bloom_filter_fpp {
        builder = builder.set_column_bloom_filter_fpp(path.clone(), fpp);
    }
    if let Some(ndv) = properties.bloom_filter_ndv {
        builder = builder.set_column_bloom_filter_max_ndv(path.clone(), ndv);
    }
    if let Some(enabled) = properties.bloom_filter_enabled {
        builder = builder.set_column_bloom_filter_enabled(path, enabled);
    }
    builder
}
