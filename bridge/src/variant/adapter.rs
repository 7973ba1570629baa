//! `PhysicalExprAdapter`: expressions over variants as they are, for files that may have shredded them.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr_adapter::{PhysicalExprAdapter, PhysicalExprAdapterFactory};

use super::field::contains_variant;
use super::unshredding::restore;
use crate::border::error::Error;
use crate::border::file_name::file_of;
use crate::columnar::field_index::FieldIndex;
use crate::expressions::wrapped::{Wrapped, Wrapper};

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
                    let restored = Restored { field: Arc::clone(field), file: self.file.clone() };
                    let restored = Wrapped::expression(node, restored);
                    Transformed::new(restored, true, TreeNodeRecursion::Jump)
                }
                None => Transformed::no(node),
            })
        });
        replaced.data()
    }
}

/// Makes a file's column the table's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Restored {
    field: FieldRef,
    /// What errors name.
    file: Option<Arc<str>>,
}

impl Wrapper for Restored {
    fn field(&self) -> Option<FieldRef> {
        Some(Arc::clone(&self.field))
    }

    fn evaluate(
        &self,
        operand: &Arc<dyn PhysicalExpr>,
        batch: &RecordBatch,
    ) -> Result<ColumnarValue> {
        let column = operand.evaluate(batch)?.into_array(batch.num_rows())?;
        let restored = restore(&column, &self.field).map_err(|error| match &self.file {
            Some(file) => Error::new(error.code(), format!("{file}: {}", error.message())),
            None => error,
        })?;
        Ok(ColumnarValue::Array(restored))
    }
}
