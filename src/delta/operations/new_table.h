#pragma once

// The first actions of a table (PROTOCOL.md, "Change Metadata", "Protocol Evolution"). Safe to call
// from any thread.

#include <deltaic/delta/operations/table_definition.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/write/data_file_writer.h"

namespace deltaic::delta {

/// Makes the protocol and metadata of a new table: the smallest protocol that the definition needs,
/// ids and physical names of columns where they are mapped, names of the columns for row ids where
/// rows are tracked.
///
/// Throws `kInvalidArgument` naming what is wrong: a column's name that is there twice (case apart)
/// or that the table needs for itself, a partition column that is missing or cannot be one, a
/// property that nobody knows or that has no such value; `kUnsupportedFeature` for a feature that
/// we do not write, and for an expression that we cannot evaluate.
TableShape NewTable(const TableDefinition& definition);

/// The shape of a table whose definition is replaced by another one: the same table from then on,
/// with the features that it had. Throws as `NewTable`.
TableShape RedefinedTable(const Snapshot& table, const TableDefinition& definition);

/// Throws as `NewTable` does for a schema, partitioning and properties that a table is to have from
/// now on.
void CheckDefinition(const TableShape& shape);

}  // namespace deltaic::delta
