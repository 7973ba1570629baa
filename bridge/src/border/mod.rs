//! What every verb needs: errors, guards against panics, threads.

pub mod blocking_threads;
pub mod error;
pub mod file_name;
pub mod guard;
pub mod redaction;
pub mod runtime;
pub mod sql_place;
pub mod start_gate;
pub mod store_error;
