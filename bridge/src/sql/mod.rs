//! Statements on their way from text to a plan.

pub mod definition;
pub mod dialect;
pub mod relation_planner;
pub mod statement;
pub mod syntax_depth;
pub mod write_target;
