//! Parquet files that nobody trusts.

pub mod chunk_reader;
pub mod claimed_sizes;
pub mod column_groups;
pub mod column_names;
pub mod decoding;
pub mod file_types;
pub mod footer_statistics;
pub mod parquet_encoder;
pub mod parquet_file;
pub mod parquet_reader;
pub mod row_bounds;
