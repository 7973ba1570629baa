//! `PhysicalExprAdapter`: a value of a file that the table's type cannot hold is an error that names the
//! file.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr_adapter::{PhysicalExprAdapter, PhysicalExprAdapterFactory};

use crate::parquet_reader::{file_of, name_file};

/// Adapts as `inner` does. Columns that are read as they stand get the file's name; conditions keep
/// their form, for statistics are judged by it.
#[derive(Debug)]
pub struct NamingAdapterFactory {
    pub inner: Arc<dyn PhysicalExprAdapterFactory>,
}

impl PhysicalExprAdapterFactory for NamingAdapterFactory {
    fn create(&self, table: SchemaRef, file: SchemaRef) -> Result<Arc<dyn PhysicalExprAdapter>> {
        let name = file_of(&file).map(Arc::from);
        let inner = self.inner.create(table, file)?;
        Ok(match name {
            Some(name) => Arc::new(NamingAdapter { inner, name }),
            None => inner,
        })
    }
}

#[derive(Debug)]
struct NamingAdapter {
    inner: Arc<dyn PhysicalExprAdapter>,
    name: Arc<str>,
}

impl PhysicalExprAdapter for NamingAdapter {
    fn rewrite(&self, expression: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        let is_column = expression.is::<Column>();
        let adapted = self.inner.rewrite(expression)?;
        if !is_column || adapted.is::<Column>() || adapted.is::<Literal>() {
            return Ok(adapted);
        }
        Ok(Arc::new(Named { operand: adapted, file: Arc::clone(&self.name) }))
    }
}

#[derive(Debug, Eq)]
struct Named {
    operand: Arc<dyn PhysicalExpr>,
    file: Arc<str>,
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.operand.eq(&other.operand) && self.file == other.file
    }
}

impl Hash for Named {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.operand.hash(state);
        self.file.hash(state);
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.operand.fmt(f)
    }
}

impl PhysicalExpr for Named {
    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        self.operand.return_field(schema)
    }

    fn data_type(&self, schema: &Schema) -> Result<DataType> {
        self.operand.data_type(schema)
    }

    fn nullable(&self, schema: &Schema) -> Result<bool> {
        self.operand.nullable(schema)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let value = self.operand.evaluate(batch);
        value.map_err(|error| name_file(&self.file, error).into())
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.operand]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let operand = children.pop().unwrap_or_else(|| Arc::clone(&self.operand));
        Ok(Arc::new(Self { operand, file: Arc::clone(&self.file) }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.operand.fmt_sql(f)
    }
}
