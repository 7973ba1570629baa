#pragma once

#include <deltaic/base/error.h>
#include <deltaic/datafusion/object_store.h>

namespace deltaic::delta {

/// Makes the error for a place whose log has no commit: `kTableNotFound`, which tells whether there
/// is nothing, a file, a folder without a log, or a log without a commit. Asks the store for that.
Error NoTable(const datafusion::ObjectStore& store);

}  // namespace deltaic::delta
