//! What a session asks C++ for: tables, catalogs, functions, factories.

pub mod catalog_provider;
pub mod file_tables;
pub mod instant;
pub mod lookups;
pub mod row_changes;
pub mod row_table;
mod table_change;
pub mod table_factory;
pub mod table_function;
pub mod table_provider;
