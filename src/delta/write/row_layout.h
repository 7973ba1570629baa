#pragma once

// The Arrow schemas of rows on their way into data files. Pure functions.

#include <vector>

#include <deltaic/columnar/schema.h>
#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// The Arrow form of `fields`, all nullable, with the layout of texts and binaries that the columns
/// of `rows` of the same place have: `sources[i]` is the column for field i, -1 where there is
/// none. It spares a copy of each text.
Schema LaidOutAs(const std::vector<StructField>& fields, const Schema& rows,
                 const std::vector<int64_t>& sources);

/// The types of `rows`, whose columns are `fields`, nullable where the table says so.
Schema WithNullability(const Schema& rows, const std::vector<StructField>& fields);

}  // namespace deltaic::delta
