#pragma once

// What errors of a store mean for a log that others clean up while it is read (PROTOCOL.md,
// "Metadata Cleanup"). Pure functions.

#include <deltaic/base/error.h>

namespace deltaic::delta {

/// How often a log is listed anew that does not stay the same while it is read.
inline constexpr int kMaxListings = 100;

/// Whether a file is not there that a listing, or another file, named.
bool IsGone(const Error& error);

/// The error of a read of a log file as one of the log: `kCorruptLog` where the file is not there
/// or cannot be read, else the same error.
Error LogError(const Error& error);

}  // namespace deltaic::delta
