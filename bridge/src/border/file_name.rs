//! The name of the file that is at fault, in errors and in what is read from it.

use datafusion::arrow::datatypes::Schema;
use parquet::errors::ParquetError;

use crate::border::error::{code, Error};

/// The key under which a footer tells the file's name to those who only see its schema.
pub const FILE_KEY: &str = "deltaic.file";

/// The name of the file that a schema was read from.
pub fn file_of(schema: &Schema) -> Option<&str> {
    schema.metadata().get(FILE_KEY).map(String::as_str)
}

/// Names the file in an error, once.
pub fn name_file<E: Into<Error>>(file: impl AsRef<str>, error: E) -> ParquetError {
    let (file, error) = (file.as_ref(), error.into());
    match error.code() {
        _ if error.message().contains(file) => error.into(),
        code::EXECUTION | code::INTERNAL => {
            Error::new(code::CORRUPT_DATA, format!("{file}: {}", error.message())).into()
        }
        code => Error::new(code, format!("{file}: {}", error.message())).into(),
    }
}
