#pragma once

// Rows that have got values of identity columns, and get others where another writer has taken
// those (PROTOCOL.md, "Identity Columns"). Safe to call from any thread.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/write/data_file_writer.h"
#include "delta/write/table_rows.h"

namespace deltaic::delta {

/// Rows that were written with values of identity columns; there is at least one.
struct NumberedRows {
  std::vector<IdentityRange> identities;
  std::vector<std::string> computed;  ///< As in `TableRows`.
  RowRules rules;
  WriterOptions writer;
  DataFiles files;
};

/// `shape` with the marks of identity columns moved beyond these rows.
TableShape WithMarks(TableShape shape, const NumberedRows& rows);

/// `shape` with its marks moved on by as many values as `count` rows, at least one, take: they are
/// left out. The same shape where there are not so many.
TableShape WithGap(const TableShape& shape, const NumberedRows& rows, int64_t count);

/// Whether the values of the rows come after the marks of `shape`, so that nobody has them.
bool AreFree(const NumberedRows& rows, const TableShape& shape);

/// Writes the rows again with the values that follow the marks of `shape`: they are read from their
/// files and go through all checks, since these may depend on the values. Memory does not grow with
/// their number. `table` is a version with the columns of `shape`. The old files stay. Throws as
/// `MakeTableRows` and `WriteDataFiles`.
NumberedRows NumberAnew(const Snapshot& table, const TableShape& shape, const NumberedRows& rows);

}  // namespace deltaic::delta
