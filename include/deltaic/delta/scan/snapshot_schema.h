#pragma once

// A snapshot as those who read and write it see its columns.

#include <string_view>

#include <deltaic/base/export.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/expression.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// The columns of a query over the table, in its order, nullable where the table says so.
DELTAIC_EXPORT Schema ReadSchema(const Snapshot& snapshot);

/// The columns that rows for the table have: its own order, nullable where the table says so.
DELTAIC_EXPORT Schema InputSchema(const Snapshot& snapshot);

/// Parses an SQL predicate over the table's columns, whose names keep their case. Throws
/// `kInvalidSql`.
DELTAIC_EXPORT datafusion::Expression ParsePredicateExpression(const Snapshot& snapshot,
                                                               std::string_view sql);

}  // namespace deltaic::delta
