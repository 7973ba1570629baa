//! Queries that have been planned, and their rows on the way out.

pub mod data_frame;
pub mod running_work;
pub mod stream;
