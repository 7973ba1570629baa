//! The engine's rules over physical plans, guarded.

pub mod filter_pushdown;
pub mod physical_rules;
pub mod projection_pushdown;
