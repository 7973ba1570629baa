//! `PhysicalExprAdapter`: expressions over a table's columns, made to fit those of a file.
//!
//! Columns are found by name at once, where DataFusion's own adapter looks through both schemas for each of
//! them. Nested ones may differ from the table's at every depth: fields of structs are found by name,
//! those that a file lacks are null, values get the table's types. Instants in another unit are converted
//! here too: of a cast the engine would compare the operand with the other side, in the file's unit and
//! without its remainder. Dates that are read as timestamps are converted here where nothing is compared: a
//! cast is looked through when row groups are skipped, but checks value by value whether it fits.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{
    new_null_array, Array, ArrayRef, AsArray, ListArray, MapArray, RecordBatch, StructArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::compute::{cast_with_options, CastOptions};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, FieldRef, Schema, SchemaRef, TimeUnit, TimestampNanosecondType,
};
use datafusion::common::format::DEFAULT_FORMAT_OPTIONS;
use datafusion::common::metadata::FieldMetadata;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::functions::core::get_field;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::expressions::{lit, CastExpr, Column, Literal};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_expr_adapter::{PhysicalExprAdapter, PhysicalExprAdapterFactory};
use datafusion::scalar::ScalarValue;

use crate::border::error::{code, Error};
use crate::scan::field_index::FieldIndex;

/// A value that does not fit is an error.
const CAST_OPTIONS: CastOptions<'static> =
    CastOptions { safe: false, format_options: DEFAULT_FORMAT_OPTIONS };

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// No day from here to the epoch is too far away for a timestamp.
const FAR_DAYS: i32 = (i64::MAX / MICROS_PER_DAY) as i32;

#[derive(Debug)]
pub struct ColumnAdapterFactory;

impl PhysicalExprAdapterFactory for ColumnAdapterFactory {
    fn create(&self, table: SchemaRef, file: SchemaRef) -> Result<Arc<dyn PhysicalExprAdapter>> {
        let table = FieldIndex::new(table.fields().clone());
        let columns = FieldIndex::new(file.fields().clone());
        Ok(Arc::new(ColumnAdapter { table, columns, file }))
    }
}

#[derive(Debug)]
struct ColumnAdapter {
    table: FieldIndex,
    /// Those of the file.
    columns: FieldIndex,
    file: SchemaRef,
}

impl PhysicalExprAdapter for ColumnAdapter {
    fn rewrite(&self, expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        if let Some(column) = expr.downcast_ref::<Column>() {
            return self.column(column, true);
        }
        let adapted = expr.transform_down(|node| {
            let new = match (self.struct_field(&node)?, node.downcast_ref::<Column>()) {
                (Some(new), _) => Some(new),
                (None, Some(column)) => Some(self.column(column, false)?),
                (None, None) => None,
            };
            Ok(match new {
                Some(new) => Transformed::new(new, true, TreeNodeRecursion::Jump),
                None => Transformed::no(node),
            })
        })?;
        Ok(adapted.data)
    }
}

impl ColumnAdapter {
    /// A column; `is_alone` says that nothing is compared with it.
    fn column(&self, of_table: &Column, is_alone: bool) -> Result<Arc<dyn PhysicalExpr>> {
        let name = of_table.name();
        let wanted = self.table.find(name).map(|(_, wanted)| wanted);
        match (wanted, self.columns.find(name)) {
            (Some(wanted), Some((index, found))) => {
                let column = Arc::new(Column::new(name, index));
                let found = found.data_type();
                if is_alone && is_date_as_timestamp(found, wanted.data_type()) {
                    return Ok(Arc::new(Conform { operand: column, wanted: Arc::clone(wanted) }));
                }
                Ok(conformed(column, found, wanted))
            }
            (Some(wanted), None) => null_of(wanted),
            (None, Some((index, _))) => Ok(Arc::new(Column::new(name, index))),
            (None, None) => {
                let message = format!("A scan knows no column of the name {name}.");
                Err(Error::new(code::INTERNAL, message).into())
            }
        }
    }

    /// A field of a struct column by itself, so that neither the rest of the struct is read nor the
    /// access hidden from those who know it by its form.
    fn struct_field(&self, node: &Arc<dyn PhysicalExpr>) -> Result<Option<Arc<dyn PhysicalExpr>>> {
        let Some(call) = node.downcast_ref::<ScalarFunctionExpr>() else { return Ok(None) };
        let Some(names) = path_of(node.as_ref()) else { return Ok(None) };
        let Some((column, path)) = names.split_first() else { return Ok(None) };
        let Some((index, _)) = self.columns.find(column) else { return Ok(None) };
        let Some(wanted) = field_at(&self.table, &names) else { return Ok(None) };
        let Some(found) = field_at(&self.columns, &names) else {
            // Fields that the file lacks are null, whatever the structs around them are.
            return Ok(Some(null_of(&wanted)?));
        };
        let column = Arc::new(Column::new(column, index));
        let config: Arc<ConfigOptions> = Arc::new(call.config_options().clone());
        let mut arguments: Vec<Arc<dyn PhysicalExpr>> = vec![column];
        arguments.extend(path.iter().map(|name| lit(*name)));
        let access = ScalarFunctionExpr::try_new(get_field(), arguments, &self.file, config)?;
        Ok(Some(conformed(Arc::new(access), found.data_type(), &wanted)))
    }
}

/// What is read of a field that a file lacks.
fn null_of(wanted: &FieldRef) -> Result<Arc<dyn PhysicalExpr>> {
    if !wanted.is_nullable() {
        let message = format!("The file lacks a column that is NOT NULL: {}", wanted.name());
        return Err(Error::new(code::CORRUPT_DATA, message).into());
    }
    let null = new_null_array(wanted.data_type(), 1);
    let metadata = Some(FieldMetadata::from(wanted.as_ref()));
    Ok(Arc::new(Literal::new_with_metadata(ScalarValue::try_from_array(&null, 0)?, metadata)))
}

/// The names of a column and of the fields in it that lead to what `node` reads. Columns go by name: their
/// positions may be those of another schema.
pub fn path_of(node: &dyn PhysicalExpr) -> Option<Vec<&str>> {
    if let Some(column) = node.downcast_ref::<Column>() {
        return Some(vec![column.name()]);
    }
    let call = node.downcast_ref::<ScalarFunctionExpr>()?;
    if call.fun().name() != get_field().name() {
        return None;
    }
    let (base, names) = call.args().split_first()?;
    let mut path = path_of(base.as_ref())?;
    for name in names {
        path.push(name.downcast_ref::<Literal>()?.value().try_as_str()??);
    }
    Some(path)
}

/// The field of structs at the end of a path of names, which begins with a column's.
fn field_at(columns: &FieldIndex, path: &[&str]) -> Option<FieldRef> {
    let (column, path) = path.split_first()?;
    let (_, mut field) = columns.find(column)?;
    for name in path {
        let DataType::Struct(fields) = field.data_type() else { return None };
        (_, field) = fields.find(name)?;
    }
    Some(Arc::clone(field))
}

/// `operand`, whose type is `found`, as one of the type of `wanted`.
fn conformed(
    operand: Arc<dyn PhysicalExpr>,
    found: &DataType,
    wanted: &FieldRef,
) -> Arc<dyn PhysicalExpr> {
    match wanted.data_type() {
        data_type if data_type == found => operand,
        data_type if has_own_conversion(found, data_type) => {
            Arc::new(Conform { operand, wanted: Arc::clone(wanted) })
        }
        _ => Arc::new(CastExpr::new_with_target_field(operand, Arc::clone(wanted), None)),
    }
}

/// Whether values of a file get the table's type in another way than by a cast.
fn has_own_conversion(found: &DataType, wanted: &DataType) -> bool {
    match (found, wanted) {
        (DataType::Timestamp(from, _), DataType::Timestamp(to, _)) => from != to,
        (DataType::FixedSizeBinary(_), _) => wanted.is_string(),
        _ => wanted.is_nested(),
    }
}

fn is_date_as_timestamp(found: &DataType, wanted: &DataType) -> bool {
    let wanted = matches!(wanted, DataType::Timestamp(TimeUnit::Microsecond, None));
    *found == DataType::Date32 && wanted
}

/// A value of a file in the table's type.
#[derive(Debug, Eq)]
struct Conform {
    operand: Arc<dyn PhysicalExpr>,
    wanted: FieldRef,
}

impl PartialEq for Conform {
    fn eq(&self, other: &Self) -> bool {
        self.operand.eq(&other.operand) && self.wanted == other.wanted
    }
}

impl Hash for Conform {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.operand.hash(state);
        self.wanted.hash(state);
    }
}

impl fmt::Display for Conform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CONFORM({} TO {})", self.operand, self.wanted.data_type())
    }
}

impl PhysicalExpr for Conform {
    fn return_field(&self, _: &Schema) -> Result<FieldRef> {
        Ok(Arc::clone(&self.wanted))
    }

    fn data_type(&self, _: &Schema) -> Result<DataType> {
        Ok(self.wanted.data_type().clone())
    }

    fn nullable(&self, schema: &Schema) -> Result<bool> {
        Ok(self.wanted.is_nullable() || self.operand.nullable(schema)?)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let wanted = self.wanted.data_type();
        Ok(match self.operand.evaluate(batch)? {
            ColumnarValue::Array(array) => ColumnarValue::Array(conform(&array, wanted)?),
            ColumnarValue::Scalar(value) => {
                let array = conform(&value.to_array()?, wanted)?;
                ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?)
            }
        })
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.operand]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let operand = children.pop().unwrap_or_else(|| Arc::clone(&self.operand));
        Ok(Arc::new(Self { operand, wanted: Arc::clone(&self.wanted) }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.operand.fmt_sql(f)
    }
}

/// A value of a file in the table's type.
pub fn conform(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    match (array.data_type(), wanted) {
        (found, wanted) if found == wanted => Ok(Arc::clone(array)),
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let found = array.as_struct();
            let columns = fields
                .iter()
                .map(|field| match found.column_by_name(field.name()) {
                    Some(column) => conform(column, field.data_type()),
                    None => Ok(new_null_array(field.data_type(), found.len())),
                })
                .collect::<Result<Vec<_>>>()?;
            let (nulls, len) = (found.nulls().cloned(), found.len());
            let fields = fields.clone();
            Ok(Arc::new(StructArray::try_new_with_length(fields, columns, nulls, len)?))
        }
        (DataType::List(_), DataType::List(element)) => {
            let found = array.as_list::<i32>();
            let values = conform(found.values(), element.data_type())?;
            let (offsets, nulls) = (found.offsets().clone(), found.nulls().cloned());
            Ok(Arc::new(ListArray::try_new(Arc::clone(element), offsets, values, nulls)?))
        }
        (DataType::Map(..), DataType::Map(entries, sorted)) => {
            let found = array.as_map();
            let DataType::Struct(fields) = entries.data_type() else {
                return Ok(cast_with_options(array, wanted, &CAST_OPTIONS)?);
            };
            let parts = [found.keys(), found.values()].into_iter().zip(fields);
            let columns = parts
                .map(|(part, field)| conform(part, field.data_type()))
                .collect::<Result<Vec<_>>>()?;
            let content = StructArray::try_new(fields.clone(), columns, None)?;
            let (offsets, nulls) = (found.offsets().clone(), found.nulls().cloned());
            let entries = Arc::clone(entries);
            Ok(Arc::new(MapArray::try_new(entries, offsets, content, nulls, *sorted)?))
        }
        (DataType::FixedSizeBinary(_), wanted) if wanted.is_string() => {
            let bytes = cast_with_options(array, &DataType::Binary, &CAST_OPTIONS)?;
            Ok(cast_with_options(&bytes, wanted, &CAST_OPTIONS)?)
        }
        // Not a cast, which cuts towards the epoch.
        (
            DataType::Timestamp(TimeUnit::Nanosecond, _),
            DataType::Timestamp(TimeUnit::Microsecond, zone),
        ) => {
            let nanos = array.as_primitive::<TimestampNanosecondType>();
            let micros: TimestampMicrosecondArray = nanos.unary(|nanos| nanos.div_euclid(1000));
            Ok(Arc::new(micros.with_timezone_opt(zone.clone())))
        }
        (found, wanted) if is_date_as_timestamp(found, wanted) => {
            let days = array.as_primitive::<Date32Type>();
            if days.values().iter().any(|day| !(-FAR_DAYS..=FAR_DAYS).contains(day)) {
                return Ok(cast_with_options(array, wanted, &CAST_OPTIONS)?);
            }
            let micros: TimestampMicrosecondArray =
                days.unary(|day| i64::from(day) * MICROS_PER_DAY);
            Ok(Arc::new(micros))
        }
        _ => Ok(cast_with_options(array, wanted, &CAST_OPTIONS)?),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{
        Date32Array, Int32Array, Int64Array, StringArray, TimestampNanosecondArray,
    };
    use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
    use datafusion::arrow::datatypes::{Field, Fields, TimestampMicrosecondType};

    use super::*;

    fn fields(of: &[(&str, DataType)]) -> Fields {
        of.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect()
    }

    /// Structs `{x: 1, y: "a"}`, null, `{x: 3, y: null}`.
    fn structs() -> ArrayRef {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(vec![Some(1), None, Some(3)])),
            Arc::new(StringArray::from(vec![Some("a"), None, None])),
        ];
        let nulls = Some(NullBuffer::from(vec![true, false, true]));
        let fields = fields(&[("x", DataType::Int32), ("y", DataType::Utf8)]);
        Arc::new(StructArray::new(fields, columns, nulls))
    }

    fn shown(array: &ArrayRef) -> String {
        (0..array.len())
            .map(|row| {
                ScalarValue::try_from_array(array, row).map_or("?".into(), |v| v.to_string())
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn conformed_to(array: &ArrayRef, wanted: &DataType) -> String {
        match conform(array, wanted) {
            Ok(array) => {
                assert_eq!(array.data_type(), wanted);
                shown(&array)
            }
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn fields_go_by_name_and_lacking_ones_are_null() {
        let wanted =
            fields(&[("new", DataType::Int64), ("y", DataType::Utf8View), ("x", DataType::Int64)]);
        let wanted = DataType::Struct(wanted);
        assert_eq!(conformed_to(&structs(), &wanted), "{new:,y:a,x:1} NULL {new:,y:,x:3}");
        let unrelated = DataType::Struct(fields(&[("z", DataType::Int64)]));
        assert_eq!(conformed_to(&structs(), &unrelated), "{z:} NULL {z:}");
    }

    #[test]
    fn values_of_maps_and_lists_go_by_name_too() {
        let found = structs();
        let offsets = OffsetBuffer::new(vec![0, 2, 3].into());
        let element = Arc::new(Field::new("item", found.data_type().clone(), true));
        let list: ArrayRef =
            Arc::new(ListArray::new(element, offsets.clone(), found.clone(), None));
        let wanted = DataType::Struct(fields(&[("y", DataType::Utf8), ("x", DataType::Int64)]));
        let element = Arc::new(Field::new("element", wanted.clone(), true));
        assert_eq!(conformed_to(&list, &DataType::List(element)), "[{y: a, x: 1}, ] [{y: , x: 3}]");

        let keys: ArrayRef = Arc::new(Int32Array::from(vec![7, 8, 9]));
        let entries = |name: &str, key: DataType, value: DataType| {
            let key = Field::new("key", key, false);
            let entries = DataType::Struct(vec![key, Field::new("value", value, true)].into());
            Arc::new(Field::new(name, entries, false))
        };
        let of_file = entries("entries", DataType::Int32, found.data_type().clone());
        let DataType::Struct(of_entries) = of_file.data_type().clone() else { return };
        let content = StructArray::new(of_entries, vec![keys, found], None);
        let map: ArrayRef = Arc::new(MapArray::new(of_file, offsets, content, None, false));
        let wanted = DataType::Map(entries("key_value", DataType::Int64, wanted), false);
        let Ok(conformed) = conform(&map, &wanted) else { unreachable!() };
        let values = conformed.as_map().values().clone();
        assert_eq!(shown(&values), "{y:a,x:1} NULL {y:,x:3}");
        let keys = conformed.as_map().keys().clone();
        assert_eq!(keys.as_ref(), &Int64Array::from(vec![7, 8, 9]) as &dyn Array);
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let found: ArrayRef = Arc::new(Int32Array::from(vec![300]));
        let one = fields(&[("x", DataType::Int32)]);
        let found: ArrayRef = Arc::new(StructArray::new(one, vec![found], None));
        let narrow = DataType::Struct(fields(&[("x", DataType::Int8)]));
        assert!(conformed_to(&found, &narrow).starts_with("error: "));
    }

    #[test]
    fn dates_become_midnights_as_far_as_timestamps_reach() {
        let wanted = DataType::Timestamp(TimeUnit::Microsecond, None);
        let dates = |days: Vec<Option<i32>>| Arc::new(Date32Array::from(days)) as ArrayRef;
        let Ok(found) = conform(&dates(vec![Some(-1), None, Some(FAR_DAYS)]), &wanted) else {
            unreachable!()
        };
        assert_eq!(found.data_type(), &wanted);
        let found = found.as_primitive::<TimestampMicrosecondType>();
        assert_eq!(found.value(0), -MICROS_PER_DAY);
        assert!(found.is_null(1));
        assert_eq!(found.value(2), 9_223_372_022_400_000_000);
        let far = conformed_to(&dates(vec![Some(FAR_DAYS + 1)]), &wanted);
        assert!(far.starts_with("error: "), "{far}");
    }

    #[test]
    fn nanoseconds_are_cut_towards_the_past() {
        let nanos = TimestampNanosecondArray::from(vec![-1, -1000, -1001, 999]);
        let micros = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let Ok(found) = conform(&(Arc::new(nanos) as ArrayRef), &micros) else { unreachable!() };
        assert_eq!(found.data_type(), &micros);
        let values = found.as_primitive::<TimestampMicrosecondType>().values();
        assert_eq!(values.as_ref(), [-1, -1, -2, 0]);
    }
}
