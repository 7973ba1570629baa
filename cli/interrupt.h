#pragma once

// Ctrl-C and closed standard streams: what the process does with signals. Call from the main
// thread; `Interrupted` from anywhere.

namespace deltaic::cli {

/// Makes SIGINT set a flag instead of ending the process, and a closed pipe an error of `write`.
/// Standard streams that are closed are replaced, so that no other file takes their numbers.
void PrepareProcess();

/// Whether Ctrl-C was pressed since the last `ForgetInterrupt`.
bool Interrupted() noexcept;

/// Makes `Interrupted` false again.
void ForgetInterrupt() noexcept;

/// Waits until a read from `descriptor` would not block; false if Ctrl-C comes first.
bool WaitUntilReadable(int descriptor) noexcept;

}  // namespace deltaic::cli
