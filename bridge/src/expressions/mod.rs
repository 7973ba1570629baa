//! Expressions as opaque values, and those that wrap another.

pub mod cancellation_point;
pub mod expression;
pub mod wrapped;
