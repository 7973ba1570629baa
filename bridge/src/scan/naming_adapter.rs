//! `PhysicalExprAdapter`: a value of a file that the table's type cannot hold is an error that names the
//! file.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr_adapter::{PhysicalExprAdapter, PhysicalExprAdapterFactory};

use crate::border::file_name::{file_of, name_file};
use crate::expressions::wrapped::{Wrapped, Wrapper};
use crate::parquet::file_types::may_refuse;
use crate::scan::expression_adapter::path_of;

/// Adapts as `inner` does, with the file's name where a column gets the table's type. Within larger
/// expressions only conversions that may refuse a value are marked so: statistics are judged by the
/// form of conditions.
#[derive(Debug)]
pub struct NamingAdapterFactory {
    pub inner: Arc<dyn PhysicalExprAdapterFactory>,
}

impl PhysicalExprAdapterFactory for NamingAdapterFactory {
    fn create(&self, table: SchemaRef, file: SchemaRef) -> Result<Arc<dyn PhysicalExprAdapter>> {
        let Some(name) = file_of(&file).map(Arc::from) else {
            return self.inner.create(table, file);
        };
        let inner = self.inner.create(table, Arc::clone(&file))?;
        Ok(Arc::new(NamingAdapter { inner, file, name }))
    }
}

#[derive(Debug)]
struct NamingAdapter {
    inner: Arc<dyn PhysicalExprAdapter>,
    file: SchemaRef,
    name: Arc<str>,
}

impl PhysicalExprAdapter for NamingAdapter {
    fn rewrite(&self, expression: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        if expression.is::<Column>() {
            let adapted = self.inner.rewrite(expression)?;
            let is_as_it_stands = adapted.is::<Column>() || adapted.is::<Literal>();
            return Ok(if is_as_it_stands { adapted } else { self.name(adapted) });
        }
        let conversions = self.risky_conversions(&expression)?;
        let adapted = self.inner.rewrite(expression)?;
        if conversions.is_empty() {
            return Ok(adapted);
        }
        let named = adapted.transform_down(|node| {
            Ok(match conversions.contains(&node) {
                true => Transformed::new(self.name(node), true, TreeNodeRecursion::Jump),
                false => Transformed::no(node),
            })
        })?;
        Ok(named.data)
    }
}

impl NamingAdapter {
    fn name(&self, operand: Arc<dyn PhysicalExpr>) -> Arc<dyn PhysicalExpr> {
        Wrapped::expression(operand, Named(Arc::clone(&self.name)))
    }

    /// What becomes of the columns and fields in `expression` whose values the table's type may refuse.
    fn risky_conversions(
        &self,
        expression: &Arc<dyn PhysicalExpr>,
    ) -> Result<Vec<Arc<dyn PhysicalExpr>>> {
        let mut found = Vec::new();
        expression.apply(|node| {
            if path_of(node.as_ref()).is_none() {
                return Ok(TreeNodeRecursion::Continue);
            }
            let adapted = self.inner.rewrite(Arc::clone(node))?;
            if self.may_refuse(&adapted)? {
                found.push(adapted);
            }
            Ok(TreeNodeRecursion::Jump)
        })?;
        Ok(found)
    }

    fn may_refuse(&self, adapted: &Arc<dyn PhysicalExpr>) -> Result<bool> {
        if adapted.is::<Column>() || adapted.is::<Literal>() {
            return Ok(false);
        }
        let wanted = adapted.data_type(&self.file)?;
        match adapted.children().as_slice() {
            [stored] if !wanted.is_nested() => {
                Ok(may_refuse(&stored.data_type(&self.file)?, &wanted))
            }
            _ => Ok(wanted.is_nested()),
        }
    }
}

/// Names the file in errors.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Named(Arc<str>);

impl Wrapper for Named {
    fn evaluate(
        &self,
        operand: &Arc<dyn PhysicalExpr>,
        batch: &RecordBatch,
    ) -> Result<ColumnarValue> {
        operand.evaluate(batch).map_err(|error| name_file(&self.0, error).into())
    }
}
