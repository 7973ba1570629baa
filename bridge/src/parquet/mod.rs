//! Parquet files that nobody trusts.

pub mod chunk_reader;
pub mod claimed_sizes;
pub mod decoding;
pub mod parquet_file;
pub mod parquet_reader;
