//! Two things in one crate, without a word of Delta in either. The border (`border/`, `columnar/`,
//! `expressions/`, `store/`, `frames/`, `tables/`, `sql/`, `session/`) lets C++ call Apache DataFusion and object_store,
//! and be called by them; start reading in `ffi.rs`. The engine extension (`parquet/`, `pruning/`, `variant/`,
//! `scan/`, `plan/`, `foreign/`, `conversion/`,
//! `sink/`) fills gaps of the engine; docs/bridge.md lists each extension with its gap.
//! bridge/layers.txt says which folder may use which.

mod border;
mod columnar;
mod conversion;
mod expressions;
mod ffi;
mod foreign;
mod frames;
mod parquet;
mod plan;
mod pruning;
mod scan;
mod session;
mod sink;
mod sql;
mod store;
mod tables;
mod variant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Cargo compiles anew where this variable changes. Clones of the repository share a build folder, in
/// which their crates have one name and are told apart by the age of their files only.
const _: Option<&str> = option_env!("DELTAIC_BRIDGE_SOURCE");
