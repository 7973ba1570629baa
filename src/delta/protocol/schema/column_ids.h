#pragma once

// Gives the fields of a schema the ids and physical names by which column mapping knows them
// (PROTOCOL.md, "Column Mapping", "Writer Requirements for Column Mapping").

#include <cstdint>

#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// Returns the schema in which every field, at any depth, has an id and a physical name: those that
/// it has, else the next id after `max_id`, which moves on, and a new physical name that says
/// nothing of the field's own.
///
/// Throws `kCorruptLog` as `MapColumns` does, and `kResourcesExhausted` where there are no more
/// ids.
DataType AssignColumnIds(const DataType& schema, int64_t& max_id);

}  // namespace deltaic::delta
