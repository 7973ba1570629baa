//! A list of files as a scan of the engine.

pub mod column_bounds;
pub mod expression_adapter;
pub mod expression_guard;
pub mod file_scan;
pub mod list_names;
pub mod naming_adapter;
pub mod naming_planner;
pub mod nan_guard;
pub mod negation_guard;
pub mod row_skipping;
pub mod scanned_files;
pub mod statistics_batch;
pub mod zero_guard;
