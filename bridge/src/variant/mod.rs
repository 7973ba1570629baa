//! Columns of the Parquet type VARIANT: found in a schema, read from files, used in SQL.

mod adapter;
mod cast;
mod encoding;
mod field;
mod functions;
mod operator;
mod path;
mod unshredding;
mod wanted_type;

pub use adapter::VariantAdapterFactory;
pub use field::{is_readable_variant, is_variant};
pub use functions::variant_functions;
pub use operator::VariantOperator;
