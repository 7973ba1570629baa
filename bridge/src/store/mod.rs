//! Object stores and the bytes that they give.

pub mod aws_credentials;
pub mod aws_profile;
pub mod cloud_store;
pub mod exact_store;
pub mod listing;
pub mod local_folder;
pub mod local_store;
pub mod local_upload;
pub mod object_store;
pub mod object_writer;
pub mod paged_listing;
pub mod pending_file;
pub mod positioned_read;
pub mod read_buffer;
pub mod store_settings;
