//! `PhysicalExprAdapter`: a value of a file that the table's type cannot hold is an error that names the
//! file.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr_adapter::{PhysicalExprAdapter, PhysicalExprAdapterFactory};

use crate::parquet::parquet_reader::{file_of, name_file};
use crate::scan::expression_adapter::path_of;
use crate::scan::file_types::may_refuse;

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
        Arc::new(Named { operand, file: Arc::clone(&self.name) })
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
