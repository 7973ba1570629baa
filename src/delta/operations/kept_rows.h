#pragma once

// Rows of a table that are written again as they are. Nothing runs here. Safe to call from any
// thread.

#include <deltaic/datafusion/data_frame.h>

#include "delta/write/data_file_writer.h"

namespace deltaic::delta {

/// The rows as the table is from now on: columns that it did not have before are null. Throws
/// `kUnsupportedFeature` for a table that would have to tell that the rows were moved, by row ids
/// or in its change data feed.
TableRows KeptRows(const datafusion::DataFrame& rows, const TableShape& shape);

}  // namespace deltaic::delta
