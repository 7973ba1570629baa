//! Tables in sessions of another DataFusion.

pub mod hidden_layout;
pub mod host_codec;
pub mod host_session;
pub mod sealed_plan;
