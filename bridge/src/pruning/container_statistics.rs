//! Statistics of containers, in the layout that `datafusion/pruning_predicate.h` documents.

use std::collections::HashMap;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StructArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::{cast, nullif};
use datafusion::arrow::datatypes::DataType;

use super::flags::Flags;
use super::leaf::Leaf;
use super::value_range::{without_nan, Bound, Nan, Nulls, ValueRange};
use crate::columnar::field_index::FieldIndex;

pub struct ContainerStatistics {
    batch: RecordBatch,
    /// What it has for each column, by kind.
    kinds: HashMap<String, (StructArray, FieldIndex)>,
}

/// Whether values of one type can be taken for values of the other without a change of their order.
fn same_kind(from: &DataType, to: &DataType) -> bool {
    use DataType::*;
    match (from, to) {
        (Dictionary(_, from), to) => same_kind(from, to),
        (from, Dictionary(_, to)) => same_kind(from, to),
        (Utf8 | LargeUtf8 | Utf8View, Utf8 | LargeUtf8 | Utf8View)
        | (
            Binary | LargeBinary | BinaryView | FixedSizeBinary(_),
            Binary | LargeBinary | BinaryView | FixedSizeBinary(_),
        ) => true,
        (Timestamp(_, from), Timestamp(_, to)) => from.is_some() == to.is_some(),
        (from, to) if from.is_decimal() && to.is_decimal() => true,
        (from, to) => {
            from == to
                || (from.is_integer() && to.is_integer())
                || (from.is_floating() && to.is_floating())
        }
    }
}

/// Types whose values have an order that the engine's comparisons follow.
fn has_bounds(data_type: &DataType) -> bool {
    use DataType::*;
    match data_type {
        Dictionary(_, values) => has_bounds(values),
        Null | Float16 | Interval(_) | RunEndEncoded(..) => false,
        data_type => !data_type.is_nested(),
    }
}

impl ContainerStatistics {
    pub fn new(batch: RecordBatch) -> Self {
        let mut kinds = HashMap::new();
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            if let Some(array) = array.as_struct_opt() {
                let columns = FieldIndex::new(array.fields().clone());
                kinds.insert(field.name().clone(), (array.clone(), columns));
            }
        }
        Self { batch, kinds }
    }

    pub fn of(&self, kind: &str, column: &str) -> Option<ArrayRef> {
        self.at(kind, std::slice::from_ref(&column))
    }

    pub fn num_rows(&self) -> Option<ArrayRef> {
        self.batch.column_by_name("num_rows").cloned()
    }

    pub fn containers(&self) -> usize {
        self.batch.num_rows()
    }

    /// The statistics of that kind under a column's name and those of its fields.
    fn at<Name: AsRef<str>>(&self, kind: &str, path: &[Name]) -> Option<ArrayRef> {
        let (group, columns) = self.kinds.get(kind)?;
        let (name, path) = path.split_first()?;
        let (column, _) = columns.find(name.as_ref())?;
        let mut array = group.column(column).clone();
        let mut nulls = group.nulls().cloned();
        for name in path {
            nulls = NullBuffer::union(nulls.as_ref(), array.nulls());
            array = array.as_struct_opt()?.column_by_name(name.as_ref())?.clone();
        }
        match nulls.filter(|nulls| nulls.null_count() > 0) {
            Some(nulls) => nullif(&array, &BooleanArray::new(!nulls.inner(), None)).ok(),
            None => Some(array),
        }
    }

    fn counts(&self, array: Option<ArrayRef>) -> Option<ArrayRef> {
        let array = array?;
        match array.data_type() {
            DataType::Int64 => Some(array),
            from if from.is_integer() => cast(&array, &DataType::Int64).ok(),
            _ => None,
        }
    }

    pub fn nulls(&self, leaf: &Leaf) -> Nulls {
        Nulls::Counted {
            null_count: self.counts(self.at("null_count", &leaf.path)),
            num_rows: self.counts(self.num_rows()),
        }
    }

    fn bound(&self, kind: &str, leaf: &Leaf) -> Option<ArrayRef> {
        let array = self.at(kind, &leaf.path)?;
        if array.data_type() == &leaf.data_type {
            return Some(array);
        }
        same_kind(array.data_type(), &leaf.data_type)
            .then(|| cast(&array, &leaf.data_type).ok())
            .flatten()
    }

    /// What the values of a leaf range over. Bounds leave NaN out.
    pub fn range(&self, leaf: &Leaf, may_be_nan: bool) -> ValueRange {
        if !has_bounds(&leaf.data_type) {
            return ValueRange { nulls: self.nulls(leaf), ..ValueRange::unknown() };
        }
        let bound = |kind| match self.bound(kind, leaf) {
            Some(array) if leaf.is_float() => Bound::Each(without_nan(array)),
            Some(array) => Bound::Each(array),
            None => Bound::Unknown,
        };
        let nan = match leaf.is_float() && may_be_nan {
            true => Nan::of(Flags::All),
            false => Nan::none(),
        };
        ValueRange { lo: bound("min"), hi: bound("max"), nulls: self.nulls(leaf), nan }
    }
}
