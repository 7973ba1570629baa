//! The range of an expression's values in each container.

use std::sync::Arc;

use datafusion::arrow::array::{
    new_null_array, Array, ArrayRef, AsArray, BooleanArray, Datum, PrimitiveArray, Scalar,
    UInt32Array,
};
use datafusion::arrow::compute::kernels::{cmp, zip::zip};
use datafusion::arrow::compute::{nullif, take};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Float32Type, Float64Type, Int64Type,
};
use datafusion::arrow::error::ArrowError;
use datafusion::common::utils::normalize_float_zero;

use super::flags::Flags;
use super::truth::Truth;

type Kernel = fn(&dyn Datum, &dyn Datum) -> Result<BooleanArray, ArrowError>;

/// A lower or an upper bound; null is unknown.
#[derive(Clone, Debug)]
pub enum Bound {
    Unknown,
    /// The same for all containers: an array of one.
    Same(ArrayRef),
    Each(ArrayRef),
}

impl Bound {
    pub fn array(&self) -> Option<&ArrayRef> {
        match self {
            Self::Unknown => None,
            Self::Same(array) | Self::Each(array) => Some(array),
        }
    }

    /// `array` in place of this bound's own.
    pub fn with(&self, array: Option<ArrayRef>) -> Self {
        match (self, array) {
            (Self::Same(_), Some(array)) => Self::Same(array),
            (Self::Each(_), Some(array)) => Self::Each(array),
            _ => Self::Unknown,
        }
    }

    pub fn known(&self) -> Flags {
        match self {
            Self::Unknown => Flags::None,
            Self::Same(array) => Flags::of(array.is_valid(0)),
            Self::Each(array) => Flags::where_valid(array),
        }
    }

    /// Its value for each of the containers.
    pub fn spread(&self, containers: usize) -> Option<ArrayRef> {
        match self {
            Self::Unknown => None,
            Self::Same(array) => take(array, &UInt32Array::from_value(0, containers), None).ok(),
            Self::Each(array) => Some(Arc::clone(array)),
        }
    }

    /// This bound where `kept` is set, unknown elsewhere.
    pub fn only(&self, kept: &Flags, containers: usize) -> Self {
        match kept {
            Flags::All => self.clone(),
            Flags::None => Self::Unknown,
            Flags::Some(_) => {
                let array = self.spread(containers);
                let kept =
                    array.and_then(|array| nullif(&array, &kept.not().array(containers)).ok());
                kept.map_or(Self::Unknown, Self::Each)
            }
        }
    }

    /// `then` where `mask` is set, `otherwise` elsewhere.
    pub fn select(mask: &Flags, then: &Self, otherwise: &Self, containers: usize) -> Self {
        let bits = match mask {
            Flags::All => return then.clone(),
            Flags::None => return otherwise.clone(),
            Flags::Some(bits) => BooleanArray::new(bits.clone(), None),
        };
        match (then, otherwise) {
            (Self::Unknown, _) => otherwise.only(&mask.not(), containers),
            (_, Self::Unknown) => then.only(mask, containers),
            _ => then
                .apply(otherwise, |then, otherwise| zip(&bits, then, otherwise))
                .map_or(Self::Unknown, Self::Each),
        }
    }

    /// The smaller of the two where both are known.
    pub fn smaller(&self, other: &Self, containers: usize) -> Self {
        self.either(cmp::lt, other, containers)
    }

    pub fn greater(&self, other: &Self, containers: usize) -> Self {
        self.either(cmp::gt, other, containers)
    }

    fn either(&self, preferred: Kernel, other: &Self, containers: usize) -> Self {
        let data_type = |bound: &Self| bound.array().map(|array| array.data_type().clone());
        let kind = data_type(self);
        if kind != data_type(other) || kind.is_none_or(|kind| kind.is_nested()) {
            return Self::Unknown;
        }
        let known = self.known().and(&other.known());
        let chosen = Self::select(&self.surely(preferred, other), self, other, containers);
        chosen.only(&known, containers)
    }

    /// `array`, which a kernel made of this bound and the other.
    pub fn combined(&self, other: &Self, array: ArrayRef) -> Self {
        match (self, other) {
            (Self::Same(_), Self::Same(_)) => Self::Same(array),
            _ => Self::Each(array),
        }
    }

    /// Calls a kernel of two arguments.
    pub fn apply<T>(
        &self,
        other: &Self,
        kernel: impl Fn(&dyn Datum, &dyn Datum) -> Result<T, ArrowError>,
    ) -> Option<T> {
        match (self, other) {
            (Self::Same(left), Self::Same(right)) => {
                kernel(&Scalar::new(Arc::clone(left)), &Scalar::new(Arc::clone(right)))
            }
            (Self::Same(left), Self::Each(right)) => kernel(&Scalar::new(Arc::clone(left)), right),
            (Self::Each(left), Self::Same(right)) => kernel(left, &Scalar::new(Arc::clone(right))),
            (Self::Each(left), Self::Each(right)) => kernel(left, right),
            _ => return None,
        }
        .ok()
    }

    /// Where the comparison is known to hold.
    pub fn surely(&self, kernel: Kernel, other: &Self) -> Flags {
        // The engine takes -0.0 for 0.0.
        let zero = |bound: &Self| bound.with(bound.array().map(normalize_float_zero));
        let comparable =
            |bound: &Self| bound.array().is_some_and(|array| !array.data_type().is_nested());
        if !comparable(self) || !comparable(other) {
            return Flags::None;
        }
        let Some(holds) = zero(self).apply(&zero(other), kernel) else { return Flags::None };
        match (self, other) {
            (Self::Same(_), Self::Same(_)) => Flags::of(holds.is_valid(0) && holds.value(0)),
            _ => Flags::where_true(&holds),
        }
    }
}

/// Whether the values may be null, or not null.
#[derive(Clone, Debug)]
pub enum Nulls {
    Counted { null_count: Option<ArrayRef>, num_rows: Option<ArrayRef> },
    Known { may_be_null: Flags, may_be_value: Flags },
}

impl Nulls {
    pub fn unknown() -> Self {
        Self::Known { may_be_null: Flags::All, may_be_value: Flags::All }
    }

    pub fn may_be_null(&self) -> Flags {
        match self {
            Self::Known { may_be_null, .. } => may_be_null.clone(),
            Self::Counted { null_count: Some(null_count), .. } => {
                let zero = PrimitiveArray::<Int64Type>::new_scalar(0);
                cmp::eq(null_count, &zero).map_or(Flags::All, |none| Flags::where_true(&none).not())
            }
            Self::Counted { .. } => Flags::All,
        }
    }

    pub fn may_be_value(&self) -> Flags {
        match self {
            Self::Known { may_be_value, .. } => may_be_value.clone(),
            Self::Counted { null_count: Some(null_count), num_rows: Some(num_rows) } => {
                cmp::eq(null_count, num_rows)
                    .map_or(Flags::All, |all| Flags::where_true(&all).not())
            }
            Self::Counted { .. } => Flags::All,
        }
    }
}

/// Which NaN may be among the values. The engine's order puts negative NaN before all numbers, and
/// positive NaN after them; ranges are those of the numbers alone.
#[derive(Clone, Debug)]
pub struct Nan {
    pub positive: Flags,
    pub negative: Flags,
}

impl Nan {
    pub fn none() -> Self {
        Self { positive: Flags::None, negative: Flags::None }
    }

    /// Of either sign.
    pub fn of(flags: Flags) -> Self {
        Self { positive: flags.clone(), negative: flags }
    }

    pub fn any(&self) -> Flags {
        self.positive.or(&self.negative)
    }
}

#[derive(Clone, Debug)]
pub struct ValueRange {
    pub lo: Bound,
    pub hi: Bound,
    pub nulls: Nulls,
    pub nan: Nan,
}

impl ValueRange {
    pub fn unknown() -> Self {
        Self {
            lo: Bound::Unknown,
            hi: Bound::Unknown,
            nulls: Nulls::unknown(),
            nan: Nan::of(Flags::All),
        }
    }

    /// Of one value, an array of one.
    pub fn literal(value: ArrayRef) -> Self {
        let null = value.logical_null_count() > 0;
        let nan = nan_of(&value);
        let bound = Bound::Same(without_nan(value));
        Self {
            lo: bound.clone(),
            hi: bound,
            nulls: Nulls::Known { may_be_null: Flags::of(null), may_be_value: Flags::of(!null) },
            nan: match nan.is_none() {
                true => Nan::none(),
                false => Nan::of(Flags::All),
            },
        }
    }

    /// Where all values are one and the same, and which that is can be told from the bounds:
    /// zero of a float has two forms.
    pub fn constant(&self) -> Flags {
        let float = self.lo.array().is_some_and(|array| array.data_type().is_floating());
        let zero = match (float, &self.lo) {
            (true, Bound::Each(array)) => where_zero(array),
            _ => Flags::None,
        };
        let surely = match (&self.lo, &self.hi) {
            (Bound::Same(lo), Bound::Same(hi)) if Arc::ptr_eq(lo, hi) => self.lo.known(),
            _ => self.lo.surely(cmp::eq, &self.hi),
        };
        let varies = self.nulls.may_be_null().or(&self.nan.any()).or(&zero);
        surely.and(&varies.not())
    }

    /// The condition that a range of booleans is.
    pub fn truth(&self) -> Truth {
        let may_be_value = self.nulls.may_be_value();
        let literal = |value: bool| Bound::Same(Arc::new(BooleanArray::from(vec![value])));
        Truth {
            may_be_true: may_be_value.and(&self.hi.surely(cmp::eq, &literal(false)).not()),
            may_be_false: may_be_value.and(&self.lo.surely(cmp::eq, &literal(true)).not()),
            may_be_null: self.nulls.may_be_null(),
        }
    }

    pub fn of_truth(truth: &Truth, containers: usize) -> Self {
        let bound = |flags: &Flags| Bound::Each(Arc::new(flags.array(containers)));
        Self {
            lo: bound(&truth.may_be_false.not()),
            hi: bound(&truth.may_be_true),
            nulls: Nulls::Known {
                may_be_null: truth.may_be_null.clone(),
                may_be_value: truth.may_be_true.or(&truth.may_be_false),
            },
            nan: Nan::none(),
        }
    }
}

fn where_float<T: ArrowPrimitiveType>(
    array: &dyn Array,
    holds: impl Fn(T::Native) -> bool,
) -> Flags {
    let values = array.as_primitive::<T>();
    match values.values().iter().any(|value| holds(*value)) {
        false => Flags::None,
        true => Flags::where_true(&BooleanArray::from_unary(values, holds)),
    }
}

/// Where a float is NaN.
pub fn nan_of(array: &ArrayRef) -> Flags {
    match array.data_type() {
        DataType::Float32 => where_float::<Float32Type>(array, f32::is_nan),
        DataType::Float64 => where_float::<Float64Type>(array, f64::is_nan),
        _ => Flags::None,
    }
}

/// Where a number is finite, or not of a type that knows infinity.
pub fn finite(array: &ArrayRef) -> Flags {
    match array.data_type() {
        DataType::Float32 => where_float::<Float32Type>(array, |value| !value.is_finite()).not(),
        DataType::Float64 => where_float::<Float64Type>(array, |value| !value.is_finite()).not(),
        _ => Flags::All,
    }
}

fn where_zero(array: &ArrayRef) -> Flags {
    match array.data_type() {
        DataType::Float32 => where_float::<Float32Type>(array, |value| value == 0.0),
        DataType::Float64 => where_float::<Float64Type>(array, |value| value == 0.0),
        _ => Flags::All,
    }
}

/// The bounds with null in place of NaN, which bounds nothing.
pub fn without_nan(array: ArrayRef) -> ArrayRef {
    match nan_of(&array) {
        Flags::Some(nan) => nullif(&array, &BooleanArray::new(nan, None))
            .unwrap_or_else(|_| new_null_array(array.data_type(), array.len())),
        _ => array,
    }
}
