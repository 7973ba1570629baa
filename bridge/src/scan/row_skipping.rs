//! `ParquetRowSelection`: files of which rows count as not there. Which ones is asked when a file is about
//! to be opened, and of no file that is skipped before.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use cxx::SharedPtr;
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::config::ConfigOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::ParquetRowSelection;
use datafusion::datasource::physical_plan::{
    FileOpener, FileScanConfig, FileSource, ParquetFileMetrics,
};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result as DataFusionResult;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::{
    EquivalenceProperties, LexOrdering, PhysicalExpr, PhysicalSortExpr,
};
use datafusion::physical_expr_adapter::replace_columns_with_literals;
use datafusion::physical_optimizer::pruning::FilePruner;
use datafusion::physical_plan::filter_pushdown::FilterPushdownPropagation;
use datafusion::physical_plan::metrics::{Count, ExecutionPlanMetricsSet};
use datafusion::physical_plan::sort_pushdown::SortOrderPushdownResult;
use datafusion::physical_plan::DisplayFormatType;
use datafusion_datasource::morsel::{MorselPlan, MorselPlanner, Morselizer};
use object_store::ObjectStore;
use parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use parquet::file::metadata::ParquetMetaData;
use tokio::sync::OnceCell;

use crate::border::error::{code, Error, Result};
use crate::border::runtime;
use crate::columnar::batch_receiver::BatchReceiver;
use crate::ffi::bridge::RowSkipper;
use crate::parquet::parquet_reader::FooterReader;
use crate::scan::naming_planner::name_errors;

/// What a file carries whose rows are not all there.
pub struct SkippedRows {
    skipper: SharedPtr<RowSkipper>,
    /// What `skipper` takes for the file.
    descriptor: String,
    /// Of a file that is read in parts, which all need it.
    shared: OnceCell<Arc<ParquetRowSelection>>,
}

impl SkippedRows {
    pub fn new(skipper: SharedPtr<RowSkipper>, descriptor: &str) -> Self {
        Self { skipper, descriptor: descriptor.to_string(), shared: OnceCell::new() }
    }

    async fn load(
        &self,
        file: &PartitionedFile,
        footers: &FooterReader,
    ) -> DataFusionResult<Arc<ParquetRowSelection>> {
        let (skipper, descriptor) = (self.skipper.clone(), self.descriptor.clone());
        let ranges = async move {
            let ranges = runtime::spawn_blocking(move || {
                let mut receiver = BatchReceiver::default();
                let missing = || Error::new(code::INTERNAL, "Nothing tells the rows to skip.");
                skipper.as_ref().ok_or_else(missing)?.rows_to_skip(&descriptor, &mut receiver)?;
                receiver.take()
            });
            ranges.await.map_err(datafusion::error::DataFusionError::from)
        };
        let footer = async {
            let footer = footers.read(file).await;
            footer.map_err(datafusion::error::DataFusionError::from)
        };
        // Neither waits for the other.
        let (ranges, footer) = futures::try_join!(ranges, footer)?;
        let column = |name: &str| {
            let column =
                ranges.column_by_name(name).and_then(|c| c.as_primitive_opt::<Int64Type>());
            column.filter(|column| column.null_count() == 0).ok_or_else(|| {
                Error::new(code::INTERNAL, format!("Rows to skip have no column {name}."))
            })
        };
        let selection =
            select_others(column("begin")?.values(), column("end")?.values(), num_rows(&footer));
        let selection = selection.map_err(|error| {
            Error::new(error.code(), format!("{} File: {}", error.message(), file.path()))
        })?;
        Ok(Arc::new(selection.into()))
    }

    /// The rows that are left.
    async fn selection(
        &self,
        file: &PartitionedFile,
        footers: &FooterReader,
    ) -> DataFusionResult<Arc<ParquetRowSelection>> {
        let size = i64::try_from(file.object_meta.size).unwrap_or(i64::MAX);
        match &file.range {
            Some(range) if range.start > 0 || range.end < size => {
                self.shared.get_or_try_init(|| self.load(file, footers)).await.cloned()
            }
            _ => self.load(file, footers).await,
        }
    }
}

fn num_rows(footer: &ParquetMetaData) -> Option<usize> {
    let mut rows: usize = 0;
    for group in footer.row_groups() {
        rows = rows.checked_add(usize::try_from(group.num_rows()).ok()?)?;
    }
    Some(rows)
}

/// All rows of a file but those in ranges, which ascend.
fn select_others(begins: &[i64], ends: &[i64], num_rows: Option<usize>) -> Result<RowSelection> {
    let corrupt = |text: String| Error::new(code::CORRUPT_DATA, text);
    let num_rows =
        num_rows.ok_or_else(|| corrupt("The footer's row counts make no sense.".into()))?;
    let mut selectors = Vec::with_capacity(2 * begins.len() + 1);
    let mut position = 0;
    for (begin, end) in begins.iter().zip(ends) {
        let range = usize::try_from(*begin).ok().zip(usize::try_from(*end).ok());
        let Some((begin, end)) = range.filter(|(b, e)| *b >= position && b < e) else {
            return Err(Error::new(code::INTERNAL, "Ranges of rows to skip are not in order."));
        };
        if end > num_rows {
            let text = format!("Row {} is to be skipped, of {num_rows} in the file.", end - 1);
            return Err(corrupt(text));
        }
        if begin > position {
            selectors.push(RowSelector::select(begin - position));
        }
        selectors.push(RowSelector::skip(end - begin));
        position = end;
    }
    if num_rows > position {
        selectors.push(RowSelector::select(num_rows - position));
    }
    Ok(selectors.into())
}

/// A `ParquetSource` that leaves out the rows which its files' `SkippedRows` name, and whose errors name
/// the file.
#[derive(Clone)]
pub struct SkippingSource {
    inner: Arc<dyn FileSource>,
    footers: Arc<FooterReader>,
}

impl SkippingSource {
    pub fn new(inner: Arc<dyn FileSource>, footers: Arc<FooterReader>) -> Self {
        Self { inner, footers }
    }

    fn wrap(&self, inner: Arc<dyn FileSource>) -> Arc<dyn FileSource> {
        Arc::new(Self { inner, footers: self.footers.clone() })
    }
}

impl FileSource for SkippingSource {
    fn create_file_opener(
        &self,
        store: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        partition: usize,
    ) -> DataFusionResult<Arc<dyn FileOpener>> {
        self.inner.create_file_opener(store, config, partition)
    }

    fn create_morselizer(
        &self,
        store: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        partition: usize,
    ) -> DataFusionResult<Box<dyn Morselizer>> {
        Ok(Box::new(SkippingMorselizer {
            inner: self.inner.create_morselizer(store, config, partition)?.into(),
            footers: self.footers.clone(),
            pruning: Arc::new(OpenTimePruning {
                predicate: self.inner.filter(),
                schema: self.inner.table_schema().clone(),
                metrics: self.inner.metrics().clone(),
                partition,
            }),
        }))
    }

    fn table_schema(&self) -> &TableSchema {
        self.inner.table_schema()
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        self.wrap(self.inner.with_batch_size(batch_size))
    }

    fn filter(&self) -> Option<Arc<dyn PhysicalExpr>> {
        self.inner.filter()
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        self.inner.projection()
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        self.inner.metrics()
    }

    fn file_type(&self) -> &str {
        self.inner.file_type()
    }

    fn fmt_extra(&self, format: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        self.inner.fmt_extra(format, f)
    }

    fn supports_repartitioning(&self) -> bool {
        self.inner.supports_repartitioning()
    }

    fn repartitioned(
        &self,
        target_partitions: usize,
        repartition_file_min_size: usize,
        output_ordering: Option<LexOrdering>,
        config: &FileScanConfig,
    ) -> DataFusionResult<Option<FileScanConfig>> {
        self.inner.repartitioned(
            target_partitions,
            repartition_file_min_size,
            output_ordering,
            config,
        )
    }

    fn try_pushdown_filters(
        &self,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        config: &ConfigOptions,
    ) -> DataFusionResult<FilterPushdownPropagation<Arc<dyn FileSource>>> {
        let pushed = self.inner.try_pushdown_filters(filters, config)?;
        Ok(FilterPushdownPropagation {
            filters: pushed.filters,
            updated_node: pushed.updated_node.map(|inner| self.wrap(inner)),
        })
    }

    fn try_pushdown_sort(
        &self,
        order: &[PhysicalSortExpr],
        properties: &EquivalenceProperties,
    ) -> DataFusionResult<SortOrderPushdownResult<Arc<dyn FileSource>>> {
        Ok(self.inner.try_pushdown_sort(order, properties)?.map(|inner| self.wrap(inner)))
    }

    fn reorder_files(&self, files: Vec<PartitionedFile>) -> Vec<PartitionedFile> {
        self.inner.reorder_files(files)
    }

    fn try_pushdown_projection(
        &self,
        projection: &ProjectionExprs,
    ) -> DataFusionResult<Option<Arc<dyn FileSource>>> {
        let inner = self.inner.try_pushdown_projection(projection)?;
        Ok(inner.map(|inner| self.wrap(inner)))
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        self.inner.apply_expressions(f)
    }
}

/// What can show that a file need not be opened, as the Parquet reader judges it.
struct OpenTimePruning {
    predicate: Option<Arc<dyn PhysicalExpr>>,
    schema: TableSchema,
    metrics: ExecutionPlanMetricsSet,
    partition: usize,
}

impl OpenTimePruning {
    /// Whether the file is skipped, which the metrics then tell.
    fn skips(&self, file: &PartitionedFile) -> DataFusionResult<bool> {
        let Some(predicate) = self.predicate.clone() else { return Ok(false) };
        let constants =
            self.schema.table_partition_cols().iter().map(|field| field.name().as_str());
        let constants: HashMap<_, _> = constants.zip(&file.partition_values).collect();
        let predicate = replace_columns_with_literals(predicate, &constants)?;
        let pruner =
            FilePruner::try_new(predicate, self.schema.file_schema(), file, Count::default());
        let Some(mut pruner) = pruner else { return Ok(false) };
        if !pruner.should_prune()? {
            return Ok(false);
        }
        ParquetFileMetrics::new(self.partition, file.path().as_ref(), &self.metrics)
            .files_ranges_pruned_statistics
            .add_pruned(1);
        Ok(true)
    }
}

struct SkippingMorselizer {
    inner: Arc<dyn Morselizer>,
    footers: Arc<FooterReader>,
    pruning: Arc<OpenTimePruning>,
}

impl fmt::Debug for SkippingMorselizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SkippingMorselizer").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl Morselizer for SkippingMorselizer {
    fn plan_file(&self, file: PartitionedFile) -> DataFusionResult<Box<dyn MorselPlanner>> {
        let name = self.footers.name_of(&file)?;
        let Some(rows) = file.extensions.get_arc::<SkippedRows>() else {
            return Ok(name_errors(self.inner.plan_file(file)?, name));
        };
        let planner = Box::new(SkippingPlanner {
            inner: self.inner.clone(),
            footers: self.footers.clone(),
            pruning: self.pruning.clone(),
            file,
            rows,
        });
        Ok(name_errors(planner, name))
    }
}

/// Finds out which rows of a file are left, and hands over to the reader's own planner.
struct SkippingPlanner {
    inner: Arc<dyn Morselizer>,
    footers: Arc<FooterReader>,
    pruning: Arc<OpenTimePruning>,
    file: PartitionedFile,
    rows: Arc<SkippedRows>,
}

impl fmt::Debug for SkippingPlanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SkippingPlanner").field("file", &self.file).finish_non_exhaustive()
    }
}

impl MorselPlanner for SkippingPlanner {
    fn plan(self: Box<Self>) -> DataFusionResult<Option<MorselPlan>> {
        if self.pruning.skips(&self.file)? {
            return Ok(None);
        }
        Ok(Some(MorselPlan::new().with_pending_planner(async move {
            let Self { inner, footers, mut file, rows, .. } = *self;
            let selection = rows.selection(&file, &footers).await?;
            file.extensions.insert_arc(selection);
            inner.plan_file(file)
        })))
    }
}
