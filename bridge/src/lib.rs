//! Two things in one crate, without a word of Delta in either. The border (`border/`, `sql/`, `store/`)
//! lets C++ call Apache DataFusion and object_store, and be called by them; start reading in `ffi.rs`.
//! The engine extension (`scan/`, `parquet/`, `pruning/`, `plan/`, `variant/`, `foreign/`) fills gaps of
//! the engine; docs/bridge.md lists each extension with its gap.

mod border;
mod ffi;
mod foreign;
mod parquet;
mod plan;
mod pruning;
mod scan;
mod sql;
mod store;
mod variant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Cargo compiles anew where this variable changes. Clones of the repository share a build folder, in
/// which their crates have one name and are told apart by the age of their files only.
const _: Option<&str> = option_env!("DELTAIC_BRIDGE_SOURCE");
