#pragma once

// The rows of a snapshot as operations read them. Safe to call from any thread.

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include <deltaic/datafusion/expression.h>
#include <deltaic/datafusion/table_provider.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/protocol/row_bitmap.h"

namespace deltaic::delta {

/// The rows of a snapshot: the table's columns.
std::shared_ptr<const datafusion::TableProvider> RowsOf(
    const std::shared_ptr<const Snapshot>& snapshot);

/// The rows of a snapshot with their identities: the table's columns, then one with the parts of
/// `MetadataParts::kIdentity`, called `_metadata` unless the table has such a column.
std::shared_ptr<const datafusion::TableProvider> RowsWithIdentity(
    const std::shared_ptr<const Snapshot>& snapshot);

/// The rows of the live files that `skipped` names by their numbers, without the rows that it has
/// of them; those that are deleted come back unless it has them too. The table's columns, then
/// that as above where the table tracks rows.
std::shared_ptr<const datafusion::TableProvider> RowsWithout(
    const std::shared_ptr<const Snapshot>& snapshot, std::map<int64_t, RowSet> skipped);

/// A part of the identities that the last column of `rows` is.
datafusion::Expression IdentityPart(const Schema& rows, std::string_view part);

}  // namespace deltaic::delta
