#pragma once

// The table functions of a Delta session: delta_scan, delta_files, delta_history, delta_detail.
// The first argument of each is a path or URL, or a name that SQL knows.

#include <deltaic/datafusion/session_context.h>

namespace deltaic::delta {

/// Makes them known to `session`.
void RegisterTableFunctions(datafusion::SessionContext& session);

}  // namespace deltaic::delta
