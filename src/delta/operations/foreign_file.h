#pragma once

// Add actions of files that somebody else wrote (PROTOCOL.md, "Add File and Remove File"). Pure
// functions.

#include <deltaic/delta/log/table_access.h>
#include <deltaic/delta/scan/scan_files.h>

#include "delta/actions/file_actions.h"
#include "delta/write/data_file_writer.h"

namespace deltaic::delta {

/// The action that adds a file to a table. Throws `kInvalidArgument` naming the file where its path
/// is none of a file in the table, it lacks a partition value or has one of no partition column,
/// its size is negative, or its statistics are no JSON object.
AddFile AddOf(const ScanFile& file, const TableShape& shape, const TableAccess& access);

}  // namespace deltaic::delta
