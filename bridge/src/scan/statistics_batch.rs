//! `Statistics` as a row of a batch, as they cross the border.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StructArray,
};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Statistics};
use datafusion::scalar::ScalarValue;

use crate::border::error::Result;
use crate::pruning::ContainerStatistics;
use crate::scan::column_bounds::{count_at, int64, value_at};
/// Statistics as one row, in the layout that `datafusion/table_provider.h` documents.
pub fn statistics_to_batch(statistics: &Statistics, schema: &Schema) -> Result<RecordBatch> {
    let count = |value: &Precision<usize>| -> ArrayRef {
        let value = value.get_value().and_then(|value| i64::try_from(*value).ok());
        Arc::new(Int64Array::from(vec![value]))
    };
    let columns = || schema.fields().iter().zip(&statistics.column_statistics);
    let group = |children: Vec<(Arc<Field>, ArrayRef)>| -> ArrayRef {
        match children.is_empty() {
            true => Arc::new(StructArray::new_empty_fields(1, None)),
            false => Arc::new(StructArray::from(children)),
        }
    };
    let named =
        |name: &str, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
    let mut null_counts = Vec::new();
    let (mut min, mut max, mut exact) = (Vec::new(), Vec::new(), Vec::new());
    for (field, column) in columns() {
        if field.data_type().is_nested() {
            continue;
        }
        let nulls = count(&column.null_count);
        null_counts.push((named(field.name(), &nulls), nulls));
        let bound =
            |value: &Precision<ScalarValue>, out: &mut Vec<(Arc<Field>, ArrayRef)>| -> Result<()> {
                let value = match value.get_value() {
                    Some(value) => value.clone(),
                    None => ScalarValue::try_from(field.data_type())?,
                };
                out.push((
                    Arc::new(Field::clone(field).with_nullable(true)),
                    value.to_array_of_size(1)?,
                ));
                Ok(())
            };
        bound(&column.min_value, &mut min)?;
        bound(&column.max_value, &mut max)?;
        let known = column.min_value.get_value().zip(column.max_value.get_value());
        let is_exact = column.min_value.is_exact().unwrap_or(false)
            && column.max_value.is_exact().unwrap_or(false);
        let flag: ArrayRef = Arc::new(BooleanArray::from(vec![known.map(|_| is_exact)]));
        exact.push((named(field.name(), &flag), flag));
    }
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("num_rows", count(&statistics.num_rows), true),
        ("total_byte_size", count(&statistics.total_byte_size), true),
        ("null_count", group(null_counts), true),
        ("min", group(min), true),
        ("max", group(max), true),
        ("exact", group(exact), true),
    ])?)
}

/// The reverse of `statistics_to_batch`.
pub fn statistics_from_batch(batch: RecordBatch, schema: &Schema) -> Result<Statistics> {
    let counts = |array: Option<ArrayRef>| -> Result<Precision<usize>> {
        Ok(count_at(array.as_ref().map(int64).transpose()?.as_ref(), 0))
    };
    let size = counts(batch.column_by_name("total_byte_size").cloned())?;
    let statistics = ContainerStatistics::new(batch);
    let mut columns = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        if field.data_type().is_nested() {
            columns.push(ColumnStatistics::new_unknown());
            continue;
        }
        let name = field.name();
        let exact = statistics.of("exact", name).is_some_and(|exact| {
            exact.as_boolean_opt().is_some_and(|exact| exact.is_valid(0) && exact.value(0))
        });
        let bound = |kind: &str| -> Result<Precision<ScalarValue>> {
            let values = statistics.of(kind, name);
            let value = value_at(values.as_ref(), 0, field.data_type())?;
            Ok(if exact { value } else { value.to_inexact() })
        };
        columns.push(ColumnStatistics {
            null_count: counts(statistics.of("null_count", name))?,
            min_value: bound("min")?,
            max_value: bound("max")?,
            ..ColumnStatistics::new_unknown()
        });
    }
    Ok(Statistics {
        num_rows: counts(statistics.num_rows())?,
        total_byte_size: size.to_inexact(),
        column_statistics: columns,
    })
}
