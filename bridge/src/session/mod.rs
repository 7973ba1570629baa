//! Sessions, data frames and what other libraries are handed.

pub mod capsule;
pub mod data_frame;
pub mod session_context;
pub mod stream;
