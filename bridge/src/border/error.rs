//! One error with a code, written as `[code] message` so that the code survives every border.

use std::error::Error as StdError;
use std::fmt;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use parquet::errors::ParquetError;

use crate::border::redaction::redact;
use crate::border::sql_place::{is_at_end, parser_message, without_tree};
use crate::border::store_error::{missing_object, with_causes};
use crate::ffi::bridge::SqlPlace;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The codes that this side gives; the names are those of `deltaic::ErrorCodeName`.
pub mod code {
    pub const INVALID_ARGUMENT: &str = "invalid_argument";
    pub const INVALID_SQL: &str = "invalid_sql";
    pub const TABLE_NOT_FOUND: &str = "table_not_found";
    pub const ALREADY_EXISTS: &str = "already_exists";
    pub const SCHEMA_MISMATCH: &str = "schema_mismatch";
    pub const CANCELLED: &str = "cancelled";
    pub const CORRUPT_DATA: &str = "corrupt_data";
    pub const CONSTRAINT_VIOLATION: &str = "constraint_violation";
    pub const FILE_NOT_FOUND: &str = "file_not_found";
    pub const IO: &str = "io";
    pub const PERMISSION_DENIED: &str = "permission_denied";
    pub const RESOURCES_EXHAUSTED: &str = "resources_exhausted";
    pub const EXECUTION: &str = "execution";
    pub const UNSUPPORTED_FEATURE: &str = "unsupported_feature";
    pub const NOT_IMPLEMENTED: &str = "not_implemented";
    pub const FORKED: &str = "forked";
    pub const INTERNAL: &str = "internal";
}

#[derive(Clone)]
pub struct Error {
    code: String,
    message: String,
    /// Where in the SQL text of the caller it is.
    place: SqlPlace,
}

impl Error {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        let message = redact(&message.into()).replace('\0', "\u{fffd}");
        Self { code: code.to_string(), message, place: SqlPlace::default() }
    }

    /// The same with a place, unless it has one.
    fn at(mut self, place: SqlPlace) -> Self {
        if !self.place.is_known() {
            self.place = place;
        }
        self
    }

    /// The same with the place where the text ends, if the message says that it ends too early.
    pub fn ending_at(self, end: SqlPlace) -> Self {
        match is_at_end(&self.message) {
            true => self.at(end),
            false => self,
        }
    }

    /// Its place, which its text does not tell then.
    pub fn take_place(&mut self) -> SqlPlace {
        std::mem::take(&mut self.place)
    }

    /// Reads back what `Display` wrote, wherever it is in `text`; C++ errors arrive this way.
    pub fn decode(text: &str, fallback: &str) -> Self {
        for (start, _) in text.match_indices('[') {
            if let Some((code, message)) = text[start + 1..].split_once("] ") {
                let is_code = |c: char| c.is_ascii_lowercase() || c == '_';
                if !code.is_empty() && code.chars().all(is_code) {
                    return Self::new(code, message);
                }
            }
        }
        Self::new(fallback, text)
    }

    /// As `decode`, from the `Debug` of something that wraps the error in parentheses.
    fn decode_debug(text: &str, fallback: &str) -> Self {
        let Some(start) = text.find("([") else { return Self::new(fallback, text) };
        let wrappers = text[..=start].matches('(').count();
        match text.len().checked_sub(wrappers).and_then(|end| text.get(start + 1..end)) {
            Some(error) => Self::decode(error, fallback),
            None => Self::new(fallback, text),
        }
    }

    pub fn message(&self) -> &str {
        &self.message
    }

    pub fn code(&self) -> &str {
        &self.code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.code, self.message)?;
        match self.place.is_known() {
            true => write!(f, " (line {}, column {})", self.place.line, self.place.column),
            false => Ok(()),
        }
    }
}

/// The same: the Parquet reader keeps no more than this of what its filters fail with.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for Error {}

/// Whether a panic is the one of tokio, or of the standard library, where no thread can be started.
pub fn says_no_threads(text: &str) -> bool {
    ["OS can't spawn worker thread", "failed to spawn thread"].iter().any(|say| text.contains(say))
}

/// The system gives no more threads.
pub fn no_threads(cause: impl fmt::Display) -> Error {
    let text = "No more threads can be started: the process needs a higher limit of processes \
                (ulimit -u) or of memory (ulimit -v)";
    Error::new(code::RESOURCES_EXHAUSTED, format!("{text}: {cause}"))
}

/// Finds the error that says most in a chain of wrappers.
fn classify(error: &(dyn StdError + 'static)) -> Option<Error> {
    if let Some(error) = error.downcast_ref::<Error>() {
        return Some(error.clone());
    }
    if let Some(error) = error.downcast_ref::<cxx::Exception>() {
        return Some(Error::decode(error.what(), code::INTERNAL));
    }
    if let Some(error) = error.downcast_ref::<object_store::Error>() {
        return Some(from_object_store(error));
    }
    if let Some(error) = error.downcast_ref::<DataFusionError>() {
        return Some(from_datafusion(error));
    }
    if let Some(error) = error.downcast_ref::<ArrowError>() {
        return Some(from_arrow(error));
    }
    if let Some(error) = error.downcast_ref::<ParquetError>() {
        return Some(from_parquet(error));
    }
    if let Some(error) = error.downcast_ref::<std::io::Error>() {
        return Some(from_io(error));
    }
    error.source().and_then(classify)
}

fn is_refusal(text: &str) -> bool {
    ["status code: 401", "status code: 403"].iter().any(|status| text.contains(status))
}

fn from_object_store(error: &object_store::Error) -> Error {
    use object_store::Error as E;
    let mut cause = error.source();
    while let Some(source) = cause {
        if let Some(inner) = source.downcast_ref::<Error>() {
            return inner.clone();
        }
        cause = source.source();
    }
    let code = match error {
        E::NotFound { path, source } => {
            return Error::new(code::FILE_NOT_FOUND, missing_object(path, source.as_ref()));
        }
        E::AlreadyExists { .. } | E::Precondition { .. } => code::ALREADY_EXISTS,
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => code::PERMISSION_DENIED,
        E::NotSupported { .. } | E::NotImplemented { .. } => code::NOT_IMPLEMENTED,
        E::InvalidPath { .. } | E::UnknownConfigurationKey { .. } => code::INVALID_ARGUMENT,
        // A refused listing has no kind of its own; its text is that of the HTTP response.
        _ if is_refusal(&error.to_string()) => code::PERMISSION_DENIED,
        _ => code::IO,
    };
    Error::new(code, with_causes(error))
}

fn from_io(error: &std::io::Error) -> Error {
    use std::io::ErrorKind as Kind;
    let inner = error.get_ref().map(|inner| inner as &(dyn StdError + 'static));
    if let Some(inner) = inner.and_then(classify) {
        return inner;
    }
    let code = match error.kind() {
        // What spills finds the disk full, or is told that it may not fill more of it.
        Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge | Kind::OutOfMemory => {
            code::RESOURCES_EXHAUSTED
        }
        // DataFusion's own limit has no kind; its text names the setting.
        _ if error.to_string().contains("datafusion.runtime.max_temp_directory_size") => {
            code::RESOURCES_EXHAUSTED
        }
        _ => code::IO,
    };
    Error::new(code, error.to_string())
}

fn from_parquet(error: &ParquetError) -> Error {
    match error {
        ParquetError::External(inner) => classify(inner.as_ref())
            .unwrap_or_else(|| Error::new(code::CORRUPT_DATA, error.to_string())),
        _ => Error::new(code::CORRUPT_DATA, error.to_string()),
    }
}

fn from_arrow(error: &ArrowError) -> Error {
    match error {
        ArrowError::ExternalError(inner) => classify(inner.as_ref())
            .unwrap_or_else(|| Error::new(code::EXECUTION, inner.to_string())),
        ArrowError::IoError(_, error) => from_io(error),
        ArrowError::ParquetError(_) => Error::new(code::CORRUPT_DATA, error.to_string()),
        ArrowError::MemoryError(_) => Error::new(code::RESOURCES_EXHAUSTED, error.to_string()),
        ArrowError::NotYetImplemented(_) => Error::new(code::NOT_IMPLEMENTED, error.to_string()),
        ArrowError::ComputeError(text) => Error::decode_debug(text, code::EXECUTION),
        // An imported stream whose producer is on the other side of the border.
        ArrowError::CDataInterface(text) => Error::decode(text, code::EXECUTION),
        _ => Error::new(code::EXECUTION, error.to_string()),
    }
}

/// An error of the planner, in its own words alone.
fn planner_error(code: &str, error: &DataFusionError) -> Error {
    let text = error.strip_backtrace();
    let prefixes = ["Error during planning: ", "Schema error: "];
    let message = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(&text);
    let (message, place) = without_tree(message);
    Error::new(code, message).at(place)
}

fn from_datafusion(error: &DataFusionError) -> Error {
    use DataFusionError as E;
    match error {
        E::ArrowError(inner, _) => from_arrow(inner),
        E::ParquetError(inner) => from_parquet(inner),
        E::ObjectStore(inner) => from_object_store(inner),
        E::External(inner) => classify(inner.as_ref())
            .unwrap_or_else(|| Error::new(code::EXECUTION, inner.to_string())),
        E::Diagnostic(diagnostic, inner) => {
            let cause = from_datafusion(inner);
            match [code::INVALID_SQL, code::NOT_IMPLEMENTED].contains(&cause.code()) {
                true => cause.at(SqlPlace::of(diagnostic)),
                // What is wrong is a table, and not the text that names it.
                false => cause,
            }
        }
        E::Context(context, inner) => {
            // The context is prose of the planner; the cause decides the code.
            let cause = from_datafusion(inner);
            match inner.as_ref() {
                E::External(_) | E::ObjectStore(_) | E::ParquetError(_) | E::ArrowError(..) => {
                    cause
                }
                _ => {
                    let message = format!("{context}\ncaused by\n{}", cause.message());
                    Error::new(cause.code(), message).at(cause.place)
                }
            }
        }
        E::Shared(inner) => from_datafusion(inner),
        E::Collection(inner) if !inner.is_empty() => from_datafusion(&inner[0]),
        E::ExecutionJoin(join) if says_no_threads(&join.to_string()) => no_threads(join),
        E::ExecutionJoin(_) | E::Internal(_) => Error::new(code::INTERNAL, error.strip_backtrace()),
        E::SQL(inner, limit) => {
            let (message, place) = parser_message(inner, limit.as_deref());
            Error::new(code::INVALID_SQL, message).at(place)
        }
        E::Plan(_) | E::SchemaError(..) => planner_error(code::INVALID_SQL, error),
        E::Configuration(_) => Error::new(code::INVALID_ARGUMENT, error.strip_backtrace()),
        E::NotImplemented(_) => planner_error(code::NOT_IMPLEMENTED, error),
        E::ResourcesExhausted(_) => Error::new(code::RESOURCES_EXHAUSTED, error.strip_backtrace()),
        E::IoError(error) => from_io(error),
        E::Ffi(text) => Error::decode(text, code::EXECUTION),
        _ => Error::new(code::EXECUTION, error.strip_backtrace()),
    }
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        from_datafusion(&error)
    }
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        from_arrow(&error)
    }
}

impl From<ParquetError> for Error {
    fn from(error: ParquetError) -> Self {
        from_parquet(&error)
    }
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        from_object_store(&error)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        from_io(&error)
    }
}

impl From<cxx::Exception> for Error {
    fn from(error: cxx::Exception) -> Self {
        Error::decode(error.what(), code::INTERNAL)
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        DataFusionError::External(Box::new(error))
    }
}

impl From<Error> for ArrowError {
    fn from(error: Error) -> Self {
        ArrowError::ExternalError(Box::new(error))
    }
}

impl From<Error> for ParquetError {
    fn from(error: Error) -> Self {
        ParquetError::External(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::parser::ParserError;

    use super::*;

    #[test]
    fn code_survives_a_plan_and_a_stream() {
        let error = Error::new("corrupt_log", "line 3 of [x] is bad");
        let wrapped = DataFusionError::Context("ctx".into(), Box::new(error.clone().into()));
        let shared = DataFusionError::Shared(std::sync::Arc::new(wrapped));
        assert_eq!(Error::from(shared).to_string(), error.to_string());
        let arrow: ArrowError = error.clone().into();
        assert_eq!(Error::decode(&arrow.to_string(), "io").to_string(), error.to_string());
    }

    #[test]
    fn code_survives_the_filters_of_the_parquet_reader() {
        let error = Error::new("corrupt_data", "a.parquet: 300 (of x) does not fit");
        let wrapped = DataFusionError::from(ParquetError::from(error.clone()));
        let arrow = ArrowError::ComputeError(format!("Error evaluating filter: {wrapped:?}"));
        assert_eq!(Error::from(arrow).to_string(), error.to_string());
        let other = ArrowError::ComputeError("Overflow (of [a] b)".into());
        assert_eq!(Error::from(other).code(), code::EXECUTION);
    }

    #[test]
    fn an_error_of_the_parser_is_its_message_and_its_place() {
        let parser = ParserError::ParserError("Expected: x, found: y at Line: 2, Column: 5".into());
        let error = DataFusionError::SQL(Box::new(parser), None);
        let mut error = Error::from(DataFusionError::Context("ctx".into(), Box::new(error)));
        let text = error.to_string();
        assert_eq!(text, "[invalid_sql] ctx\ncaused by\nExpected: x, found: y (line 2, column 5)");
        assert_eq!(error.take_place().column, 5);
        assert_eq!(error.to_string(), "[invalid_sql] ctx\ncaused by\nExpected: x, found: y");
    }

    #[test]
    fn text_without_a_code_gets_the_fallback() {
        assert_eq!(Error::decode("a[0] and [B] c", "io").to_string(), "[io] a[0] and [B] c");
    }
}
