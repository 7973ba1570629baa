//! `PhysicalExprAdapter`: expressions over a table's columns, made to fit those of a file.
//!
//! Columns are found by name at once, where DataFusion's own adapter looks through both schemas for each of
//! them. Nested ones may differ from the table's at every depth: fields of structs are found by name,
//! those that a file lacks are null, values get the table's types. Instants in another unit are converted
//! here too: of a cast the engine would compare the operand with the other side, in the file's unit and
//! without its remainder. Dates that are read as timestamps are converted here where nothing is compared: a
//! cast is looked through when row groups are skipped, but checks value by value whether it fits.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{new_null_array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
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
use crate::columnar::conformed_array::{conform, is_date_as_timestamp};
use crate::columnar::field_index::FieldIndex;
use crate::expressions::wrapped::{Wrapped, Wrapper};

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
                    return Ok(Wrapped::expression(column, Conform(Arc::clone(wanted))));
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
            Wrapped::expression(operand, Conform(Arc::clone(wanted)))
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

/// Gives values of a file the table's type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Conform(FieldRef);

impl Wrapper for Conform {
    fn field(&self) -> Option<FieldRef> {
        Some(Arc::clone(&self.0))
    }

    fn nullable(&self, operand: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Result<bool> {
        Ok(self.0.is_nullable() || operand.nullable(schema)?)
    }

    fn evaluate(
        &self,
        operand: &Arc<dyn PhysicalExpr>,
        batch: &RecordBatch,
    ) -> Result<ColumnarValue> {
        let wanted = self.0.data_type();
        Ok(match operand.evaluate(batch)? {
            ColumnarValue::Array(array) => ColumnarValue::Array(conform(&array, wanted)?),
            ColumnarValue::Scalar(value) => {
                let array = conform(&value.to_array()?, wanted)?;
                ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?)
            }
        })
    }

    fn display(&self, operand: &Arc<dyn PhysicalExpr>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CONFORM({operand} TO {})", self.0.data_type())
    }
}
