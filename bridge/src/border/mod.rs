//! Handles, Arrow data, errors and threads: what C++ and the engine see of each other.

pub mod arrow_border;
pub mod batch_formatter;
pub mod batch_receiver;
pub mod blocking_threads;
pub mod cancellation_point;
pub mod capsule;
pub mod catalog_provider;
pub mod data_frame;
pub mod error;
pub mod expression;
pub mod guard;
pub mod pruning_predicate;
pub mod redaction;
pub mod row_table;
pub mod runtime;
pub mod session_context;
pub mod start_gate;
pub mod stream;
pub mod table_factory;
pub mod table_function;
pub mod table_provider;
pub mod time_zone;
