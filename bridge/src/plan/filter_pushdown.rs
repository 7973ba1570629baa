//! `FilterPushdown` by the positions of columns.
//!
//! DataFusion 55.2 takes a filter down a plan by the names of its columns, and finds the first of several
//! columns of one name: a filter on the one side of a join then drops rows of the other. (Upstream has mended
//! it since, in no release yet: with one that has it this file can go.)
//!
//! Here every node of the plan is in an envelope while such a rule runs. An envelope asks its node which
//! filters may go to which child, and translates their columns itself. What makes a filter known to a child
//! looks columns up by name in any case, so between envelopes a column's name is its number, and the child's
//! envelope gives it its name again. The rule's result is without envelopes.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{internal_err, JoinSide};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::JoinType;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::buffer::BufferExec;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::filter_pushdown::{
    ChildFilterDescription, ChildPushdownResult, FilterDescription, FilterPushdownPhase,
    FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::joins::utils::{build_join_schema, ColumnIndex};
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};

/// What the names of DataFusion's rules begin with, of which there is one for each phase.
pub const FILTER_RULES: &str = "FilterPushdown";

type Filter = Arc<dyn PhysicalExpr>;

#[derive(Debug)]
pub struct ByPosition(pub Arc<dyn PhysicalOptimizerRule + Send + Sync>);

impl PhysicalOptimizerRule for ByPosition {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.0.optimize(enclose(&plan), config)
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

#[derive(Debug)]
struct Envelope {
    node: Arc<dyn ExecutionPlan>,
    /// The node's children, in envelopes; none once the rule is done with them.
    children: Vec<Arc<dyn ExecutionPlan>>,
}

fn enclose(node: &Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    let children = node.children().into_iter().map(enclose).collect();
    Arc::new(Envelope { node: Arc::clone(node), children })
}

/// The filter with each column replaced; nothing if one has no replacement.
fn translate(
    filter: &Filter,
    replace: impl Fn(&Column) -> Option<Filter>,
) -> Result<Option<Filter>> {
    let mut is_whole = true;
    let translated = Arc::clone(filter).transform_down(|part| {
        let Some(column) = part.downcast_ref::<Column>() else { return Ok(Transformed::no(part)) };
        match replace(column) {
            Some(replacement) if replacement.as_ref() == part.as_ref() => Ok(Transformed::no(part)),
            Some(replacement) => Ok(Transformed::new(replacement, true, TreeNodeRecursion::Jump)),
            None => {
                is_whole = false;
                Ok(Transformed::new(part, false, TreeNodeRecursion::Stop))
            }
        }
    })?;
    Ok(is_whole.then_some(translated.data))
}

/// The filter with its columns named as in a schema, in which it has its positions already.
fn named(filter: &Filter, schema: &Schema) -> Result<Filter> {
    let name = |column: &Column| {
        let field = schema.fields().get(column.index())?;
        Some(Arc::new(Column::new(field.name(), column.index())) as Filter)
    };
    match translate(filter, name)? {
        Some(filter) => Ok(filter),
        None => internal_err!("A filter has a column that its plan lacks: {filter}"),
    }
}

/// What a column of a node is over one of the node's children.
type Below = Box<dyn Fn(&Column) -> Option<Filter>>;

fn below(node: &Arc<dyn ExecutionPlan>, child: usize) -> Below {
    let column = |index: usize| Arc::new(Column::new("", index)) as Filter;
    if let Some(projection) = node.downcast_ref::<ProjectionExec>() {
        let parts = projection.expr().to_vec();
        return Box::new(move |found| Some(Arc::clone(&parts.get(found.index())?.expr)));
    }
    if let Some(aggregate) = node.downcast_ref::<AggregateExec>() {
        let keys = aggregate.group_expr().expr().to_vec();
        return Box::new(move |found| Some(Arc::clone(&keys.get(found.index())?.0)));
    }
    if let Some(projection) = node.downcast_ref::<FilterExec>().and_then(|f| f.projection().clone())
    {
        return Box::new(move |found| Some(column(*projection.get(found.index())?)));
    }
    if let Some(join) = node.downcast_ref::<HashJoinExec>() {
        let columns = join_columns(join, child);
        return Box::new(move |found| columns.get(found.index())?.clone());
    }
    let has_columns_of_child = node.is::<BufferExec>()
        || node.is::<CoalescePartitionsExec>()
        || node.is::<CooperativeExec>()
        || node.is::<FilterExec>()
        || node.is::<RepartitionExec>()
        || node.is::<SortExec>()
        || node.is::<UnionExec>();
    Box::new(move |found| has_columns_of_child.then(|| column(found.index())))
}

/// The columns of a join over one of its children.
fn join_columns(join: &HashJoinExec, child: usize) -> Vec<Option<Filter>> {
    let (own, other) = match child {
        0 => (JoinSide::Left, JoinSide::Right),
        _ => (JoinSide::Right, JoinSide::Left),
    };
    let key = |index: usize| {
        let is_key =
            |key: &Filter| key.downcast_ref::<Column>().is_some_and(|c| c.index() == index);
        join.on().iter().find_map(|(left, right)| match own {
            JoinSide::Left => is_key(right).then(|| Arc::clone(left)),
            _ => is_key(left).then(|| Arc::clone(right)),
        })
    };
    // A row of theirs has the same keys on the side that is not in it.
    let is_semi = matches!(join.join_type(), JoinType::LeftSemi | JoinType::RightSemi);
    let over_child = |found: &ColumnIndex| match found.side {
        side if side == own => Some(Arc::new(Column::new("", found.index)) as Filter),
        side if side == other && is_semi => key(found.index),
        _ => None,
    };
    let (left, right) = (join.left().schema(), join.right().schema());
    let (_, columns) = build_join_schema(&left, &right, join.join_type());
    match &join.projection {
        Some(projection) => {
            projection.iter().map(|index| columns.get(*index).and_then(over_child)).collect()
        }
        None => columns.iter().map(over_child).collect(),
    }
}

/// Tells a child of filters over it; `None` is one that it does not get.
fn describe(
    filters: Vec<Option<Filter>>,
    child: &Arc<dyn ExecutionPlan>,
) -> Result<ChildFilterDescription> {
    let nameless = Arc::new(Field::new("", DataType::Null, true));
    let mut fields = vec![nameless; child.schema().fields().len()];
    for column in filters.iter().flatten().flat_map(collect_columns) {
        if let Some(field) = fields.get_mut(column.index()) {
            *field = Arc::new(Field::new(column.index().to_string(), DataType::Null, true));
        }
    }
    let numbered = Arc::new(Schema::new(fields));
    // It is in no schema, so that the filter stays above.
    let nowhere: Filter = Arc::new(Column::new("", usize::MAX));
    let number = |filter: Option<Filter>| match filter {
        Some(filter) => named(&filter, &numbered),
        None => Ok(Arc::clone(&nowhere)),
    };
    let filters = filters.into_iter().map(number).collect::<Result<Vec<_>>>()?;
    let numbered: Arc<dyn ExecutionPlan> = Arc::new(EmptyExec::new(numbered));
    ChildFilterDescription::from_child(&filters, &numbered)
}

impl Envelope {
    /// A `FilterExec` with a projection takes over, by names, the filters that its child does not.
    fn takes_over_by_name(&self, phase: FilterPushdownPhase) -> bool {
        phase == FilterPushdownPhase::Pre
            && self.node.downcast_ref::<FilterExec>().is_some_and(|f| f.projection().is_some())
    }
}

impl ExecutionPlan for Envelope {
    fn name(&self) -> &str {
        self.node.name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.node.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.children.iter().collect()
    }

    /// `children` have gone through the rule.
    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let node = replace_children_if_necessary(Arc::clone(&self.node), children)?;
        Ok(Arc::new(Self { node, children: Vec::new() }))
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.node.apply_expressions(f)
    }

    fn execute(&self, _: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        internal_err!("A plan is run while filters are pushed down it.")
    }

    fn gather_filters_for_pushdown(
        &self,
        phase: FilterPushdownPhase,
        filters: Vec<Filter>,
        config: &ConfigOptions,
    ) -> Result<FilterDescription> {
        let schema = self.node.schema();
        let filters: Vec<_> =
            filters.iter().map(|filter| named(filter, &schema)).collect::<Result<_>>()?;
        let gathered = self.node.gather_filters_for_pushdown(phase, filters.clone(), config)?;
        let stay = self.takes_over_by_name(phase);
        let mut description = FilterDescription::new();
        let given = gathered.parent_filters().into_iter().zip(gathered.self_filters());
        for (child, (verdicts, own)) in given.enumerate() {
            let below = below(&self.node, child);
            let pass = |(filter, verdict): (&Filter, PushedDown)| match verdict {
                PushedDown::Yes if !stay => translate(filter, &below),
                _ => Ok(None),
            };
            let verdicts = verdicts.iter().map(|verdict| verdict.discriminant);
            let passed: Vec<_> = filters.iter().zip(verdicts).map(pass).collect::<Result<_>>()?;
            let told = match passed.iter().any(Option::is_some) {
                true => describe(passed, self.node.children()[child])?,
                false => ChildFilterDescription::all_unsupported(&filters),
            };
            description = description.with_child(told.with_self_filters(own));
        }
        Ok(description)
    }

    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        mut result: ChildPushdownResult,
        config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let schema = self.node.schema();
        for parent in &mut result.parent_filters {
            parent.filter = named(&parent.filter, &schema)?;
        }
        let mut refused = Vec::new();
        if self.takes_over_by_name(phase) {
            refused = vec![PushedDown::No; result.parent_filters.len()];
            result.parent_filters.clear();
        }
        let mut handled = self.node.handle_child_pushdown_result(phase, result, config)?;
        handled.filters.extend(refused);
        handled.updated_node.get_or_insert_with(|| Arc::clone(&self.node));
        Ok(handled)
    }
}

impl DisplayAs for Envelope {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt_as(format, f)
    }
}
