//! `PruningPredicate`: a predicate over rows, turned into one over the statistics of containers.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, UInt64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::Column;
use datafusion::error::Result as DataFusionResult;
use datafusion::physical_expr::expressions::lit;
use datafusion::physical_expr::{split_conjunction, PhysicalExpr};
use datafusion::physical_optimizer::pruning::{PruningPredicate as Inner, PruningPredicateBuilder};
use datafusion::scalar::ScalarValue;

use crate::arrow_border::{import_batch, import_schema};
use crate::error::Result;
use crate::expression::{nullable, plan_expression, unqualified_conjunction, ExpressionList};
use crate::ffi::bridge::{ArrowArray, ArrowSchema};
use crate::guard::guard;

pub struct PruningPredicate {
    /// Absent where there is nothing that statistics can decide.
    inner: Option<Inner>,
}

/// Statistics in the layout that `datafusion/table_provider.h` documents.
pub struct ContainerStatistics(pub RecordBatch);

impl ContainerStatistics {
    pub fn of(&self, kind: &str, column: &str) -> Option<ArrayRef> {
        self.0.column_by_name(kind)?.as_struct_opt()?.column_by_name(column).cloned()
    }

    pub fn num_rows(&self) -> Option<ArrayRef> {
        self.0.column_by_name("num_rows").cloned()
    }
}

fn counts(array: ArrayRef) -> Option<ArrayRef> {
    cast(&array, &DataType::UInt64).ok().filter(|array| array.as_any().is::<UInt64Array>())
}

impl PruningStatistics for ContainerStatistics {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.of("min", &column.name)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.of("max", &column.name)
    }

    fn num_containers(&self) -> usize {
        self.0.num_rows()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        self.of("null_count", &column.name).and_then(counts)
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        self.num_rows().and_then(counts)
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

fn build(predicate: &Arc<dyn PhysicalExpr>, schema: &SchemaRef) -> DataFusionResult<Inner> {
    PruningPredicateBuilder::new().with_file_schema(schema.clone()).try_build(Arc::clone(predicate))
}

/// # Safety
/// `schema` points to a valid `ArrowSchema`, which is taken over.
pub unsafe fn new_pruning_predicate(
    filters: &ExpressionList,
    schema: *mut ArrowSchema,
) -> Result<Box<PruningPredicate>> {
    guard(|| {
        let schema = nullable(import_schema(schema)?.as_ref());
        let inner = match unqualified_conjunction(&filters.0)? {
            Some(predicate) => {
                let planned = plan_expression(predicate, &schema)?;
                // One part that has no pruning form must not spoil the others.
                let parts: Vec<_> = split_conjunction(&planned)
                    .into_iter()
                    .filter(|part| build(part, &schema).is_ok())
                    .cloned()
                    .collect();
                let joined =
                    datafusion::physical_expr::conjunction_opt(parts).unwrap_or_else(|| lit(true));
                let inner = build(&joined, &schema)?;
                (!inner.always_true()).then_some(inner)
            }
            None => None,
        };
        Ok(Box::new(PruningPredicate { inner }))
    })
}

impl PruningPredicate {
    pub fn always_true(&self) -> bool {
        self.inner.is_none()
    }

    pub fn columns(&self) -> Vec<String> {
        let Some(inner) = &self.inner else { return Vec::new() };
        let expression = inner.orig_expr();
        let mut names: Vec<String> = datafusion::physical_expr::utils::collect_columns(expression)
            .into_iter()
            .map(|column| column.name().to_string())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// # Safety
    /// `schema` and `statistics` point to a valid schema and a struct array of it; both are
    /// taken over.
    pub unsafe fn may_match(
        &self,
        schema: *mut ArrowSchema,
        statistics: *mut ArrowArray,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        guard(|| {
            let statistics = ContainerStatistics(import_batch(schema, statistics)?);
            match &self.inner {
                Some(inner) => out.extend(inner.prune(&statistics)?.into_iter().map(u8::from)),
                None => out.resize(out.len() + statistics.num_containers(), 1),
            }
            Ok(())
        })
    }
}
