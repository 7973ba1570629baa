//! Sessions, and what other libraries are handed.

pub mod capsule;
pub mod session_context;
