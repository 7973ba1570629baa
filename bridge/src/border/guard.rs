//! A panic must not cross into C++, where it would abort the process: it becomes an error.

use std::any::Any;
use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::border::error::{code, no_threads, says_no_threads, Error, Result};

pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown cause")
}

pub fn panic_error(panic: &(dyn Any + Send)) -> Error {
    let text = panic_text(panic);
    if says_no_threads(text) {
        return no_threads(text);
    }
    Error::new(code::INTERNAL, format!("The engine met a defect (panic): {text}"))
}

/// Runs the body of a verb.
pub fn guard<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(result) => result,
        Err(panic) => Err(panic_error(panic.as_ref())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_internal_error() {
        let result: Result<()> = guard(|| panic!("boom {}", 7));
        let text = result.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(text.starts_with("[internal]") && text.contains("boom 7"), "{text}");
    }
}
