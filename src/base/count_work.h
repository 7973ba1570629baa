#pragma once

// How operations add to `TotalWorkDone`. Safe to call from any thread.

#include <deltaic/base/work_done.h>

namespace deltaic {

/// Adds to the totals of the process.
void CountWork(const WorkDone& done) noexcept;

}  // namespace deltaic
