//! `SchemaDescriptor`: files of very many columns, whose columns are read in groups.
//!
//! DataFusion looks for each column of a projection among all that are read of a file, one after the
//! other. A required group in a file's schema adds neither bytes nor levels, so that columns can be put into
//! groups in the footer: it then looks for the group, and the adapter takes the column out of it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr_adapter::{PhysicalExprAdapter, PhysicalExprAdapterFactory};
use parquet::basic::Repetition;
use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::{Type, TypePtr};

use crate::border::error::{code, Error, Result};
use crate::columnar::field_index::FieldIndex;
use crate::parquet::column_names::with_columns;

/// More columns than these are read in groups.
const MANY_COLUMNS: usize = 2048;

/// Columns of a group.
const GROUP_SIZE: usize = 256;

/// What the names of groups begin with, and those of a table's columns do not.
const MARK: char = '\0';

/// What a scan does with a column of its files.
#[derive(Debug, Clone, Copy, Hash, PartialEq, Eq)]
enum Use {
    /// It may be in a filter, by which row groups are skipped: it stays by itself.
    Judged,
    Read,
    None,
}

/// The groups that a scan has its columns in.
#[derive(Debug, Hash)]
pub struct ColumnGroups(Vec<Use>);

impl ColumnGroups {
    /// Those of a scan that reads the columns at `positions` of `table`, other positions aside, and has filters
    /// over the columns `judged`. None where it reads few.
    pub fn new(table: &SchemaRef, positions: &[usize], judged: &[String]) -> Option<Self> {
        let count = table.fields().len();
        if positions.iter().filter(|position| **position < count).count() <= MANY_COLUMNS {
            return None;
        }
        let mut uses = vec![Use::None; count];
        for position in positions {
            if let Some(slot) = uses.get_mut(*position) {
                *slot = Use::Read;
            }
        }
        let columns = FieldIndex::new(table.fields().clone());
        for (position, _) in judged.iter().filter_map(|name| columns.find(name)) {
            uses[position] = Use::Judged;
        }
        Some(Self(uses))
    }

    /// The footer of a file with these columns of `table` in groups.
    pub fn group(&self, footer: ParquetMetaData, table: &SchemaRef) -> Result<ParquetMetaData> {
        let columns = FieldIndex::new(table.fields().clone());
        let use_of = |column: &TypePtr| {
            let position = columns.find(column.name()).map(|(position, _)| position);
            position.and_then(|position| self.0.get(position)).copied().unwrap_or(Use::None)
        };
        let mut grouped = Vec::new();
        let root = footer.file_metadata().schema();
        for run in root.get_fields().chunk_by(|one, next| use_of(one) == use_of(next)) {
            if run.first().is_some_and(|column| use_of(column) == Use::Judged) {
                grouped.extend(run.iter().cloned());
                continue;
            }
            for columns in run.chunks(GROUP_SIZE) {
                let name = format!("{MARK}{}", grouped.len());
                let group = Type::group_type_builder(&name)
                    .with_repetition(Repetition::REQUIRED)
                    .with_fields(columns.to_vec())
                    .build()?;
                grouped.push(Arc::new(group));
            }
        }
        with_columns(footer, grouped)
    }
}

/// Adapts as `inner` does, which sees the columns of the groups as those of the file.
#[derive(Debug)]
pub struct GroupAdapterFactory {
    pub inner: Arc<dyn PhysicalExprAdapterFactory>,
}

impl PhysicalExprAdapterFactory for GroupAdapterFactory {
    fn create(
        &self,
        table: SchemaRef,
        file: SchemaRef,
    ) -> DataFusionResult<Arc<dyn PhysicalExprAdapter>> {
        let mut columns: Vec<FieldRef> = Vec::new();
        let mut places = Vec::new();
        for (root, field) in file.fields().iter().enumerate() {
            match field.data_type() {
                DataType::Struct(parts) if field.name().starts_with(MARK) => {
                    columns.extend(parts.iter().cloned());
                    places.extend((0..parts.len()).map(|part| (root, Some(part))));
                }
                _ => {
                    columns.push(Arc::clone(field));
                    places.push((root, None));
                }
            }
        }
        let seen = Arc::new(Schema::new_with_metadata(columns, file.metadata().clone()));
        let inner = self.inner.create(table, Arc::clone(&seen))?;
        Ok(Arc::new(GroupAdapter { inner, seen, file, places }))
    }
}

#[derive(Debug)]
struct GroupAdapter {
    inner: Arc<dyn PhysicalExprAdapter>,
    /// The file's columns without groups.
    seen: SchemaRef,
    file: SchemaRef,
    /// Where each of them is.
    places: Vec<(usize, Option<usize>)>,
}

impl PhysicalExprAdapter for GroupAdapter {
    fn rewrite(
        &self,
        expression: Arc<dyn PhysicalExpr>,
    ) -> DataFusionResult<Arc<dyn PhysicalExpr>> {
        let adapted = self.inner.rewrite(expression)?;
        let placed = adapted.transform_down(|node| {
            let new = match node.downcast_ref::<Column>() {
                Some(column) => self.placed(column.index())?,
                None => return Ok(Transformed::no(node)),
            };
            Ok(Transformed::new(new, true, TreeNodeRecursion::Jump))
        });
        placed.data()
    }
}

impl GroupAdapter {
    fn placed(&self, column: usize) -> Result<Arc<dyn PhysicalExpr>> {
        let place = self.places.get(column).zip(self.seen.fields().get(column));
        let missing = || Error::new(code::INTERNAL, "A file has no such column.");
        let ((root, part), field) = place.ok_or_else(missing)?;
        let root = Arc::new(Column::new(self.file.field(*root).name(), *root));
        Ok(match part {
            Some(part) => Arc::new(Part { group: root, part: *part, field: Arc::clone(field) }),
            None => root,
        })
    }
}

/// A column of a group.
#[derive(Debug, Eq)]
struct Part {
    group: Arc<dyn PhysicalExpr>,
    part: usize,
    field: FieldRef,
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.group.eq(&other.group) && self.part == other.part
    }
}

impl Hash for Part {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.group.hash(state);
        self.part.hash(state);
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field.name())
    }
}

impl PhysicalExpr for Part {
    fn return_field(&self, _: &Schema) -> DataFusionResult<FieldRef> {
        Ok(Arc::clone(&self.field))
    }

    fn data_type(&self, _: &Schema) -> DataFusionResult<DataType> {
        Ok(self.field.data_type().clone())
    }

    fn nullable(&self, _: &Schema) -> DataFusionResult<bool> {
        Ok(self.field.is_nullable())
    }

    fn evaluate(&self, batch: &RecordBatch) -> DataFusionResult<ColumnarValue> {
        let group = self.group.evaluate(batch)?.into_array(batch.num_rows())?;
        let missing = || Error::new(code::INTERNAL, "A group of columns was not read whole.");
        let column = group.as_struct_opt().and_then(|group| group.columns().get(self.part));
        let column = column.filter(|column| column.data_type() == self.field.data_type());
        Ok(ColumnarValue::Array(Arc::clone(column.ok_or_else(missing)?)))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.group]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> DataFusionResult<Arc<dyn PhysicalExpr>> {
        let group = children.pop().unwrap_or_else(|| Arc::clone(&self.group));
        Ok(Arc::new(Self { group, part: self.part, field: Arc::clone(&self.field) }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field.name())
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::Field;
    use parquet::basic::Type as PhysicalType;
    use parquet::file::metadata::FileMetaData;
    use parquet::schema::types::SchemaDescriptor;

    use super::*;

    const COUNT: usize = 3000;

    fn table() -> SchemaRef {
        let fields = (0..COUNT).map(|i| Field::new(format!("c{i}"), DataType::Int64, true));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// A footer with columns of a table and one that it lacks.
    fn footer() -> ParquetMetaData {
        let names = (0..COUNT).map(|i| format!("c{i}")).chain(["other".to_string()]);
        let columns = names.filter_map(|name| {
            let column = Type::primitive_type_builder(&name, PhysicalType::INT64).build();
            column.ok().map(Arc::new)
        });
        let root = Type::group_type_builder("m").with_fields(columns.collect()).build();
        let root = root.unwrap_or_else(|_| unreachable!());
        let schema = Arc::new(SchemaDescriptor::new(Arc::new(root)));
        ParquetMetaData::new(FileMetaData::new(1, 0, None, None, schema, None), Vec::new())
    }

    #[test]
    fn few_columns_stay_as_they_are() {
        let some: Vec<_> = (0..MANY_COLUMNS).collect();
        assert!(ColumnGroups::new(&table(), &some, &[]).is_none());
        // Columns that are no file's do not count.
        let beyond: Vec<_> = (COUNT - 10..2 * COUNT).collect();
        assert!(ColumnGroups::new(&table(), &beyond, &[]).is_none());
    }

    #[test]
    fn groups_hold_what_is_read_and_leave_the_rest_out() {
        // Neither c1000 is read nor the last column; a filter is about c10.
        let read: Vec<_> = (0..COUNT).filter(|column| *column != 1000).collect();
        let judged = ["c10".to_string(), "p".to_string()];
        let groups = ColumnGroups::new(&table(), &read, &judged);
        let Some(groups) = groups else { unreachable!() };
        let Ok(grouped) = groups.group(footer(), &table()) else { unreachable!() };
        let file = grouped.file_metadata();
        let paths = file.schema_descr().columns().iter().map(|leaf| leaf.name().to_string());
        let names = (0..COUNT).map(|i| format!("c{i}")).chain(["other".to_string()]);
        assert!(paths.eq(names), "the leaves keep their order");
        for leaf in file.schema_descr().columns() {
            assert_eq!((leaf.max_def_level(), leaf.max_rep_level()), (1, 0), "{}", leaf.path());
        }
        let roots = file.schema().get_fields();
        assert!(roots.len() < 20, "{}", roots.len());
        let judged = roots.iter().find(|root| root.is_primitive());
        assert_eq!(judged.map(|root| root.name()), Some("c10"));
        for left_out in ["c1000", "other"] {
            let of = |root: &&TypePtr| {
                root.is_group() && root.get_fields().iter().any(|part| part.name() == left_out)
            };
            let group = roots.iter().find(of);
            assert_eq!(group.map(|group| group.get_fields().len()), Some(1), "{left_out}");
        }
    }
}
