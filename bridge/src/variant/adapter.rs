//! `PhysicalExprAdapter`: expressions over variants as they are, for files that may have shredded them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr_adapter::{PhysicalExprAdapter, PhysicalExprAdapterFactory};

use super::field::contains_variant;
use super::unshredding::restore;
use crate::border::error::Error;
use crate::parquet::parquet_reader::file_of;
use crate::scan::field_index::FieldIndex;

/// Adapts what `inner` leaves: columns in which there are variants.
#[derive(Debug)]
pub struct VariantAdapterFactory {
    pub inner: Arc<dyn PhysicalExprAdapterFactory>,
}

impl PhysicalExprAdapterFactory for VariantAdapterFactory {
    fn create(&self, table: SchemaRef, file: SchemaRef) -> Result<Arc<dyn PhysicalExprAdapter>> {
        let mut wanted = table.fields().iter().filter(|field| contains_variant(field)).peekable();
        if wanted.peek().is_none() {
            return self.inner.create(table, file);
        }
        let columns = FieldIndex::new(file.fields().clone());
        let mut fields: Vec<FieldRef> = file.fields().iter().cloned().collect();
        let mut restored = Vec::new();
        for wanted in wanted {
            if let Some((index, _)) = columns.find(wanted.name()) {
                fields[index] = Arc::clone(wanted);
                restored.push(Arc::clone(wanted));
            }
        }
        let restored = FieldIndex::new(restored.into());
        // To the others the file has them as the table has.
        let seen = Arc::new(Schema::new_with_metadata(fields, file.metadata().clone()));
        let file = file_of(&file).map(Arc::from);
        Ok(Arc::new(VariantAdapter { inner: self.inner.create(table, seen)?, restored, file }))
    }
}

#[derive(Debug)]
struct VariantAdapter {
    inner: Arc<dyn PhysicalExprAdapter>,
    restored: FieldIndex,
    file: Option<Arc<str>>,
}

impl PhysicalExprAdapter for VariantAdapter {
    fn rewrite(&self, expression: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        let expression = self.inner.rewrite(expression)?;
        let replaced = expression.transform_down(|node| {
            let Some(column) = node.downcast_ref::<Column>() else {
                return Ok(Transformed::no(node));
            };
            Ok(match self.restored.find(column.name()) {
                Some((_, field)) => {
                    let (field, file) = (Arc::clone(field), self.file.clone());
                    let restored: Arc<dyn PhysicalExpr> =
                        Arc::new(Restored { column: node, field, file });
                    Transformed::new(restored, true, TreeNodeRecursion::Jump)
                }
                None => Transformed::no(node),
            })
        });
        replaced.data()
    }
}

/// A file's column as the table's.
#[derive(Debug, Eq)]
struct Restored {
    column: Arc<dyn PhysicalExpr>,
    field: FieldRef,
    /// What errors name.
    file: Option<Arc<str>>,
}

impl PartialEq for Restored {
    fn eq(&self, other: &Self) -> bool {
        self.column.eq(&other.column) && self.field == other.field && self.file == other.file
    }
}

impl Hash for Restored {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.column.hash(state);
        self.field.hash(state);
        self.file.hash(state);
    }
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.column.fmt(f)
    }
}

impl PhysicalExpr for Restored {
    fn return_field(&self, _: &Schema) -> Result<FieldRef> {
        Ok(Arc::clone(&self.field))
    }

    fn data_type(&self, _: &Schema) -> Result<DataType> {
        Ok(self.field.data_type().clone())
    }

    fn nullable(&self, _: &Schema) -> Result<bool> {
        Ok(self.field.is_nullable())
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let column = self.column.evaluate(batch)?.into_array(batch.num_rows())?;
        let restored = restore(&column, &self.field).map_err(|error| match &self.file {
            Some(file) => Error::new(error.code(), format!("{file}: {}", error.message())),
            None => error,
        })?;
        Ok(ColumnarValue::Array(restored))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.column]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let column = children.pop().unwrap_or_else(|| Arc::clone(&self.column));
        let (field, file) = (Arc::clone(&self.field), self.file.clone());
        Ok(Arc::new(Self { column, field, file }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.column.fmt_sql(f)
    }
}
