//! Tables in sessions of another DataFusion.

pub mod host_codec;
pub mod host_session;
pub mod sealed_plan;
