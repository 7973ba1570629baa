//! Whether a dictionary is worth a try for a column: where its values hardly repeat, the writer fills a
//! dictionary up to its limit and gives it up then, which costs most of the time and the memory of a write.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, GenericByteArray, RecordBatch};
use datafusion::arrow::datatypes::{ArrowNativeType, ByteArrayType, DataType};
use datafusion::common::hash_utils::{create_hashes, RandomState};
use parquet::file::properties::WriterPropertiesPtr;
use parquet::schema::types::ColumnPath;

use crate::border::error::Result;

/// Fewer values tell nothing.
const LEAST_VALUES: usize = 1 << 10;
/// More values tell little more.
const MOST_VALUES: usize = 64 << 10;
/// Of the first values so many are new in a column that is looked at more closely.
const LEAST_NEW: f64 = 0.95;

/// The properties of a file that begins with these rows.
pub fn with_dictionaries(
    properties: &WriterPropertiesPtr,
    first: &[RecordBatch],
) -> Result<WriterPropertiesPtr> {
    let Some(batch) = first.iter().max_by_key(|batch| batch.num_rows()) else {
        return Ok(Arc::clone(properties));
    };
    if batch.num_rows() < LEAST_VALUES {
        return Ok(Arc::clone(properties));
    }
    let mut plain = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let path = ColumnPath::from(vec![field.name().clone()]);
        if !properties.dictionary_enabled(&path) {
            continue;
        }
        let limit = properties.column_dictionary_page_size_limit(&path);
        if outgrows_dictionary(column, limit)? {
            plain.push(path);
        }
    }
    if plain.is_empty() {
        return Ok(Arc::clone(properties));
    }
    let mut builder = properties.as_ref().clone().into_builder();
    for path in plain {
        builder = builder.set_column_dictionary_enabled(path, false);
    }
    Ok(Arc::new(builder.build()))
}

/// Whether so many values are different that a dictionary of `limit` bytes would not hold those of a large
/// file, if the others are as these are.
fn outgrows_dictionary(column: &ArrayRef, limit: usize) -> Result<bool> {
    let Some(width) = mean_width(column) else { return Ok(false) };
    let few = distinct(&column.slice(0, LEAST_VALUES))?;
    if few.different as f64 <= few.values as f64 * LEAST_NEW || few.values < LEAST_VALUES / 2 {
        return Ok(false);
    }
    let found = distinct(&column.slice(0, column.len().min(MOST_VALUES)))?;
    let (values, repeated) = (found.values as f64, (found.values - found.different) as f64);
    // Of so many equally frequent values that many are expected twice.
    let different = values * values / (2.0 * repeated.max(0.5));
    Ok(different * width > limit as f64)
}

struct Distinct {
    /// Those that are there.
    values: usize,
    different: usize,
}

fn distinct(column: &ArrayRef) -> Result<Distinct> {
    let mut hashes = vec![0; column.len()];
    create_hashes([column], &RandomState::with_seed(0), &mut hashes)?;
    if let Some(nulls) = column.logical_nulls() {
        let mut valid = nulls.iter();
        hashes.retain(|_| valid.next().unwrap_or(false));
    }
    let values = hashes.len();
    hashes.sort_unstable();
    hashes.dedup();
    Ok(Distinct { values, different: hashes.len() })
}

/// Bytes of a value in a dictionary; nothing for types that have none, or whose values are nested.
fn mean_width(column: &ArrayRef) -> Option<f64> {
    const OF_LENGTH: f64 = 4.0;
    let bytes = match column.data_type() {
        DataType::Decimal128(precision, _) if *precision <= 9 => return Some(4.0),
        DataType::Decimal128(precision, _) if *precision <= 18 => return Some(8.0),
        data_type if data_type.is_primitive() => {
            return data_type.primitive_width().map(|width| width.max(4) as f64);
        }
        DataType::Utf8 => text_bytes(column.as_string::<i32>()),
        DataType::LargeUtf8 => text_bytes(column.as_string::<i64>()),
        DataType::Binary => text_bytes(column.as_binary::<i32>()),
        DataType::LargeBinary => text_bytes(column.as_binary::<i64>()),
        DataType::Utf8View => column.as_string_view().total_bytes_len(),
        DataType::BinaryView => column.as_binary_view().total_bytes_len(),
        _ => return None,
    };
    let values = column.len() - column.null_count();
    Some(bytes as f64 / values.max(1) as f64 + OF_LENGTH)
}

fn text_bytes<T: ByteArrayType>(texts: &GenericByteArray<T>) -> usize {
    let offsets = texts.value_offsets();
    match (offsets.first(), offsets.last()) {
        (Some(first), Some(last)) => (*last - *first).as_usize(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Int64Array, StringArray, StringViewArray};
    use datafusion::arrow::datatypes::{Field, Schema};
    use parquet::file::properties::WriterProperties;

    use super::*;

    fn has_dictionary(column: ArrayRef) -> bool {
        let schema = Schema::new(vec![Field::new("a", column.data_type().clone(), true)]);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![column]).unwrap();
        let properties = Arc::new(WriterProperties::default());
        let chosen = with_dictionaries(&properties, &[batch]).unwrap();
        chosen.dictionary_enabled(&ColumnPath::from(vec!["a".to_string()]))
    }

    fn numbers(values: impl Iterator<Item = i64>) -> ArrayRef {
        Arc::new(values.map(Some).collect::<Int64Array>())
    }

    #[test]
    fn a_dictionary_is_tried_where_values_repeat() {
        assert!(has_dictionary(numbers((0..8192).map(|i| i * i % 100))));
        assert!(has_dictionary(numbers((0..65_536).map(|i| i / 4))));
        assert!(has_dictionary(Arc::new(StringArray::from(vec!["a"; 8192]))));
        let many: Vec<_> = (0..65_536_i64).map(|i| format!("{:05}", i * 7919 % 30_000)).collect();
        assert!(has_dictionary(Arc::new(StringViewArray::from(many))));
    }

    #[test]
    fn none_is_tried_where_they_would_outgrow_it() {
        assert!(!has_dictionary(numbers(0..8192)));
        let texts: Vec<_> = (0..2048).map(|i| format!("a text of its own, number {i}")).collect();
        assert!(!has_dictionary(Arc::new(StringArray::from(texts.clone()))));
        assert!(!has_dictionary(Arc::new(StringViewArray::from(texts))));
    }

    #[test]
    fn nulls_and_few_values_decide_nothing() {
        assert!(has_dictionary(numbers(0..1000)));
        let nulls: Int64Array = (0..8192).map(|i| (i % 64 == 0).then_some(i)).collect();
        assert!(has_dictionary(Arc::new(nulls)));
        let half: Int64Array = (0..8192).map(|i| (i % 2 == 0).then_some(i)).collect();
        assert!(!has_dictionary(Arc::new(half)));
    }

    #[test]
    fn a_dictionary_that_nobody_wants_stays_away() {
        let schema = Schema::new(vec![Field::new("a", DataType::Int64, true)]);
        let column = numbers((0..8192).map(|i| i % 3));
        let batch = RecordBatch::try_new(Arc::new(schema), vec![column]).unwrap();
        let properties =
            Arc::new(WriterProperties::builder().set_dictionary_enabled(false).build());
        let chosen = with_dictionaries(&properties, &[batch]).unwrap();
        assert!(Arc::ptr_eq(&properties, &chosen));
    }
}
