//! Arrow data: over the border, as text, found by name, in other types.

pub mod arrow_border;
pub mod batch_formatter;
pub mod batch_receiver;
pub mod checked_array;
pub mod conformed_array;
pub mod field_index;
pub mod imported_array;
pub mod retyped_array;
pub mod time_zone;
