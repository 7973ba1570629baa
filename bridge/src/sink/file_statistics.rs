//! Statistics of the columns of a file, from its footer and from what the footer does not say.

use std::cmp::Ordering;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Float16Type, Float32Type, Float64Type, Schema};
use datafusion::scalar::ScalarValue;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::statistics::Statistics;

use crate::border::error::{code, Error, Result};
use crate::sink::stored_schema::num_leaves;

/// Which statistics are wanted, a path of names for each.
pub struct WantedStatistics {
    columns: Vec<WantedColumn>,
}

struct WantedColumn {
    /// Positions of the column and of the fields that lead to it; nothing for a column that is not in files.
    positions: Option<Vec<usize>>,
    data_type: DataType,
    /// Its place among the columns of the footer, if it has no children.
    leaf: Option<usize>,
}

/// What a footer does not say of a column.
#[derive(Clone, Copy, Default)]
pub struct SeenValues {
    has_nan: bool,
    nulls: usize,
}

/// The statistics of a column; a null where something is not known.
#[derive(Clone)]
pub struct ColumnStatistics {
    pub null_count: Option<i64>,
    pub min: ScalarValue,
    pub max: ScalarValue,
}

fn is_float(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Float16 | DataType::Float32 | DataType::Float64)
}

impl WantedStatistics {
    /// `rows` are the columns of rows, and `kept` says which of them are in files, in their order.
    pub fn new(paths: &[Vec<String>], rows: &Schema, kept: &[usize]) -> Result<Self> {
        let columns = paths
            .iter()
            .map(|path| {
                wanted_column(path, rows, kept).ok_or_else(|| {
                    let message =
                        format!("There is no such column for statistics: {}", path.join("."));
                    Error::new(code::INVALID_ARGUMENT, message)
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self { columns })
    }

    pub fn data_types(&self) -> impl Iterator<Item = &DataType> {
        self.columns.iter().map(|column| &column.data_type)
    }

    pub fn nothing_seen(&self) -> Vec<SeenValues> {
        vec![SeenValues::default(); self.columns.len()]
    }

    /// Adds what is in a batch of a file.
    pub fn see(&self, batch: &RecordBatch, seen: &mut [SeenValues]) {
        for (column, seen) in self.columns.iter().zip(seen) {
            let Some(positions) = &column.positions else { continue };
            let is_known_by_footer = column.leaf.is_some() && !is_float(&column.data_type);
            if is_known_by_footer || (column.leaf.is_some() && seen.has_nan) {
                continue;
            }
            let Some((array, nulls)) = find_array(batch, positions) else { continue };
            match column.leaf {
                Some(_) => seen.has_nan |= has_nan(&array),
                None => seen.nulls += nulls.map_or(0, |nulls| nulls.null_count()),
            }
        }
    }

    pub fn of_file(&self, footer: &ParquetMetaData, seen: &[SeenValues]) -> Vec<ColumnStatistics> {
        let columns = self.columns.iter().zip(seen);
        columns.map(|(column, seen)| column.of_file(footer, *seen)).collect()
    }
}

fn wanted_column(path: &[String], rows: &Schema, kept: &[usize]) -> Option<WantedColumn> {
    let (first, rest) = path.split_first()?;
    let column = rows.index_of(first).ok()?;
    let mut data_type = rows.field(column).data_type();
    let stored = kept.iter().position(|kept| *kept == column);
    let before = &kept[..stored.unwrap_or(0)];
    let mut leaf: usize =
        before.iter().map(|index| num_leaves(rows.field(*index).data_type())).sum();
    let mut positions: Vec<usize> = stored.into_iter().collect();
    for name in rest {
        let DataType::Struct(fields) = data_type else { return None };
        let (index, field) = fields.find(name)?;
        leaf += fields[..index].iter().map(|field| num_leaves(field.data_type())).sum::<usize>();
        positions.push(index);
        data_type = field.data_type();
    }
    let is_leaf = stored.is_some() && !data_type.is_nested();
    Some(WantedColumn {
        positions: stored.map(|_| positions),
        data_type: data_type.clone(),
        leaf: is_leaf.then_some(leaf),
    })
}

/// The array of a column and its nulls, those of the structs around it among them.
fn find_array(batch: &RecordBatch, positions: &[usize]) -> Option<(ArrayRef, Option<NullBuffer>)> {
    let (first, rest) = positions.split_first()?;
    let mut array = batch.column(*first).clone();
    let mut nulls = array.logical_nulls();
    for position in rest {
        let inside = array.as_struct_opt()?.columns().get(*position)?.clone();
        nulls = NullBuffer::union(nulls.as_ref(), inside.logical_nulls().as_ref());
        array = inside;
    }
    Some((array, nulls))
}

fn has_nan(array: &ArrayRef) -> bool {
    macro_rules! any_nan {
        ($kind:ty) => {
            // No early end: so it is a loop of vectors.
            array
                .as_primitive::<$kind>()
                .values()
                .iter()
                .fold(false, |any, value| any | value.is_nan())
        };
    }
    match array.data_type() {
        DataType::Float16 => any_nan!(Float16Type),
        DataType::Float32 => any_nan!(Float32Type),
        DataType::Float64 => any_nan!(Float64Type),
        _ => false,
    }
}

impl WantedColumn {
    fn of_file(&self, footer: &ParquetMetaData, seen: SeenValues) -> ColumnStatistics {
        let unknown = ScalarValue::try_from(&self.data_type).unwrap_or(ScalarValue::Null);
        let mut result =
            ColumnStatistics { null_count: None, min: unknown.clone(), max: unknown.clone() };
        let Some(leaf) = self.leaf else {
            if self.positions.is_some() {
                result.null_count = i64::try_from(seen.nulls).ok();
            }
            return result;
        };
        let groups: Vec<_> = footer
            .row_groups()
            .iter()
            .map(|group| (group.num_rows(), group.column(leaf).statistics()))
            .collect();
        result.null_count = groups
            .iter()
            .map(|(_, statistics)| i64::try_from((*statistics)?.null_count_opt()?).ok())
            .sum();
        let (mut mins, mut maxes) = (Vec::new(), Vec::new());
        for (rows, statistics) in groups {
            let Some(statistics) = statistics else { return result };
            let nulls = statistics.null_count_opt().and_then(|nulls| i64::try_from(nulls).ok());
            if nulls == Some(rows) {
                continue;
            }
            let bounds = bounds(statistics, &self.data_type);
            // A group of which nothing is known: nothing is known of the file.
            let Some((min, max)) = bounds else { return result };
            mins.push(min);
            maxes.push(max);
        }
        if let Some(min) = extreme(mins, Ordering::Less) {
            result.min = min;
        }
        if let Some(max) = extreme(maxes, Ordering::Greater).filter(|_| !seen.has_nan) {
            result.max = max;
        }
        result
    }
}

fn extreme(values: Vec<ScalarValue>, wanted: Ordering) -> Option<ScalarValue> {
    values.into_iter().reduce(|best, value| match value.partial_cmp(&best) == Some(wanted) {
        true => value,
        false => best,
    })
}

fn bounds(statistics: &Statistics, data_type: &DataType) -> Option<(ScalarValue, ScalarValue)> {
    macro_rules! both {
        ($values:expr, $convert:expr) => {
            ($convert($values.min_opt()?)?, $convert($values.max_opt()?)?)
        };
    }
    Some(match statistics {
        Statistics::Boolean(values) => {
            both!(values, |value: &bool| Some(ScalarValue::Boolean(Some(*value))))
        }
        Statistics::Int32(values) => {
            both!(values, |value: &i32| from_integer(i64::from(*value), data_type))
        }
        Statistics::Int64(values) => both!(values, |value: &i64| from_integer(*value, data_type)),
        Statistics::Float(values) => {
            both!(values, |value: &f32| Some(ScalarValue::Float32(Some(*value))))
        }
        Statistics::Double(values) => {
            both!(values, |value: &f64| Some(ScalarValue::Float64(Some(*value))))
        }
        Statistics::ByteArray(values) => {
            both!(values, |value: &ByteArray| from_bytes(value.data(), data_type))
        }
        Statistics::FixedLenByteArray(values) => {
            both!(values, |value: &FixedLenByteArray| from_bytes(value.data(), data_type))
        }
        Statistics::Int96(_) => return None,
    })
}

fn from_integer(value: i64, data_type: &DataType) -> Option<ScalarValue> {
    Some(match data_type {
        DataType::Int8 => ScalarValue::Int8(i8::try_from(value).ok()),
        DataType::Int16 => ScalarValue::Int16(i16::try_from(value).ok()),
        DataType::Int32 => ScalarValue::Int32(i32::try_from(value).ok()),
        DataType::Int64 => ScalarValue::Int64(Some(value)),
        // The bits of an unsigned number are those of a signed one.
        DataType::UInt8 => ScalarValue::UInt8(u8::try_from(value).ok()),
        DataType::UInt16 => ScalarValue::UInt16(u16::try_from(value).ok()),
        DataType::UInt32 => ScalarValue::UInt32(Some(value as u32)),
        DataType::UInt64 => ScalarValue::UInt64(Some(value as u64)),
        DataType::Date32 => ScalarValue::Date32(i32::try_from(value).ok()),
        DataType::Decimal128(precision, scale) => {
            ScalarValue::Decimal128(Some(i128::from(value)), *precision, *scale)
        }
        DataType::Timestamp(unit, zone) => {
            use datafusion::arrow::datatypes::TimeUnit;
            match unit {
                TimeUnit::Microsecond => {
                    ScalarValue::TimestampMicrosecond(Some(value), zone.clone())
                }
                TimeUnit::Nanosecond => ScalarValue::TimestampNanosecond(Some(value), zone.clone()),
                TimeUnit::Millisecond => {
                    ScalarValue::TimestampMillisecond(Some(value), zone.clone())
                }
                // Parquet has no seconds: the file has another unit.
                TimeUnit::Second => return None,
            }
        }
        _ => return None,
    })
}

fn from_bytes(bytes: &[u8], data_type: &DataType) -> Option<ScalarValue> {
    let text = || std::str::from_utf8(bytes).ok().map(str::to_string);
    Some(match data_type {
        DataType::Utf8 => ScalarValue::Utf8(Some(text()?)),
        DataType::LargeUtf8 => ScalarValue::LargeUtf8(Some(text()?)),
        DataType::Utf8View => ScalarValue::Utf8View(Some(text()?)),
        DataType::Binary => ScalarValue::Binary(Some(bytes.to_vec())),
        DataType::LargeBinary => ScalarValue::LargeBinary(Some(bytes.to_vec())),
        DataType::BinaryView => ScalarValue::BinaryView(Some(bytes.to_vec())),
        DataType::Decimal128(precision, scale) if (1..=16).contains(&bytes.len()) => {
            let fill = if bytes[0] & 0x80 == 0 { 0 } else { 0xff };
            let mut whole = [fill; 16];
            whole[16 - bytes.len()..].copy_from_slice(bytes);
            ScalarValue::Decimal128(Some(i128::from_be_bytes(whole)), *precision, *scale)
        }
        _ => return None,
    })
}
