//! `FileScanConfig`: a list of Parquet files with partition values and statistics, as a plan.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use cxx::{SharedPtr, UniquePtr};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::catalog::Session;
use datafusion::common::config::TableParquetOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::Statistics;
use datafusion::config::ConfigOptions;
use datafusion::datasource::physical_plan::{
    FileGroup, FileScanConfig, FileScanConfigBuilder, FileSource, ParquetSource,
};
use datafusion::datasource::source::{DataSource, DataSourceExec, OpenArgs};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::object_store::{ObjectStoreRegistry, ObjectStoreUrl};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::functions::core::named_struct;
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::expressions::{lit, Column};
use datafusion::physical_expr::projection::{ProjectionExpr, ProjectionExprs};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{
    EquivalenceProperties, LexOrdering, Partitioning, PhysicalExpr, PhysicalSortExpr,
    ScalarFunctionExpr,
};
use datafusion::physical_expr_adapter::PhysicalExprAdapterFactory;
use datafusion::physical_plan::execution_plan::SchedulingType;
use datafusion::physical_plan::filter_pushdown::{FilterPushdownPropagation, PushedDown};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::sort_pushdown::SortOrderPushdownResult;
use datafusion::physical_plan::DisplayFormatType;
use object_store::ObjectStore;
use parquet::arrow::RowNumber;
use url::Url;

use crate::border::error::{code, Error, Result};
use crate::columnar::arrow_border::{export_batch, import_batch, import_schema};
use crate::expressions::expression::{plan_expression, ExpressionList};
use crate::parquet::column_groups::{ColumnGroups, GroupAdapterFactory};
use crate::parquet::column_names::ColumnNames;
use crate::scan::expression_adapter::ColumnAdapterFactory;

use crate::border::guard::guard;
use crate::ffi::bridge::{ArrowArray, ArrowSchema, FileLister, FileScan, RowSkipper};
use crate::parquet::parquet_reader::{FooterReader, NamingReaderFactory};
use crate::scan::expression_guard::guard_functions;
use crate::scan::naming_adapter::NamingAdapterFactory;
use crate::scan::nan_guard::guard_nan;
use crate::scan::negation_guard::guard_negations;
use crate::scan::row_skipping::SkippingSource;
use crate::scan::scanned_files::ScannedFiles;
use crate::scan::statistics_batch::statistics_to_batch;
use crate::scan::zero_guard::guard_zeros;
use crate::store::object_store::Store;
use crate::variant::VariantAdapterFactory;

/// The scan's store is looked up under this URL, in a registry that holds nothing else.
const STORE_URL: &str = "scan://store";

/// More files than these are made when the plan is run, not while it is planned or shown.
const MANY_FILES: usize = 1000;

/// Receives a `FileScan` from C++ (datafusion/table_provider.h) and makes a plan of it.
#[derive(Default)]
pub struct FileScanBuilder {
    stores: Vec<Store>,
    file_schema: Option<Arc<Schema>>,
    stored_schema: Option<Arc<Schema>>,
    partition_columns: Vec<FieldRef>,
    packed: Option<PackedColumn>,
    /// Where the table's columns are among those of files, partition columns and the packed one.
    columns: Option<Vec<usize>>,
    row_filters: bool,
    files: Option<RecordBatch>,
    lister: Option<UniquePtr<FileLister>>,
    row_skipper: Option<SharedPtr<RowSkipper>>,
    missing_file_note: String,
    annotations: Vec<(String, String)>,
}

/// A struct of expressions over the other columns, and over the row's number in its file.
struct PackedColumn {
    name: String,
    row_index: String,
    fields: Vec<(String, Expr)>,
}

pub fn new_file_scan_builder() -> Box<FileScanBuilder> {
    Box::default()
}

impl FileScanBuilder {
    /// Adds a store; files name theirs by its position.
    pub fn add_store(&mut self, store: &Store) {
        self.stores.push(store.clone());
    }

    /// `stored_schema` says how files name the columns of the file schema, if not by its names: null else.
    ///
    /// # Safety
    /// All point to valid schemas, which are taken over.
    pub unsafe fn set_schemas(
        &mut self,
        file_schema: *mut ArrowSchema,
        partition_schema: *mut ArrowSchema,
        stored_schema: *mut ArrowSchema,
    ) -> Result<()> {
        guard(|| {
            let partitions = import_schema(partition_schema);
            if !stored_schema.is_null() {
                self.stored_schema = Some(import_schema(stored_schema)?);
            }
            self.file_schema = Some(import_schema(file_schema)?);
            self.partition_columns = partitions?.fields().iter().cloned().collect();
            Ok(())
        })
    }

    /// Takes the rest of what is known of the scan; `packed` are the values of the packed fields.
    pub fn describe(&mut self, scan: FileScan, packed: &ExpressionList) -> Result<()> {
        if !scan.all_columns {
            let columns = scan.columns.into_iter().map(usize::try_from);
            let columns = columns.collect::<std::result::Result<_, _>>();
            self.columns = Some(columns.map_err(|_| incomplete())?);
        }
        if !scan.packed_name.is_empty() {
            let (name, row_index) = (scan.packed_name, scan.row_index);
            let fields = scan.packed_fields.into_iter().zip(packed.0.iter().cloned()).collect();
            self.packed = Some(PackedColumn { name, row_index, fields });
        }
        self.row_filters = scan.use_row_filters;
        self.lister = Some(scan.lister).filter(|lister| !lister.is_null());
        self.row_skipper = Some(scan.row_skipper).filter(|skipper| !skipper.is_null());
        self.missing_file_note = scan.missing_file_note;
        self.annotations =
            scan.annotations.into_iter().map(|pair| (pair.key, pair.value)).collect();
        Ok(())
    }

    /// # Safety
    /// They point to a valid schema and a struct array of it; both are taken over.
    pub unsafe fn set_files(
        &mut self,
        schema: *mut ArrowSchema,
        files: *mut ArrowArray,
    ) -> Result<()> {
        guard(|| {
            self.files = Some(import_batch(schema, files)?);
            Ok(())
        })
    }

    fn schema(&self) -> Result<TableSchema> {
        let file_schema = self.file_schema.clone().ok_or_else(incomplete)?;
        let schema = TableSchema::builder(file_schema)
            .with_table_partition_cols(self.partition_columns.clone());
        Ok(match &self.packed {
            Some(packed) => {
                let field = Field::new(&packed.row_index, DataType::Int64, true)
                    .with_extension_type(RowNumber);
                schema.with_virtual_columns(vec![Arc::new(field)]).build()
            }
            None => schema.build(),
        })
    }

    /// Statistics of all files: `datafusion::common::Statistics` as a batch of one row.
    ///
    /// # Safety
    /// Both point to structures to be filled.
    pub unsafe fn statistics(
        &mut self,
        schema_out: *mut ArrowSchema,
        out: *mut ArrowArray,
    ) -> Result<()> {
        guard(|| {
            let schema = self.schema()?;
            let files = self.files.take().ok_or_else(incomplete)?;
            let files = ScannedFiles::new(files, self.lister.take(), None, &schema)?;
            let mut statistics = files.table_statistics(|_| true)?;
            statistics.total_byte_size = files.total_size()?;
            let all = schema.schema_without_virtual_columns();
            let mut columns = self.positions(&schema, None)?;
            // What is made while reading has no statistics.
            columns.retain(|column| *column < all.fields().len());
            let statistics = statistics.project(Some(&columns));
            let row = statistics_to_batch(&statistics, &all.project(&columns)?)?;
            export_batch(row, schema_out, out)
        })
    }

    /// The wanted columns of the table as positions in `schema`, whose end is that of the packed one.
    fn positions(&self, schema: &TableSchema, wanted: Option<&Vec<usize>>) -> Result<Vec<usize>> {
        let stored = schema.schema_without_virtual_columns().fields().len();
        let count = stored + usize::from(self.packed.is_some());
        let position = |column: usize| {
            let place = match &self.columns {
                Some(columns) => *columns.get(column)?,
                None => column,
            };
            match place < stored {
                true => Some(place),
                false => (place < count).then(|| schema.table_schema().fields().len()),
            }
        };
        let positions: Option<Vec<_>> = match wanted {
            Some(wanted) => wanted.iter().map(|column| position(*column)).collect(),
            None => (0..self.columns.as_ref().map_or(count, Vec::len)).map(position).collect(),
        };
        positions.ok_or_else(incomplete)
    }

    /// Makes the plan. `projection` counts in the table's schema; `judged` are columns of filters.
    pub fn build(
        self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        judged: &[String],
        limit: Option<usize>,
    ) -> Result<Arc<DataSourceExec>> {
        let schema = self.schema()?;
        let projection = self.positions(&schema, projection)?;
        let (Some(store), Some(files)) = (self.stores.first(), self.files) else {
            return Err(incomplete());
        };
        for store in &self.stores {
            store.birthplace().check()?;
        }
        let files = ScannedFiles::new(files, self.lister, self.row_skipper.clone(), &schema)?;
        let names = match self.stored_schema {
            Some(stored) => Some(ColumnNames::new(schema.file_schema().clone(), stored)?),
            None => None,
        };
        let config = session.config_options();
        let statistics = match config.execution.collect_statistics {
            true => {
                let wanted: HashSet<usize> = projection.iter().copied().collect();
                files.table_statistics(|column| wanted.contains(&column))?
            }
            false => Statistics::new_unknown(schema.table_schema()),
        };
        let cache = session.runtime_env().cache_manager.get_file_metadata_cache();
        let mut options = TableParquetOptions {
            global: config.execution.parquet.clone(),
            ..TableParquetOptions::default()
        };
        options.global.pushdown_filters |= self.row_filters;
        // Nanoseconds, the default for INT96, overflow outside of the years 1677 to 2262.
        options.global.coerce_int96.get_or_insert_with(|| "us".to_string());
        let size_hint = options.global.metadata_size_hint;
        let file_schema = schema.file_schema().clone();
        let groups = ColumnGroups::new(&file_schema, &projection, judged);
        let is_grouped = groups.is_some();
        let id = session.session_id();
        let mut footers = FooterReader::new(&self.stores, file_schema, names, groups, &cache, id);
        footers.size_hint = size_hint;
        footers.keep_page_index = options.global.enable_page_index;
        footers.missing_file_note = self.missing_file_note.clone();
        let footers = Arc::new(footers);
        let mut source = ParquetSource::new(schema.clone())
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(Arc::new(NamingReaderFactory::new(footers.clone())));
        if let Some(hint) = size_hint {
            source = source.with_metadata_size_hint(hint);
        }
        let mut source: Arc<dyn FileSource> =
            Arc::new(SkippingSource::new(Arc::new(source), footers));
        let columns = match self.packed {
            Some(packed) => packed.project(&schema, &projection, &Arc::new(config.clone()))?,
            None => ProjectionExprs::from_indices(&projection, schema.table_schema()),
        };
        source = source.try_pushdown_projection(&columns)?.ok_or_else(incomplete)?;
        let adapter = VariantAdapterFactory { inner: Arc::new(ColumnAdapterFactory) };
        let mut adapter: Arc<dyn PhysicalExprAdapterFactory> =
            Arc::new(NamingAdapterFactory { inner: Arc::new(adapter) });
        if is_grouped {
            adapter = Arc::new(GroupAdapterFactory { inner: adapter });
        }
        let wanted_groups = config.execution.target_partitions;
        let groups = vec![FileGroup::new(Vec::new()); files.num_groups(wanted_groups)];
        let scan = FileScanConfigBuilder::new(ObjectStoreUrl::parse(STORE_URL)?, source)
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_limit(limit)
            .with_expr_adapter(Some(adapter))
            .build();
        let source = AnnotatedScan {
            inner: Arc::new(scan),
            files: Some(Arc::new(PendingFiles { list: files, wanted_groups })),
            filled: Arc::default(),
            is_grouped,
            store: store.store.clone(),
            annotations: self.annotations.into(),
        };
        Ok(DataSourceExec::from_data_source(source))
    }
}

fn incomplete() -> Error {
    Error::new(code::INTERNAL, "A file scan is incomplete.")
}

impl PackedColumn {
    /// The wanted columns, of which `columns` are the positions, as expressions over all columns.
    fn project(
        &self,
        schema: &TableSchema,
        columns: &[usize],
        config: &Arc<ConfigOptions>,
    ) -> Result<ProjectionExprs> {
        let all = schema.table_schema();
        let mut projected = Vec::with_capacity(columns.len());
        for index in columns {
            if let Some(field) = all.fields().get(*index) {
                let column = Arc::new(Column::new(field.name(), *index));
                projected.push(ProjectionExpr::new(column, field.name()));
                continue;
            }
            let mut arguments = Vec::with_capacity(2 * self.fields.len());
            for (name, value) in &self.fields {
                arguments.push(lit(name.as_str()));
                arguments.push(plan_expression(value.clone(), all)?);
            }
            let packed =
                ScalarFunctionExpr::try_new(named_struct(), arguments, all, config.clone())?;
            projected.push(ProjectionExpr::new(Arc::new(packed), &self.name));
        }
        Ok(ProjectionExprs::new(projected))
    }
}

/// Files that are still to be made.
struct PendingFiles {
    list: ScannedFiles,
    wanted_groups: usize,
}

/// A `FileScanConfig` that carries its stores with it, so that it runs in any session, and shows
/// remarks of the table in EXPLAIN. Its files are made when they are needed: a plan that statistics
/// answer never has them.
#[derive(Clone)]
struct AnnotatedScan {
    /// With empty groups as long as `files` are there.
    inner: Arc<dyn DataSource>,
    files: Option<Arc<PendingFiles>>,
    /// `inner` with its files.
    filled: Arc<OnceLock<Arc<dyn DataSource>>>,
    /// Whether columns are read in groups, in which the reader applies no filters.
    is_grouped: bool,
    store: Arc<dyn ObjectStore>,
    annotations: Arc<[(String, String)]>,
}

impl fmt::Debug for AnnotatedScan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnnotatedScan").field("inner", &self.inner).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct SingleStore(Arc<dyn ObjectStore>);

impl ObjectStoreRegistry for SingleStore {
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, _: &Url) -> DataFusionResult<Arc<dyn ObjectStore>> {
        Ok(self.0.clone())
    }
}

impl AnnotatedScan {
    /// Something else made of `inner`.
    fn wrap(&self, inner: Arc<dyn DataSource>) -> Arc<dyn DataSource> {
        Arc::new(Self { inner, filled: Arc::default(), ..self.clone() })
    }

    /// The scan with its files.
    fn fill(&self) -> Result<Arc<dyn DataSource>> {
        let Some(files) = &self.files else { return Ok(self.inner.clone()) };
        if let Some(filled) = self.filled.get() {
            return Ok(filled.clone());
        }
        let config = self.inner.downcast_ref::<FileScanConfig>().ok_or_else(incomplete)?;
        let groups = files.list.groups(files.wanted_groups)?;
        let config = FileScanConfigBuilder::from(config.clone()).with_file_groups(groups).build();
        Ok(self.filled.get_or_init(|| Arc::new(config)).clone())
    }

    /// The scan as the planner shall see it: with its files, unless there are many.
    fn planned(&self) -> Result<Arc<dyn DataSource>> {
        match &self.files {
            Some(files) if files.list.len() > MANY_FILES => Ok(self.inner.clone()),
            _ => self.fill(),
        }
    }

    /// Something else made of what `planned` returned.
    fn wrap_planned(&self, inner: Arc<dyn DataSource>) -> Arc<dyn DataSource> {
        let files = self.files.clone().filter(|files| files.list.len() > MANY_FILES);
        Arc::new(Self { inner, files, filled: Arc::default(), ..self.clone() })
    }

    /// The task's context for a scan: with our store, and without functions by name, of which a scan
    /// needs none.
    fn context(&self, task: &TaskContext) -> Arc<TaskContext> {
        let env = task.runtime_env();
        let env = RuntimeEnv {
            object_store_registry: Arc::new(SingleStore(self.store.clone())),
            ..env.as_ref().clone()
        };
        Arc::new(TaskContext::new(
            task.task_id(),
            task.session_id(),
            task.session_config().clone(),
            HashMap::new(),
            HashMap::new(),
            HashMap::new(),
            HashMap::new(),
            Arc::new(env),
        ))
    }
}

impl DataSource for AnnotatedScan {
    fn open(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> DataFusionResult<SendableRecordBatchStream> {
        self.fill()?.open(partition, self.context(&context))
    }

    fn open_with_args(&self, mut args: OpenArgs) -> DataFusionResult<SendableRecordBatchStream> {
        args.context = self.context(&args.context);
        self.fill()?.open_with_args(args)
    }

    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, value) in self.annotations.iter() {
            match format {
                DisplayFormatType::TreeRender => writeln!(f, "{key}={value}")?,
                _ => write!(f, "{key}={value}, ")?,
            }
        }
        // What is wrong with the files is said when the plan is run.
        self.planned().unwrap_or_else(|_| self.inner.clone()).fmt_as(format, f)
    }

    fn repartitioned(
        &self,
        target_partitions: usize,
        repartition_file_min_size: usize,
        output_ordering: Option<LexOrdering>,
    ) -> DataFusionResult<Option<Arc<dyn DataSource>>> {
        // Many files need no cutting: their groups are as good as equal.
        let inner = self.planned()?.repartitioned(
            target_partitions,
            repartition_file_min_size,
            output_ordering,
        )?;
        Ok(inner.map(|inner| self.wrap_planned(inner)))
    }

    fn output_partitioning(&self) -> Partitioning {
        self.inner.output_partitioning()
    }

    fn eq_properties(&self) -> EquivalenceProperties {
        self.inner.eq_properties()
    }

    fn scheduling_type(&self) -> SchedulingType {
        self.inner.scheduling_type()
    }

    fn partition_statistics(&self, partition: Option<usize>) -> DataFusionResult<Arc<Statistics>> {
        self.inner.partition_statistics(partition)
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn DataSource>> {
        self.inner.with_fetch(limit).map(|inner| self.wrap(inner))
    }

    fn fetch(&self) -> Option<usize> {
        self.inner.fetch()
    }

    fn metrics(&self) -> ExecutionPlanMetricsSet {
        self.inner.metrics()
    }

    fn try_swapping_with_projection(
        &self,
        projection: &ProjectionExprs,
    ) -> DataFusionResult<Option<Arc<dyn DataSource>>> {
        let guarded = projection
            .as_ref()
            .iter()
            .map(|part| {
                let expr = guard_functions(Arc::clone(&part.expr))?;
                Ok(ProjectionExpr::new(expr, part.alias.clone()))
            })
            .collect::<DataFusionResult<Vec<_>>>()?;
        let inner = self.inner.try_swapping_with_projection(&ProjectionExprs::new(guarded))?;
        Ok(inner.map(|inner| self.wrap(inner)))
    }

    fn try_pushdown_filters(
        &self,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        config: &ConfigOptions,
    ) -> DataFusionResult<FilterPushdownPropagation<Arc<dyn DataSource>>> {
        let eq_properties = self.inner.eq_properties();
        let schema = eq_properties.schema();
        // What the source says about a filter before it knows the files need not hold for the filter as it is
        // rewritten for one of them, and one that cannot be applied there is not applied at all.
        let is_sure = |filter: &Arc<dyn PhysicalExpr>| {
            let columns = collect_columns(filter);
            let is_flat = |column: &Column| !schema.field(column.index()).data_type().is_nested();
            !self.is_grouped && columns.iter().all(is_flat)
        };
        let are_sure: Vec<bool> = filters.iter().map(is_sure).collect();
        let filters = filters.into_iter().map(|filter| guard_zeros(filter, schema));
        let filters = guard_nan(filters.collect::<DataFusionResult<_>>()?, schema)?;
        let filters = filters.into_iter().map(|filter| guard_functions(guard_negations(filter)?));
        let filters = filters.collect::<DataFusionResult<_>>()?;
        let pushed = self.inner.try_pushdown_filters(filters, config)?;
        let answers =
            pushed.filters.into_iter().zip(are_sure).map(|(answer, is_sure)| match is_sure {
                true => answer,
                false => PushedDown::No,
            });
        Ok(FilterPushdownPropagation {
            filters: answers.collect(),
            updated_node: pushed.updated_node.map(|inner| self.wrap(inner)),
        })
    }

    fn try_pushdown_sort(
        &self,
        order: &[PhysicalSortExpr],
    ) -> DataFusionResult<SortOrderPushdownResult<Arc<dyn DataSource>>> {
        Ok(match self.planned()?.try_pushdown_sort(order)? {
            SortOrderPushdownResult::Exact { inner } => {
                SortOrderPushdownResult::Exact { inner: self.wrap_planned(inner) }
            }
            SortOrderPushdownResult::Inexact { inner } => {
                SortOrderPushdownResult::Inexact { inner: self.wrap_planned(inner) }
            }
            SortOrderPushdownResult::Unsupported => SortOrderPushdownResult::Unsupported,
        })
    }

    fn with_preserve_order(&self, preserve_order: bool) -> Option<Arc<dyn DataSource>> {
        self.inner.with_preserve_order(preserve_order).map(|inner| self.wrap(inner))
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        self.inner.apply_expressions(f)
    }

    fn with_new_state(&self, state: Arc<dyn Any + Send + Sync>) -> Option<Arc<dyn DataSource>> {
        self.inner.with_new_state(state).map(|inner| self.wrap(inner))
    }

    fn create_sibling_state(&self, config: &ConfigOptions) -> Option<Arc<dyn Any + Send + Sync>> {
        // What fails here fails again, with its error, when a partition is opened.
        self.fill().ok()?.create_sibling_state(config)
    }
}
