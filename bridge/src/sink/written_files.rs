//! What a sink answers: its files as rows.

use std::sync::Arc;

use datafusion::arrow::array::{
    new_empty_array, ArrayRef, Int64Array, RecordBatch, StringArray, StructArray,
};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::scalar::ScalarValue;

use crate::border::error::Result;
use crate::sink::file_statistics::{ColumnStatistics, WantedStatistics};
use crate::sink::file_task::WrittenFile;

type Columns = Vec<(Arc<Field>, ArrayRef)>;

/// A row a file; `partition` is the schema of partition columns, if there are some.
pub fn written_files(
    files: &[WrittenFile],
    partition: Option<&SchemaRef>,
    wanted: &WantedStatistics,
) -> Result<RecordBatch> {
    let locations = files.iter().map(|file| Some(file.location.as_str()));
    let sizes = files.iter().map(|file| i64::try_from(file.size).unwrap_or(i64::MAX));
    let rows = files.iter().map(|file| file.num_rows);
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("location", Arc::new(locations.collect::<StringArray>())),
        ("size", Arc::new(Int64Array::from_iter_values(sizes))),
        ("num_rows", Arc::new(Int64Array::from_iter_values(rows))),
    ];
    if let Some(schema) = partition {
        let values = concat_batches(schema, files.iter().map(|file| &file.partition.values))?;
        columns.push(("partition", Arc::new(StructArray::from(values))));
    }
    let types: Vec<_> = wanted.data_types().cloned().collect();
    let counts = |column: usize| -> Result<ArrayRef> {
        let counts = files.iter().map(|file| file.statistics[column].null_count);
        Ok(Arc::new(counts.collect::<Int64Array>()))
    };
    columns.push(("null_count", structure(types.iter().map(|_| DataType::Int64), counts, files)?));
    for (name, bound) in [("min", min as fn(&_) -> _), ("max", max)] {
        let values = |column: usize| bounds(files, column, &types[column], bound);
        columns.push((name, structure(types.iter().cloned(), values, files)?));
    }
    let columns = columns.into_iter().map(|(name, column)| (name, column, true));
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

fn min(of: &ColumnStatistics) -> ScalarValue {
    of.min.clone()
}

fn max(of: &ColumnStatistics) -> ScalarValue {
    of.max.clone()
}

fn bounds(
    files: &[WrittenFile],
    column: usize,
    data_type: &DataType,
    bound: fn(&ColumnStatistics) -> ScalarValue,
) -> Result<ArrayRef> {
    match files.is_empty() {
        true => Ok(new_empty_array(data_type)),
        false => {
            let values = files.iter().map(|file| bound(&file.statistics[column]));
            Ok(ScalarValue::iter_to_array(values)?)
        }
    }
}

/// A struct whose fields are named by their places.
fn structure(
    types: impl Iterator<Item = DataType>,
    values: impl Fn(usize) -> Result<ArrayRef>,
    files: &[WrittenFile],
) -> Result<ArrayRef> {
    let columns = types.enumerate().map(|(index, data_type)| {
        Ok((Arc::new(Field::new(index.to_string(), data_type, true)), values(index)?))
    });
    let (fields, arrays): (Vec<_>, Vec<_>) =
        columns.collect::<Result<Columns>>()?.into_iter().unzip();
    let array = StructArray::try_new_with_length(fields.into(), arrays, None, files.len())?;
    Ok(Arc::new(array))
}
