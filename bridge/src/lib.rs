//! The border between C++ and Apache DataFusion: every function here wraps one thing of
//! DataFusion, object_store or Arrow, and decides nothing. Start reading in `ffi.rs`.

mod arrow_border;
mod aws_credentials;
mod aws_profile;
mod batch_formatter;
mod batch_receiver;
mod blocking_threads;
mod cancellation_point;
mod capsule;
mod catalog_provider;
mod chunk_reader;
mod claimed_sizes;
mod column_groups;

mod cloud_store;
mod column_names;
mod data_frame;
mod decoding;
mod definition;
mod dialect;
mod error;
mod exact_store;
mod expression;
mod expression_adapter;
mod expression_guard;
mod ffi;
mod field_index;
mod file_list;
mod file_scan;
mod file_types;
mod filter_pushdown;
mod guard;
mod host_codec;
mod host_session;
mod list_names;

mod local_folder;
mod local_store;
mod naming_adapter;
mod naming_planner;
mod nan_guard;
mod parquet_file;
mod parquet_reader;
mod physical_rules;
mod positioned_read;
mod projection_pushdown;
mod pruning;
mod pruning_predicate;
mod read_buffer;
mod redaction;
mod relation_planner;
mod row_bounds;
mod row_skipping;
mod row_table;
mod runtime;
mod sealed_plan;
mod session_context;
mod start_gate;
mod statement;
mod store;
mod store_error;
mod stream;
mod syntax_depth;
mod table_factory;
mod table_function;
mod table_provider;
mod time_zone;
mod variant;
mod write_target;
mod zero_guard;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Cargo compiles anew where this variable changes. Clones of the repository share a build folder, in
/// which their crates have one name and are told apart by the age of their files only.
const _: Option<&str> = option_env!("DELTAIC_BRIDGE_SOURCE");
