//! `PruningPredicate`: a predicate over rows, judged by the statistics of containers.

use std::collections::BTreeSet;

use datafusion::arrow::datatypes::SchemaRef;

use crate::border::error::Result;
use crate::border::guard::guard;
use crate::columnar::arrow_border::{import_batch, import_schema};
use crate::expressions::expression::{
    nullable, plan_expression, unqualified_conjunction, ExpressionList,
};
use crate::ffi::bridge::{ArrowArray, ArrowSchema};
use crate::pruning::{Condition, ContainerStatistics};

pub struct PruningPredicate {
    schema: SchemaRef,
    /// Absent where there is nothing that statistics can decide.
    condition: Option<Condition>,
    columns: Vec<String>,
}

/// # Safety
/// `schema` points to a valid `ArrowSchema`, which is taken over.
pub unsafe fn new_pruning_predicate(
    filters: &ExpressionList,
    schema: *mut ArrowSchema,
) -> Result<Box<PruningPredicate>> {
    guard(|| {
        let schema = nullable(import_schema(schema)?.as_ref());
        let Some(predicate) = unqualified_conjunction(&filters.0)? else {
            return Ok(Box::new(PruningPredicate { schema, condition: None, columns: Vec::new() }));
        };
        let planned = plan_expression(predicate, &schema)?;
        let condition = Condition::new(&planned, &schema).decidable();
        let mut columns = BTreeSet::new();
        if let Some(condition) = &condition {
            condition.collect_columns(&mut columns);
        }
        let columns = columns.into_iter().collect();
        Ok(Box::new(PruningPredicate { schema, condition, columns }))
    })
}

impl PruningPredicate {
    pub fn always_true(&self) -> bool {
        self.condition.is_none()
    }

    pub fn columns(&self) -> Vec<String> {
        self.columns.clone()
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
            let statistics = ContainerStatistics::new(import_batch(schema, statistics)?);
            let (before, containers) = (out.len(), statistics.containers());
            let Some(condition) = &self.condition else {
                out.resize(before + containers, 1);
                return Ok(());
            };
            let kept = condition.may_be_true(&statistics, &self.schema).bits(containers);
            out.resize(before + containers, 0);
            for container in kept.set_indices() {
                out[before + container] = 1;
            }
            Ok(())
        })
    }
}
