//! Rows of a plan as Parquet files.

mod byte_budget;
mod dictionary_choice;
mod file_names;
pub mod file_sink;
mod file_statistics;
mod file_task;
mod overflow;
mod parquet_writer;
mod partition;
mod required_values;
mod router;
mod row_check;
mod stop_signal;
mod stored_schema;
mod writer_properties;
mod written_files;
