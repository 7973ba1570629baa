//! A panic must not cross into C++, where it would abort the process: it becomes an error.

use std::any::Any;
use std::fmt::Display;
use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::border::error::{code, Error, Result};

pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown cause")
}

/// Whether a panic is the one of tokio, or of the standard library, where no thread can be started.
pub fn says_no_threads(text: &str) -> bool {
    ["OS can't spawn worker thread", "failed to spawn thread"].iter().any(|say| text.contains(say))
}

/// The system gives no more threads.
pub fn no_threads(cause: impl Display) -> Error {
    let text = "No more threads can be started: the process needs a higher limit of processes \
                (ulimit -u) or of memory (ulimit -v)";
    Error::new(code::RESOURCES_EXHAUSTED, format!("{text}: {cause}"))
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
