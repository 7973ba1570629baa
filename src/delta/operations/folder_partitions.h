#pragma once

// The partition values that the folders of files tell. Pure functions.

#include <string>
#include <vector>

#include <deltaic/delta/operations/convert_to_delta.h>

#include "delta/actions/file_actions.h"

namespace deltaic::delta {

/// The partition values of files, by the names of `columns`, as the log writes them.
///
/// `__HIVE_DEFAULT_PARTITION__` and an empty name are null; timestamps without a zone are UTC.
/// Throws `kInvalidArgument` naming the file whose folders are not those of the columns, each of
/// them once, and naming file and column where a value is not one of the column's type, or null
/// where the column has none.
std::vector<NullableTexts> PartitionsOfFolders(const std::vector<StructField>& columns,
                                               PartitionFolders folders,
                                               const std::vector<std::string>& locations);

}  // namespace deltaic::delta
