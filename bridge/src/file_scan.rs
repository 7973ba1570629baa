//! `FileScanConfig`: a list of Parquet files with partition values and statistics, as a plan.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use chrono::DateTime;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, StructArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, FieldRef, Int64Type, Schema};
use datafusion::catalog::Session;
use datafusion::common::config::TableParquetOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{ColumnStatistics, Statistics};
use datafusion::config::ConfigOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::{DataSource, DataSourceExec, OpenArgs};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::object_store::{ObjectStoreRegistry, ObjectStoreUrl};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::{
    EquivalenceProperties, LexOrdering, Partitioning, PhysicalExpr, PhysicalSortExpr,
};
use datafusion::physical_plan::execution_plan::SchedulingType;
use datafusion::physical_plan::filter_pushdown::FilterPushdownPropagation;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::sort_pushdown::SortOrderPushdownResult;
use datafusion::physical_plan::{DisplayFormatType, ExecutionPlan};
use datafusion::scalar::ScalarValue;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};
use url::Url;

use crate::arrow_border::{import_batch, import_schema};
use crate::error::{code, Error, Result};
use crate::ffi::bridge::{ArrowArray, ArrowSchema};
use crate::guard::guard;
use crate::nan_guard::guard_nan;
use crate::parquet_reader::NamingReaderFactory;
use crate::pruning::ContainerStatistics;
use crate::store::Store;

/// The scan's store is looked up under this URL, in a registry that holds nothing else.
const STORE_URL: &str = "scan://store";

/// Receives a `FileScan` from C++ (datafusion/table_provider.h) and makes a plan of it.
#[derive(Default)]
pub struct FileScanBuilder {
    store: Option<Store>,
    schema: Option<TableSchema>,
    files: Option<RecordBatch>,
    annotations: Vec<(String, String)>,
}

impl FileScanBuilder {
    pub fn set_store(&mut self, store: &Store) {
        self.store = Some(store.clone());
    }

    /// # Safety
    /// Both point to valid schemas, which are taken over.
    pub unsafe fn set_schemas(
        &mut self,
        file_schema: *mut ArrowSchema,
        partition_schema: *mut ArrowSchema,
    ) -> Result<()> {
        guard(|| {
            let files = import_schema(file_schema)?;
            let partitions: Vec<FieldRef> =
                import_schema(partition_schema)?.fields().iter().cloned().collect();
            self.schema =
                Some(TableSchema::builder(files).with_table_partition_cols(partitions).build());
            Ok(())
        })
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

    pub fn annotate(&mut self, key: &str, value: &str) {
        self.annotations.push((key.to_string(), value.to_string()));
    }

    /// Makes the plan. `projection` counts in the table's schema.
    pub fn build(
        self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (Some(store), Some(schema), Some(files)) = (self.store, self.schema, self.files) else {
            return Err(Error::new(code::INTERNAL, "A file scan is incomplete."));
        };
        store.birthplace().check()?;
        let (files, statistics) = FileList::new(files, &schema)?.into_files()?;
        let config = session.config_options();
        let cache = session.runtime_env().cache_manager.get_file_metadata_cache();
        let mut options = TableParquetOptions {
            global: config.execution.parquet.clone(),
            ..TableParquetOptions::default()
        };
        // Nanoseconds, the default for INT96, overflow outside of the years 1677 to 2262.
        options.global.coerce_int96.get_or_insert_with(|| "us".to_string());
        let file_schema = schema.file_schema().clone();
        let source = ParquetSource::new(schema)
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(Arc::new(NamingReaderFactory::new(
                store.store.clone(),
                store.url(),
                file_schema,
                cache,
            )));
        // A plan needs a partition, be it an empty one.
        let groups = match files.is_empty() {
            true => vec![FileGroup::new(files)],
            false => FileGroup::new(files).split_files(config.execution.target_partitions.max(1)),
        };
        let scan = FileScanConfigBuilder::new(ObjectStoreUrl::parse(STORE_URL)?, Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        let source = AnnotatedScan {
            inner: Arc::new(scan),
            store: store.store.clone(),
            annotations: self.annotations.into(),
        };
        Ok(DataSourceExec::from_data_source(source))
    }
}

/// The batch of files, its columns at hand.
struct FileList {
    schema: TableSchema,
    path: StringArray,
    size: Int64Array,
    last_modified: Int64Array,
    partition: Vec<ArrayRef>,
    num_rows: Option<Int64Array>,
    columns: Vec<ColumnBounds>,
}

/// Statistics of one column of the files; what is absent is unknown.
#[derive(Default)]
struct ColumnBounds {
    null_count: Option<Int64Array>,
    min: Option<ArrayRef>,
    max: Option<ArrayRef>,
    exact: Option<ArrayRef>,
}

fn required(files: &RecordBatch, name: &str) -> Result<ArrayRef> {
    files.column_by_name(name).cloned().ok_or_else(|| {
        Error::new(code::INTERNAL, format!("The list of files has no column {name}."))
    })
}

fn int64(array: &ArrayRef) -> Result<Int64Array> {
    Ok(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

fn bounds(array: Option<ArrayRef>, wanted: &DataType) -> Option<ArrayRef> {
    let array = array?;
    if array.data_type() == wanted {
        return Some(array);
    }
    cast(&array, wanted).ok()
}

fn count_at(counts: Option<&Int64Array>, row: usize) -> Precision<usize> {
    counts
        .filter(|counts| counts.is_valid(row))
        .and_then(|counts| usize::try_from(counts.value(row)).ok())
        .map_or(Precision::Absent, Precision::Exact)
}

fn value_at(values: Option<&ArrayRef>, row: usize) -> Result<Precision<ScalarValue>> {
    match values {
        Some(values) if values.is_valid(row) => {
            Ok(Precision::Exact(ScalarValue::try_from_array(values, row)?))
        }
        _ => Ok(Precision::Absent),
    }
}

impl FileList {
    fn new(files: RecordBatch, schema: &TableSchema) -> Result<Self> {
        let text = cast(&required(&files, "path")?, &DataType::Utf8)?;
        let partition = match files.column_by_name("partition").and_then(|p| p.as_struct_opt()) {
            Some(values) => StructArray::columns(values).to_vec(),
            None => Vec::new(),
        };
        if partition.len() != schema.table_partition_cols().len() {
            return Err(Error::new(code::INTERNAL, "Partition columns and values differ."));
        }
        let statistics = ContainerStatistics(files.clone());
        let mut columns = Vec::with_capacity(schema.file_schema().fields().len());
        for field in schema.file_schema().fields() {
            let name = field.name();
            let null_count = statistics.of("null_count", name);
            columns.push(ColumnBounds {
                null_count: null_count.as_ref().map(int64).transpose()?,
                min: bounds(statistics.of("min", name), field.data_type()),
                max: bounds(statistics.of("max", name), field.data_type()),
                exact: statistics.of("exact", name),
            });
        }
        Ok(Self {
            schema: schema.clone(),
            path: text.as_string::<i32>().clone(),
            size: int64(&required(&files, "size")?)?,
            last_modified: int64(&required(&files, "last_modified")?)?,
            partition,
            num_rows: statistics.num_rows().as_ref().map(int64).transpose()?,
            columns,
        })
    }

    /// The files, and the statistics of the table.
    fn into_files(self) -> Result<(Vec<PartitionedFile>, Statistics)> {
        let schema = self.schema.table_schema().clone();
        let mut files = Vec::with_capacity(self.path.len());
        let mut summed = Vec::with_capacity(self.path.len());
        for row in 0..self.path.len() {
            let mut statistics = self.statistics(row, &schema)?;
            files.push(self.file(row, Arc::new(statistics.clone()))?);
            self.loosen_bounds(row, &mut statistics);
            summed.push(statistics);
        }
        let table = match summed.is_empty() {
            true => Statistics {
                num_rows: Precision::Exact(0),
                total_byte_size: Precision::Exact(0),
                column_statistics: Statistics::unknown_column(&schema),
            },
            false => Statistics::try_merge_iter(&summed, &schema)?,
        };
        Ok((files, table))
    }

    fn file(&self, row: usize, statistics: Arc<Statistics>) -> Result<PartitionedFile> {
        let location = Path::parse(self.path.value(row)).map_err(|error| {
            Error::new(code::INVALID_ARGUMENT, format!("A file's path is malformed: {error}"))
        })?;
        let size = u64::try_from(self.size.value(row)).unwrap_or(0);
        let last_modified =
            DateTime::from_timestamp_millis(self.last_modified.value(row)).unwrap_or_default();
        let meta = ObjectMeta { location, last_modified, size, e_tag: None, version: None };
        let mut file = PartitionedFile::new_from_meta(meta);
        file.partition_values = self
            .partition
            .iter()
            .map(|values| ScalarValue::try_from_array(values, row))
            .collect::<DataFusionResult<_>>()?;
        // Set directly: `with_statistics` would call null partition values "no nulls".
        file.statistics = Some(statistics);
        Ok(file)
    }

    /// The file's statistics in the order of the table's columns. Its bounds count as exact: they enclose
    /// the values, which is what skipping and folding within one file need.
    fn statistics(&self, row: usize, schema: &Schema) -> Result<Statistics> {
        let num_rows = count_at(self.num_rows.as_ref(), row);
        let mut columns = Vec::with_capacity(schema.fields().len());
        for (column, field) in self.columns.iter().zip(schema.fields()) {
            let (mut min_value, mut max_value) =
                (value_at(column.min.as_ref(), row)?, value_at(column.max.as_ref(), row)?);
            if field.data_type().is_floating() {
                // Writers leave NaN out of them: they do not enclose all values.
                (min_value, max_value) = (min_value.to_inexact(), max_value.to_inexact());
            }
            columns.push(ColumnStatistics {
                null_count: count_at(column.null_count.as_ref(), row),
                min_value,
                max_value,
                ..ColumnStatistics::new_unknown()
            });
        }
        for values in &self.partition {
            let value = value_at(Some(values), row)?;
            let null_count = match value {
                Precision::Absent => num_rows,
                _ => Precision::Exact(0),
            };
            columns.push(ColumnStatistics {
                null_count,
                min_value: value.clone(),
                max_value: value,
                ..ColumnStatistics::new_unknown()
            });
        }
        Ok(Statistics { num_rows, total_byte_size: Precision::Absent, column_statistics: columns })
    }

    /// Over the whole table, min and max are exact only where they occur in the data.
    fn loosen_bounds(&self, row: usize, statistics: &mut Statistics) {
        for (column, bounds) in statistics.column_statistics.iter_mut().zip(&self.columns) {
            let exact = bounds.exact.as_ref().and_then(|exact| exact.as_boolean_opt());
            if !exact.is_some_and(|exact| exact.is_valid(row) && exact.value(row)) {
                column.min_value = std::mem::take(&mut column.min_value).to_inexact();
                column.max_value = std::mem::take(&mut column.max_value).to_inexact();
            }
        }
    }
}

/// A `FileScanConfig` that carries its store with it, so that it runs in any session, and shows
/// remarks of the table in EXPLAIN.
#[derive(Clone)]
struct AnnotatedScan {
    inner: Arc<dyn DataSource>,
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
    fn wrap(&self, inner: Arc<dyn DataSource>) -> Arc<dyn DataSource> {
        Arc::new(Self { inner, ..self.clone() })
    }

    /// The task's context, with our store and otherwise unchanged.
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
            task.scalar_functions().clone(),
            task.higher_order_functions().clone(),
            task.aggregate_functions().clone(),
            task.window_functions().clone(),
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
        self.inner.open(partition, self.context(&context))
    }

    fn open_with_args(&self, mut args: OpenArgs) -> DataFusionResult<SendableRecordBatchStream> {
        args.context = self.context(&args.context);
        self.inner.open_with_args(args)
    }

    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, value) in self.annotations.iter() {
            match format {
                DisplayFormatType::TreeRender => writeln!(f, "{key}={value}")?,
                _ => write!(f, "{key}={value}, ")?,
            }
        }
        self.inner.fmt_as(format, f)
    }

    fn repartitioned(
        &self,
        target_partitions: usize,
        repartition_file_min_size: usize,
        output_ordering: Option<LexOrdering>,
    ) -> DataFusionResult<Option<Arc<dyn DataSource>>> {
        let inner = self.inner.repartitioned(
            target_partitions,
            repartition_file_min_size,
            output_ordering,
        )?;
        Ok(inner.map(|inner| self.wrap(inner)))
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
        let inner = self.inner.try_swapping_with_projection(projection)?;
        Ok(inner.map(|inner| self.wrap(inner)))
    }

    fn try_pushdown_filters(
        &self,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        config: &ConfigOptions,
    ) -> DataFusionResult<FilterPushdownPropagation<Arc<dyn DataSource>>> {
        let filters = guard_nan(filters, self.inner.eq_properties().schema())?;
        let pushed = self.inner.try_pushdown_filters(filters, config)?;
        Ok(FilterPushdownPropagation {
            filters: pushed.filters,
            updated_node: pushed.updated_node.map(|inner| self.wrap(inner)),
        })
    }

    fn try_pushdown_sort(
        &self,
        order: &[PhysicalSortExpr],
    ) -> DataFusionResult<SortOrderPushdownResult<Arc<dyn DataSource>>> {
        Ok(match self.inner.try_pushdown_sort(order)? {
            SortOrderPushdownResult::Exact { inner } => {
                SortOrderPushdownResult::Exact { inner: self.wrap(inner) }
            }
            SortOrderPushdownResult::Inexact { inner } => {
                SortOrderPushdownResult::Inexact { inner: self.wrap(inner) }
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
        self.inner.create_sibling_state(config)
    }
}
