//! Decoders of foreign bytes panic on some that no writer writes. Then the bytes are at fault, not the
//! engine: an error says so, and nothing is printed.

use std::cell::Cell;
use std::panic::{catch_unwind, set_hook, take_hook, AssertUnwindSafe};
use std::sync::Once;

use crate::border::error::{code, Error, Result};
use crate::border::guard::panic_text;

thread_local! {
    static IS_DECODING: Cell<bool> = const { Cell::new(false) };
}

/// The process's hook stays in force for all other panics.
fn keep_quiet_while_decoding() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_DECODING.get() {
                hook(panic);
            }
        }));
    });
}

/// Runs what decodes bytes.
pub fn decode<T>(body: impl FnOnce() -> T) -> Result<T> {
    keep_quiet_while_decoding();
    let outer = IS_DECODING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(body));
    IS_DECODING.set(outer);
    result.map_err(|panic| {
        let text = panic_text(panic.as_ref());
        Error::new(code::CORRUPT_DATA, format!("The decoder gave up: {text}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_the_fault_of_the_bytes() {
        let result: Result<()> = decode(|| panic!("no dictionary"));
        let text = result.err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(text, "[corrupt_data] The decoder gave up: no dictionary");
        assert!(!IS_DECODING.get());
    }
}
