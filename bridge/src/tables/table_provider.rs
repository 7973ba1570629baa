//! `TableProvider`: a table whose files a C++ object lists.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_trait::async_trait;
use cxx::SharedPtr;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::ffi::FFI_ArrowSchema;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{
    unqualified_field_not_found, Constraint, Constraints, DFSchema, DFSchemaRef, Statistics,
    ToDFSchema,
};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::source_as_provider;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::execution::{SessionState, TaskContext};
use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::logical_expr::{
    Expr, ExprSchemable, TableProviderFilterPushDown, TableSource, TableType,
};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::{conjunction, PhysicalExpr};
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::filter::FilterExecBuilder;
use datafusion::physical_plan::filter_pushdown::PushedDown;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::scalar::ScalarValue;
use futures::FutureExt;

use crate::border::error::{code, Error, Result};
use crate::border::guard::{guard, panic_error};
use crate::border::runtime::{self, Birthplace};
use crate::columnar::arrow_border::import_schema;
use crate::columnar::batch_receiver::BatchReceiver;
use crate::columnar::field_index::FieldIndex;
use crate::expressions::expression::{parse_constant, unqualified, with_own_functions, Expression};
use crate::ffi::bridge::{ArrowSchema, Pair, ScanRequest, TableCallback, UniqueKey};
use crate::foreign::sealed_plan::{seal, FOREIGN_ENV};
use crate::scan::file_scan::FileScanBuilder;
use crate::scan::statistics_batch::statistics_from_batch;
use crate::tables::table_change::{change_of, own_state, table_change};

/// The arguments of a scan as C++ reads them. A filter may name the table; C++ knows columns only.
fn scan_request(
    projection: Option<&Vec<usize>>,
    filters: &[Expr],
    limit: Option<usize>,
) -> Result<ScanRequest> {
    let columns = projection.map(Vec::as_slice).unwrap_or_default().iter();
    Ok(ScanRequest {
        all_columns: projection.is_none(),
        columns: columns.map(|column| i32::try_from(*column).unwrap_or(i32::MAX)).collect(),
        filters: filters
            .iter()
            .map(|filter| Ok(Expression(unqualified(filter)?)))
            .collect::<Result<_>>()?,
        limit: limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(-1),
    })
}

fn constraint(key: UniqueKey) -> Constraint {
    let columns = key.columns.into_iter().filter_map(|column| usize::try_from(column).ok());
    match key.is_primary {
        true => Constraint::PrimaryKey(columns.collect()),
        false => Constraint::Unique(columns.collect()),
    }
}

/// A column's default by the column's name. One that cannot be had here is refused where it is needed, by
/// the planner, which finds no value for it.
fn column_default(of: Pair) -> (String, Expr) {
    let Pair { key: column, value: sql } = of;
    let value = parse_constant(&sql).unwrap_or_else(|_| {
        let id = format!("the default of column {column}: {sql}");
        Expr::Placeholder(Placeholder::new_with_field(id, None))
    });
    (column, value)
}

#[derive(Clone)]
pub struct CallbackTable {
    callback: SharedPtr<TableCallback>,
    schema: SchemaRef,
    constraints: Constraints,
    defaults: Arc<HashMap<String, Expr>>,
    definition: Option<String>,
    /// The changing table whose state this one is.
    origin: Option<Arc<CallbackTable>>,
    versioned: bool,
    /// Whether its last column tells its rows apart.
    has_identity: bool,
    birthplace: Birthplace,
}

impl fmt::Debug for CallbackTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackTable").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl CallbackTable {
    pub fn new(callback: SharedPtr<TableCallback>) -> Result<Self> {
        let mut schema = FFI_ArrowSchema::empty();
        let out: *mut ArrowSchema = std::ptr::from_mut(&mut schema).cast();
        let schema = unsafe {
            callback.export_schema(out)?;
            import_schema(out)?
        };
        let description = callback.describe()?;
        let keys = description.keys.into_iter().map(constraint).collect();
        let defaults = description.defaults.into_iter().map(column_default).collect();
        let definition = Some(description.definition).filter(|sql| !sql.is_empty());
        Ok(Self {
            callback,
            schema,
            origin: None,
            versioned: false,
            has_identity: false,
            constraints: Constraints::new_unverified(keys),
            defaults: Arc::new(defaults),
            definition,
            birthplace: Birthplace::here(),
        })
    }

    /// With that definition, unless C++ has given one.
    pub fn or_definition(self, definition: Option<String>) -> Self {
        Self { definition: self.definition.or(definition), ..self }
    }

    fn known_statistics(&self) -> Result<Option<Statistics>> {
        guard(|| {
            self.birthplace.check()?;
            let mut receiver = BatchReceiver::default();
            self.callback.statistics(&mut receiver)?;
            let row = receiver.take_any().filter(|row| row.num_rows() == 1);
            row.map(|row| statistics_from_batch(row, &self.schema)).transpose()
        })
    }

    pub fn callback(&self) -> SharedPtr<TableCallback> {
        self.callback.clone()
    }

    /// The same for two handles of one C++ table.
    pub fn identity(&self) -> usize {
        self.callback.identity()
    }

    pub fn origin(&self) -> Option<Arc<CallbackTable>> {
        self.origin.clone()
    }

    /// Whether it is an earlier state of a table.
    pub fn is_versioned(&self) -> bool {
        self.versioned
    }

    /// What a changing table is now; a table that does not change is itself.
    pub async fn current(self: Arc<Self>) -> Result<Arc<Self>> {
        self.birthplace.check()?;
        let callback = self.callback.clone();
        runtime::spawn_blocking(move || {
            let current = callback.current()?;
            if current.is_null() {
                return Ok(self);
            }
            Ok(Arc::new(Self { origin: Some(self), ..Self::new(current)? }))
        })
        .await
    }

    /// The table as it was at a version, or at a time in microseconds since the Unix epoch.
    pub async fn at_version(&self, is_time: bool, value: i64) -> Result<Arc<Self>> {
        self.birthplace.check()?;
        let callback = self.callback.clone();
        runtime::spawn_blocking(move || {
            let table = Self::new(callback.at_version(is_time, value)?)?;
            Ok(Arc::new(Self { versioned: true, ..table }))
        })
        .await
    }

    /// The same state of the table with a column, the last one, that tells its rows apart.
    pub fn with_identity(&self) -> Result<Arc<Self>> {
        self.birthplace.check()?;
        let table = Self::new(self.callback.with_identity()?)?;
        Ok(Arc::new(Self { origin: self.origin.clone(), has_identity: true, ..table }))
    }

    pub fn has_identity(&self) -> bool {
        self.has_identity
    }

    /// Asks C++ for the files, on a thread where it may block and call back.
    async fn list_files(&self, request: ScanRequest) -> Result<FileScanBuilder> {
        self.birthplace.check()?;
        let callback = self.callback.clone();
        runtime::spawn_blocking(move || {
            let mut scan = FileScanBuilder::default();
            callback.scan(&request, &mut scan)?;
            Ok(scan)
        })
        .await
    }

    async fn plan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<DataSourceExec>> {
        let request = scan_request(projection, filters, limit)?;
        let judged = filters.iter().flat_map(Expr::column_refs);
        let judged: Vec<_> = judged.map(|column| column.name.clone()).collect();
        self.list_files(request).await?.build(session, projection, &judged, limit)
    }

    /// The scan as an optimizer would leave it that can push filters into it, and the filters that are
    /// still to be applied to its rows.
    async fn plan_alone(
        &self,
        session: &SessionState,
        projection: Option<&Vec<usize>>,
        filters: Vec<Expr>,
        limit: Option<usize>,
    ) -> Result<(Arc<dyn ExecutionPlan>, Vec<Arc<dyn PhysicalExpr>>)> {
        let support = self.supports_filters_pushdown(&filters.iter().collect::<Vec<_>>())?;
        let is_exact = |support: &_| matches!(support, TableProviderFilterPushDown::Exact);
        let limit = limit.filter(|_| support.iter().all(is_exact));
        let mut scan = self.plan(session, projection, &filters, limit).await?;
        let config = session.config_options();
        let schema = DFSchema::try_from(scan.schema())?;
        let on_rows = filters.iter().zip(&support).filter(|(filter, support)| {
            let columns = filter.column_refs();
            !is_exact(support) && columns.iter().all(|column| schema.has_column(column))
        });
        let on_rows = on_rows
            .map(|(filter, _)| session.create_physical_expr(filter.clone(), &schema))
            .collect::<DataFusionResult<Vec<_>>>()?;
        let pushed = scan.data_source().try_pushdown_filters(on_rows.clone(), config)?;
        if let Some(source) = pushed.updated_node {
            scan = Arc::new(DataSourceExec::new(source));
        }
        let answers = on_rows.into_iter().zip(pushed.filters);
        let left = answers.filter(|(_, answer)| matches!(answer, PushedDown::No));
        let left = left.map(|(filter, _)| filter).collect();
        if config.optimizer.repartition_file_scans && limit.is_none() {
            let cut = scan.repartitioned(session.config().target_partitions(), config)?;
            return Ok((cut.unwrap_or(scan), left));
        }
        Ok((scan, left))
    }

    /// The wanted columns of the rows for which a predicate is true. Nothing is planned around the scan, so
    /// that this takes no more time a column where there are many.
    pub async fn read(
        &self,
        session: &SessionState,
        columns: Option<&[String]>,
        predicate: Option<Expr>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema: DFSchemaRef = Arc::new(self.schema.clone().to_dfschema()?);
        let fields = FieldIndex::new(self.schema.fields().clone());
        let position = |name: &String| {
            let found = fields.find(name).map(|(position, _)| position);
            found.ok_or_else(|| unqualified_field_not_found(name, &schema))
        };
        let positions =
            |names: &[String]| names.iter().map(position).collect::<DataFusionResult<Vec<_>>>();
        let mut projection = columns.map(positions).transpose()?;
        let num_columns = projection.as_ref().map(Vec::len);
        let predicate = predicate.map(|predicate| row_condition(session, predicate, &schema));
        let (mut filters, mut volatile) = (Vec::new(), Vec::new());
        match predicate.transpose()? {
            Some(Expr::Literal(ScalarValue::Boolean(Some(true)), _)) | None => {}
            Some(Expr::Literal(..)) => {
                let schema = match &projection {
                    Some(projection) => Arc::new(self.schema.project(projection)?),
                    None => self.schema.clone(),
                };
                return Ok(Arc::new(EmptyExec::new(schema)));
            }
            Some(predicate) => {
                let parts = split_conjunction_owned(predicate).into_iter().map(Expression);
                let (lasting, other) = parts.partition::<Vec<_>, _>(Expression::is_deterministic);
                filters.extend(lasting.into_iter().map(|part| part.0));
                volatile.extend(other.into_iter().map(|part| part.0));
            }
        }
        if let Some(projection) = &mut projection {
            let names = filters.iter().chain(&volatile).flat_map(Expr::column_refs);
            let named = names.map(|column| position(&column.name));
            let mut named = named.collect::<DataFusionResult<BTreeSet<_>>>()?;
            named.retain(|column| !projection.contains(column));
            projection.extend(named);
        }
        let (scan, mut left) = self.plan_alone(session, projection.as_ref(), filters, None).await?;
        let schema = DFSchema::try_from(scan.schema())?;
        for filter in volatile {
            left.push(session.create_physical_expr(filter, &schema)?);
        }
        let shown = num_columns.map(|count| (0..count).collect::<Vec<_>>());
        if !left.is_empty() {
            let filter = FilterExecBuilder::new(conjunction(left), scan)
                .with_batch_size(session.config().batch_size())
                .apply_projection(shown)?;
            return Ok(Arc::new(filter.build()?));
        }
        match shown.filter(|shown| shown.len() < schema.fields().len()) {
            Some(shown) => {
                let columns = ProjectionExprs::from_indices(&shown, &scan.schema());
                let projection = ProjectionExec::try_new(columns.as_ref().to_vec(), scan.clone())?;
                let narrow = scan.try_swapping_with_projection(&projection)?;
                Ok(narrow.unwrap_or_else(|| Arc::new(projection)))
            }
            None => Ok(scan),
        }
    }
}

/// Our table that a source wraps.
pub fn callback_table(source: &Arc<dyn TableSource>) -> Option<CallbackTable> {
    let provider = source_as_provider(source).ok()?;
    provider.downcast_ref::<CallbackTable>().cloned()
}

/// The condition, ready to be judged row by row; a literal where it is the same for all rows.
fn row_condition(session: &SessionState, predicate: Expr, schema: &DFSchemaRef) -> Result<Expr> {
    let context = SimplifyContext::builder()
        .with_schema(schema.clone())
        .with_config_options(session.config_options().clone())
        .with_current_time();
    let simplifier = ExprSimplifier::new(context.build());
    let text = predicate.to_string();
    let condition = simplifier.simplify(simplifier.coerce(predicate, schema)?)?;
    match condition.get_type(schema.as_ref())? {
        DataType::Boolean | DataType::Null => Ok(condition),
        _ => Err(Error::new(code::INVALID_SQL, format!("The predicate is not boolean: {text}"))),
    }
}

#[async_trait]
impl TableProvider for CallbackTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn constraints(&self) -> Option<&Constraints> {
        Some(&self.constraints)
    }

    fn get_table_definition(&self) -> Option<&str> {
        self.definition.as_deref()
    }

    fn get_column_default(&self, column: &str) -> Option<&Expr> {
        self.defaults.get(column)
    }

    fn statistics(&self) -> Option<Statistics> {
        // Statistics are hints: a scan of the table will say what is wrong.
        self.known_statistics().unwrap_or(None)
    }

    async fn insert_into(
        &self,
        session: &dyn Session,
        input: Arc<dyn ExecutionPlan>,
        mode: InsertOp,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        self.birthplace.check()?;
        let (state, change) = (own_state(session), change_of(mode)?);
        Ok(table_change(self.callback.clone(), &self.schema, state, input, change))
    }

    /// Files are left out by filters; the rows are filtered by the engine, which pushes the filters into
    /// the Parquet reader by itself, unless the choice of files decides a filter.
    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        self.birthplace.check()?;
        let support = |filter: &&Expr| -> Result<TableProviderFilterPushDown> {
            let filter = Expression((*filter).clone());
            if !filter.is_deterministic() {
                return Ok(TableProviderFilterPushDown::Unsupported);
            }
            Ok(match self.callback.decides(&filter)? {
                true => TableProviderFilterPushDown::Exact,
                false => TableProviderFilterPushDown::Inexact,
            })
        };
        Ok(filters.iter().map(support).collect::<Result<_>>()?)
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        if session.as_any().is::<SessionState>() {
            return Ok(self.plan(session, projection, filters, limit).await?);
        }
        // A foreign session cannot push filters through the border between libraries: that is done
        // here, in a session of our own with the same settings.
        self.birthplace.check()?;
        let table = self.clone();
        let (config, session_id) = (session.config().clone(), session.session_id().to_string());
        let projection = projection.cloned();
        // The host applies all filters again but those that the choice of files decides, so that those
        // that cannot be had here may be left out: they have functions, which decide no files.
        let filters = filters
            .iter()
            .filter_map(|filter| with_own_functions(filter).transpose())
            .map(|filter| unqualified(&filter?))
            .collect::<Result<Vec<_>>>()?;
        let planning = async move {
            let state = SessionStateBuilder::new()
                .with_config(config)
                .with_session_id(session_id)
                .with_runtime_env(FOREIGN_ENV.clone())
                .build();
            // The host filters the rows.
            let (plan, _) = table.plan_alone(&state, projection.as_ref(), filters, limit).await?;
            Ok::<_, Error>((plan, Arc::new(TaskContext::from(&state))))
        };
        // On the session's thread: filters that came through the border are not nested deeply.
        let planned = AssertUnwindSafe(planning).catch_unwind().await;
        let (plan, context) = planned.unwrap_or_else(|panic| Err(panic_error(panic.as_ref())))?;
        Ok(seal(plan, context)?)
    }
}
