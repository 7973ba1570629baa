//! A bit for each container.

use datafusion::arrow::array::{Array, BooleanArray};
use datafusion::arrow::buffer::BooleanBuffer;

/// `None` and `All` hold for every container, and cost nothing.
#[derive(Clone, Debug)]
pub enum Flags {
    None,
    All,
    Some(BooleanBuffer),
}

impl Flags {
    pub fn of(set: bool) -> Self {
        if set {
            Self::All
        } else {
            Self::None
        }
    }

    /// Where `array` is true, rather than false or null.
    pub fn where_true(array: &BooleanArray) -> Self {
        match array.nulls().filter(|nulls| nulls.null_count() > 0) {
            Some(nulls) => Self::Some(array.values() & nulls.inner()),
            None => Self::Some(array.values().clone()),
        }
    }

    /// Where `array` is not null.
    pub fn where_valid(array: &dyn Array) -> Self {
        match array.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
            Some(nulls) => Self::Some(nulls.into_inner()),
            None => Self::All,
        }
    }

    pub fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::None, _) | (_, Self::None) => Self::None,
            (Self::All, flags) | (flags, Self::All) => flags.clone(),
            (Self::Some(left), Self::Some(right)) => Self::Some(left & right),
        }
    }

    pub fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::None, flags) | (flags, Self::None) => flags.clone(),
            (Self::Some(left), Self::Some(right)) => Self::Some(left | right),
        }
    }

    pub fn not(&self) -> Self {
        match self {
            Self::None => Self::All,
            Self::All => Self::None,
            Self::Some(bits) => Self::Some(!bits),
        }
    }

    /// Whether no container has the bit.
    pub fn is_none(&self) -> bool {
        match self {
            Self::None => true,
            Self::All => false,
            Self::Some(bits) => bits.count_set_bits() == 0,
        }
    }

    pub fn bits(&self, containers: usize) -> BooleanBuffer {
        match self {
            Self::None => BooleanBuffer::new_unset(containers),
            Self::All => BooleanBuffer::new_set(containers),
            Self::Some(bits) => bits.clone(),
        }
    }

    pub fn array(&self, containers: usize) -> BooleanArray {
        BooleanArray::new(self.bits(containers), None)
    }
}
