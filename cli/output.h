#pragma once

// Where the shell writes: standard output and standard error, unbuffered and checked.

#include <string_view>

namespace deltaic::cli {

/// Thrown when the reader of standard output has gone (`deltaic … | head`). Not a failure.
class OutputClosed {};

/// Writes `text` to standard output. Throws `OutputClosed`, `Error` with `kCancelled` where
/// Ctrl-C ends a write that waits, and `Error` with `kIo` where the text cannot be written.
void WriteOutput(std::string_view text);

/// Writes `line` and a newline to standard error; what cannot be written there is lost.
void WriteMessage(std::string_view line);

}  // namespace deltaic::cli
