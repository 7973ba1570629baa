//! What holds the threads of a runtime until all of them are there. tokio panics where the system gives
//! one thread and not the next, and then waits for those that it has, which would never end.

use std::cell::RefCell;
use std::panic::{catch_unwind, resume_unwind, set_hook, take_hook, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError};

use crate::border::error::{says_no_threads, Result};
use crate::border::guard::{panic_error, panic_text};

#[derive(Clone, Copy, Default, PartialEq)]
enum State {
    #[default]
    Closed,
    Open,
    /// No thread may go on.
    Broken,
}

#[derive(Default)]
pub struct StartGate {
    state: Mutex<State>,
    changed: Condvar,
}

thread_local! {
    /// The gate of the runtime that this thread is making.
    static MAKING: RefCell<Option<Arc<StartGate>>> = const { RefCell::new(None) };
}

/// Has a panic of a thread that makes a runtime break its gate before the panic waits for the others.
/// The lack of threads is no defect to tell about.
fn watch_panics() {
    static WATCHING: Once = Once::new();
    WATCHING.call_once(|| {
        let tell = take_hook();
        set_hook(Box::new(move |panic| {
            let gate = MAKING.try_with(|gate| gate.try_borrow().ok().and_then(|gate| gate.clone()));
            if let Some(gate) = gate.ok().flatten() {
                gate.set(State::Broken);
            } else if !says_no_threads(panic_text(panic.payload())) {
                tell(panic);
            }
        }));
    });
}

impl StartGate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: State) {
        *self.state() = state;
        self.changed.notify_all();
    }

    /// Waits until the gate is open. Ends the thread where it is broken.
    pub fn pass(&self) {
        let mut state = self.state();
        while *state == State::Closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if *state == State::Broken {
            drop(state);
            resume_unwind(Box::new("The runtime has too few threads."));
        }
    }

    /// Opens the gate once `make` has made all threads. A panic of `make` is an error.
    pub fn open_after<T>(self: &Arc<Self>, make: impl FnOnce() -> std::io::Result<T>) -> Result<T> {
        watch_panics();
        MAKING.with(|gate| gate.replace(Some(self.clone())));
        let made = catch_unwind(AssertUnwindSafe(make));
        MAKING.with(|gate| gate.take());
        match made {
            Ok(Ok(made)) => {
                self.set(State::Open);
                Ok(made)
            }
            Ok(Err(error)) => {
                self.set(State::Broken);
                Err(error.into())
            }
            Err(panic) => Err(panic_error(panic.as_ref())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::border::error::code;

    #[test]
    fn threads_of_a_runtime_that_is_not_made_end() {
        let gate = Arc::new(StartGate::default());
        let at_gate = gate.clone();
        let made: Result<()> = gate.open_after(|| {
            let first = thread::spawn(move || at_gate.pass());
            // As tokio does: the first thread is waited for while the panic goes up.
            struct Join(Option<thread::JoinHandle<()>>);
            impl Drop for Join {
                fn drop(&mut self) {
                    assert!(self.0.take().unwrap().join().is_err());
                }
            }
            let _join = Join(Some(first));
            panic!("OS can't spawn worker thread: EAGAIN");
        });
        assert_eq!(made.unwrap_err().code(), code::RESOURCES_EXHAUSTED);
    }

    #[test]
    fn threads_pass_once_all_are_made() {
        let gate = Arc::new(StartGate::default());
        let at_gate = gate.clone();
        let thread = gate.open_after(|| Ok(thread::spawn(move || at_gate.pass()))).unwrap();
        thread.join().unwrap();
        gate.pass();
    }
}
