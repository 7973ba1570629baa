//! Values in other types: stored exactly, or refused.

pub mod conversion_function;
mod exact_cast;
mod exact_values;
mod parsed_text;
