//! A list of files as a scan of the engine.

pub mod column_groups;
pub mod column_names;
pub mod expression_adapter;
pub mod expression_guard;
pub mod field_index;
pub mod file_list;
pub mod file_scan;
pub mod file_types;
pub mod list_names;
pub mod naming_adapter;
pub mod naming_planner;
pub mod nan_guard;
pub mod row_bounds;
pub mod row_skipping;
pub mod zero_guard;
