//! Rows apart by the values of columns that are constant in a file.

use std::collections::hash_map::Entry;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::arrow::row::{RowConverter, SortField};

use crate::border::error::{code, Error, Result};

pub type Key = Arc<[u8]>;

/// The values of the columns, as a batch of one row.
pub struct Partition {
    pub key: Key,
    pub values: RecordBatch,
}

/// Which task writes the rows of a partition.
#[derive(Clone)]
pub enum Route {
    Task(usize, Arc<Partition>),
    /// There are too many before it.
    Overflow,
}

/// The partitions seen so far, shared by all who split rows.
pub struct PartitionRoutes {
    tasks: usize,
    partitions_of_task: usize,
    state: Mutex<RouteState>,
}

#[derive(Default)]
struct RouteState {
    routes: HashMap<Key, Route>,
    /// How many partitions each task has.
    taken: Vec<usize>,
}

impl PartitionRoutes {
    pub fn new(tasks: usize, partitions_of_task: usize) -> Self {
        let state = RouteState { taken: vec![0; tasks], ..RouteState::default() };
        Self { tasks, partitions_of_task, state: Mutex::new(state) }
    }

    /// The route of a partition, which never changes. The tasks get the first partitions in turn.
    fn route(&self, key: &[u8], values: impl FnOnce() -> Result<RecordBatch>) -> Result<Route> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = state.routes.get(key) {
            return Ok(route.clone());
        }
        let taken: usize = state.taken.iter().sum();
        let task = taken % self.tasks;
        if state.taken[task] >= self.partitions_of_task {
            return Ok(Route::Overflow);
        }
        state.taken[task] += 1;
        let key: Key = key.into();
        let partition = Partition { key: Arc::clone(&key), values: values()? };
        let route = Route::Task(task, Arc::new(partition));
        state.routes.insert(key, route.clone());
        Ok(route)
    }
}

/// Splits batches. Each thread has its own.
pub struct PartitionSplitter {
    columns: Vec<usize>,
    converter: RowConverter,
    routes: Arc<PartitionRoutes>,
    known: HashMap<Key, Route>,
}

/// Rows of one route.
pub struct RoutedRows {
    pub route: Route,
    pub rows: RecordBatch,
}

impl PartitionSplitter {
    pub fn new(schema: &Schema, columns: &[usize], routes: Arc<PartitionRoutes>) -> Result<Self> {
        let converter = row_converter(schema, columns)?;
        Ok(Self { columns: columns.to_vec(), converter, routes, known: HashMap::new() })
    }

    pub fn split(&mut self, batch: &RecordBatch) -> Result<Vec<RoutedRows>> {
        let keys = self.columns.iter().map(|column| Arc::clone(batch.column(*column)));
        let keys = self.converter.convert_columns(&keys.collect::<Vec<_>>())?;
        let mut places: HashMap<&[u8], usize> = HashMap::new();
        let mut groups: Vec<(Route, Vec<u32>)> = Vec::new();
        let mut overflow: Vec<u32> = Vec::new();
        /// The place of rows that overflow.
        const OVERFLOW: usize = usize::MAX;
        let mut last: Option<(&[u8], usize)> = None;
        for (row, number) in keys.iter().zip(0_u32..) {
            let key: &[u8] = row.data();
            let place = match last {
                Some((last, place)) if last == key => place,
                _ => match places.entry(key) {
                    Entry::Occupied(found) => *found.get(),
                    Entry::Vacant(free) => {
                        let place = match self.route(key, batch, number as usize)? {
                            Route::Overflow => OVERFLOW,
                            route => {
                                groups.push((route, Vec::new()));
                                groups.len() - 1
                            }
                        };
                        *free.insert(place)
                    }
                },
            };
            last = Some((key, place));
            match place {
                OVERFLOW => overflow.push(number),
                place => groups[place].1.push(number),
            }
        }
        if !overflow.is_empty() {
            groups.push((Route::Overflow, overflow));
        }
        groups
            .into_iter()
            .map(|(route, rows)| Ok(RoutedRows { route, rows: take_rows(batch, rows)? }))
            .collect()
    }

    fn route(&mut self, key: &[u8], batch: &RecordBatch, row: usize) -> Result<Route> {
        if let Some(route) = self.known.get(key) {
            return Ok(route.clone());
        }
        let values = || partition_values(batch, &self.columns, row);
        let route = self.routes.route(key, values)?;
        // Those that overflow are any number.
        if let Route::Task(_, partition) = &route {
            self.known.insert(Arc::clone(&partition.key), route.clone());
        }
        Ok(route)
    }
}

pub fn row_converter(schema: &Schema, columns: &[usize]) -> Result<RowConverter> {
    let fields = columns.iter().map(|column| schema.field(*column));
    let fields: Vec<_> = fields.map(|field| SortField::new(field.data_type().clone())).collect();
    if !RowConverter::supports_fields(&fields) {
        let message = "Values of these types cannot tell partitions apart";
        let names: Vec<_> = columns.iter().map(|column| schema.field(*column).name()).collect();
        return Err(Error::new(code::INVALID_ARGUMENT, format!("{message}: {names:?}")));
    }
    Ok(RowConverter::new(fields)?)
}

/// The values of one row.
pub fn partition_values(batch: &RecordBatch, columns: &[usize], row: usize) -> Result<RecordBatch> {
    take_rows(&batch.project(columns)?, vec![u32::try_from(row).unwrap_or(u32::MAX)])
}

/// Copies rows, so that nothing of the other ones is kept.
fn take_rows(batch: &RecordBatch, rows: Vec<u32>) -> Result<RecordBatch> {
    if rows.len() == batch.num_rows() && rows.len() > 1 {
        return Ok(batch.clone());
    }
    let rows = UInt32Array::from(rows);
    let columns = batch.columns().iter().map(|column| Ok(compact(take(column, &rows, None)?)));
    Ok(RecordBatch::try_new(batch.schema(), columns.collect::<Result<_>>()?)?)
}

/// The same without bytes that no view shows.
fn compact(array: ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Utf8View => Arc::new(array.as_string_view().gc()),
        DataType::BinaryView => Arc::new(array.as_binary_view().gc()),
        _ => array,
    }
}
