//! Rows apart by the values of columns that are constant in a file.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{interleave, take};
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::arrow::row::{RowConverter, SortField};
use hashbrown::{HashMap, HashSet};

use crate::border::error::{code, Error, Result};
use crate::sink::byte_budget::bytes_of;

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

/// The rows of a partition in one piece of what is split; fewer are copied for themselves, so that a few
/// that wait for more of their partition do not keep all others in memory.
const ROWS_OF_A_SLICE: usize = 512;

/// A row: its batch, and its number there.
type Place = (usize, usize);

/// Splits batches. Each thread has its own.
pub struct PartitionSplitter {
    columns: Vec<usize>,
    converter: RowConverter,
    routes: Arc<PartitionRoutes>,
    /// The numbers of partitions in `known_routes`.
    known: HashMap<Key, usize>,
    known_routes: Vec<Route>,
}

/// Rows of one route.
pub struct RoutedRows {
    pub route: Route,
    pub rows: RecordBatch,
}

impl PartitionSplitter {
    pub fn new(schema: &Schema, columns: &[usize], routes: Arc<PartitionRoutes>) -> Result<Self> {
        let converter = row_converter(schema, columns)?;
        Ok(Self {
            columns: columns.to_vec(),
            converter,
            routes,
            known: HashMap::new(),
            known_routes: Vec::new(),
        })
    }

    /// The rows of all batches, put together by partition.
    pub fn split(&mut self, batches: &[RecordBatch]) -> Result<Vec<RoutedRows>> {
        let mut groups: Vec<Vec<Place>> = vec![Vec::new(); self.known_routes.len()];
        let mut overflow: Vec<Place> = Vec::new();
        self.group(batches, &mut groups, &mut overflow)?;
        let found = groups.iter().filter(|rows| !rows.is_empty()).count();
        let mut routed = Vec::with_capacity(found + 1);
        for rows in overflow.chunks(rows_to_sort(batches)) {
            routed.push(RoutedRows { route: Route::Overflow, rows: gather(batches, rows)? });
        }
        let mut large: Vec<(&Route, usize)> = Vec::new();
        let mut rows_of_large: Vec<Place> = Vec::new();
        for (route, rows) in self.known_routes.iter().zip(&groups) {
            if found == 1 && overflow.is_empty() && !rows.is_empty() {
                let whole =
                    |batch: &RecordBatch| RoutedRows { route: route.clone(), rows: batch.clone() };
                return Ok(batches.iter().map(whole).collect());
            }
            if rows.len() >= ROWS_OF_A_SLICE {
                large.push((route, rows.len()));
                rows_of_large.extend(rows);
            } else if !rows.is_empty() {
                routed.push(RoutedRows { route: route.clone(), rows: gather(batches, rows)? });
            }
        }
        if large.is_empty() {
            return Ok(routed);
        }
        let gathered = gather(batches, &rows_of_large)?;
        let mut begin = 0;
        for (route, count) in large {
            routed.push(RoutedRows { route: route.clone(), rows: gathered.slice(begin, count) });
            begin += count;
        }
        Ok(routed)
    }

    /// Adds the places of rows to the groups of their partitions.
    fn group(
        &mut self,
        batches: &[RecordBatch],
        groups: &mut Vec<Vec<Place>>,
        overflow: &mut Vec<Place>,
    ) -> Result<()> {
        // Of all batches at hand; in all there are any number.
        let mut overflowing: HashSet<Box<[u8]>> = HashSet::new();
        for (index, batch) in batches.iter().enumerate() {
            let keys = self.columns.iter().map(|column| Arc::clone(batch.column(*column)));
            let keys = self.converter.convert_columns(&keys.collect::<Vec<_>>())?;
            // Nothing of a partition that overflows.
            let mut last: Option<(&[u8], Option<usize>)> = None;
            for (row, key) in keys.iter().enumerate() {
                let key: &[u8] = key.data();
                let group = match last {
                    Some((last, group)) if last == key => group,
                    _ => match self.known.get(key) {
                        Some(known) => Some(*known),
                        None if overflowing.contains(key) => None,
                        None => self.new_group(key, batch, row)?,
                    },
                };
                last = Some((key, group));
                match group {
                    Some(group) => {
                        if group >= groups.len() {
                            groups.resize_with(group + 1, Vec::new);
                        }
                        groups[group].push((index, row));
                    }
                    None => {
                        overflow.push((index, row));
                        if !overflowing.contains(key) {
                            overflowing.insert(key.into());
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn new_group(&mut self, key: &[u8], batch: &RecordBatch, row: usize) -> Result<Option<usize>> {
        let values = || partition_values(batch, &self.columns, row);
        match self.routes.route(key, values)? {
            Route::Overflow => Ok(None),
            Route::Task(task, partition) => {
                let group = self.known_routes.len();
                self.known.insert(Arc::clone(&partition.key), group);
                self.known_routes.push(Route::Task(task, partition));
                Ok(Some(group))
            }
        }
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
    let rows = UInt32Array::from(rows);
    let columns = batch.columns().iter().map(|column| Ok(compact(take(column, &rows, None)?)));
    Ok(RecordBatch::try_new(batch.schema(), columns.collect::<Result<_>>()?)?)
}

/// How many rows go to the sort at a time, which needs room for some batches whatever their size.
fn rows_to_sort(batches: &[RecordBatch]) -> usize {
    const BYTES: usize = 4 << 20;
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let bytes: usize = batches.iter().map(bytes_of).sum();
    (BYTES / (bytes / rows.max(1)).max(1)).max(1)
}

/// Copies rows of several batches, as `take_rows` does.
fn gather(batches: &[RecordBatch], rows: &[Place]) -> Result<RecordBatch> {
    let schema = batches[0].schema();
    let columns = (0..schema.fields().len()).map(|column| {
        let arrays: Vec<&dyn Array> =
            batches.iter().map(|batch| batch.column(column).as_ref()).collect();
        Ok(compact(interleave(&arrays, rows)?))
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// The same without bytes that no view shows.
fn compact(array: ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Utf8View => Arc::new(array.as_string_view().gc()),
        DataType::BinaryView => Arc::new(array.as_binary_view().gc()),
        _ => array,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use datafusion::arrow::array::{Int64Array, StringViewArray};
    use datafusion::arrow::datatypes::Int64Type;

    use super::*;

    /// Rows with a partition, their number, and it as a text.
    fn rows(partitions: &[i64], first: i64) -> RecordBatch {
        let numbers = first..first + partitions.len() as i64;
        let texts = numbers.clone().map(|number| format!("the row of the number {number}"));
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("p", Arc::new(Int64Array::from(partitions.to_vec()))),
            ("number", Arc::new(numbers.collect::<Int64Array>())),
            ("text", Arc::new(texts.map(Some).collect::<StringViewArray>())),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn splitter(batch: &RecordBatch, tasks: usize, of_task: usize) -> PartitionSplitter {
        let routes = Arc::new(PartitionRoutes::new(tasks, of_task));
        PartitionSplitter::new(&batch.schema(), &[0], routes).unwrap()
    }

    fn numbers(batch: &RecordBatch, column: usize) -> Vec<i64> {
        batch.column(column).as_primitive::<Int64Type>().values().to_vec()
    }

    #[test]
    fn each_row_goes_once_to_its_partition_in_its_order() {
        // Many rows of 0 and 1, some of 2 and 3, and of those beyond the open files.
        let partition = |row: i64| if row % 5 < 4 { row % 2 } else { 2 + row % 7 };
        let all: Vec<i64> = (0..6000).map(partition).collect();
        let batches = [rows(&all[..2500], 0), rows(&all[2500..], 2500)];
        let mut splitter = splitter(&batches[0], 2, 2);
        let mut found: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for routed in splitter.split(&batches).unwrap() {
            let (partitions, rows) = (numbers(&routed.rows, 0), numbers(&routed.rows, 1));
            if let Route::Task(..) = routed.route {
                assert!(partitions.iter().all(|each| *each == partitions[0]));
            }
            let texts = routed.rows.column(2).as_string_view();
            for (index, (partition, row)) in partitions.into_iter().zip(rows).enumerate() {
                assert_eq!(texts.value(index), format!("the row of the number {row}"));
                found.entry(partition).or_default().push(row);
            }
        }
        let mut wanted: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for (partition, row) in all.into_iter().zip(0..) {
            wanted.entry(partition).or_default().push(row);
        }
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_partition_keeps_its_task_and_rows_beyond_all_tasks_overflow() {
        let batch = rows(&[5, 6, 7, 5, 8], 0);
        let mut splitter = splitter(&batch, 2, 1);
        let mut route_of = |batch: &RecordBatch| {
            let routed = splitter.split(std::slice::from_ref(batch)).unwrap();
            let place = |routed: &RoutedRows| match &routed.route {
                Route::Task(task, _) => Some(*task),
                Route::Overflow => None,
            };
            let routes = routed.iter().flat_map(|routed| {
                numbers(&routed.rows, 0).into_iter().map(|partition| (partition, place(routed)))
            });
            routes.collect::<BTreeMap<_, _>>()
        };
        let first = route_of(&batch);
        assert_eq!(first, BTreeMap::from([(5, Some(0)), (6, Some(1)), (7, None), (8, None)]));
        let second = route_of(&rows(&[8, 6, 9], 5));
        assert_eq!(second, BTreeMap::from([(6, Some(1)), (8, None), (9, None)]));
        assert_eq!(route_of(&rows(&[5, 5], 8)), BTreeMap::from([(5, Some(0))]));
    }

    #[test]
    fn few_rows_hold_nothing_of_the_others() {
        let mut partitions = vec![0; 4000];
        partitions[17] = 1;
        let batch = rows(&partitions, 0);
        let mut splitter = splitter(&batch, 1, 2);
        let routed = splitter.split(&[batch]).unwrap();
        let few = routed.iter().find(|routed| routed.rows.num_rows() == 1).unwrap();
        assert!(few.rows.get_array_memory_size() < 2000);
    }
}
