#pragma once

// How far long operations of this process are: what has been written, or taken over where files are
// converted. Safe to call from any thread.

#include <cstdint>

#include <deltaic/base/export.h>

namespace deltaic {

/// Totals since the process began, which only grow: who shows the progress of an operation takes
/// the difference to what they were before it. What a failed operation wrote counts, too.
struct WorkDone {
  int64_t rows = 0;
  int64_t bytes = 0;  ///< Of files that are finished.
  int64_t files = 0;  ///< Finished ones.
};

DELTAIC_EXPORT WorkDone TotalWorkDone() noexcept;

}  // namespace deltaic
