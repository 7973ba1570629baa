//! Statements on their way from text to a plan.

pub mod definition;
mod deletion;
pub mod dialect;
mod insertion;
pub mod relation_planner;
pub mod row_expression;
pub mod spark_expression;
pub mod sql_token;
pub mod statement;
pub mod unread_clauses;
pub mod write_target;
