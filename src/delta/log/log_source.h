#pragma once

// Who says which commits a table has. A pure function.

#include <deltaic/delta/log/table_access.h>

#include "delta/protocol/table_support.h"

namespace deltaic::delta {

inline LogSource LogSourceOf(const TableAccess& access) {
  return access.catalog() ? LogSource::kCatalog : LogSource::kFolder;
}

}  // namespace deltaic::delta
