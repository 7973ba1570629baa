#pragma once

// The Parquet files of a folder that is no table yet.

#include <string_view>
#include <vector>

#include <deltaic/datafusion/object_store.h>

namespace deltaic::delta {

/// Whether tools hide a location: a folder or the file has a name that begins with a dot or an
/// underscore, and is no folder of a partition.
bool IsHidden(std::string_view location);

/// The files in the store's root and below it that are not hidden and end in ".parquet", by
/// location. Throws `kInvalidArgument` naming the folder where one below the root holds a table,
/// and the errors of the store.
std::vector<datafusion::ObjectMeta> ListParquetFiles(const datafusion::ObjectStore& store);

}  // namespace deltaic::delta
