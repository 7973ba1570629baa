#pragma once

// Writes rows as data files of a table (PROTOCOL.md, "Data Files", "Add File and Remove File").
// Nothing is committed here. Safe to call from any thread.

#include <cstdint>
#include <vector>

#include <deltaic/delta/log/table_access.h>
#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/protocol/state_actions.h>
#include <deltaic/delta/write/write_options.h>

#include "delta/actions/file_actions.h"
#include "delta/write/table_rows.h"

namespace deltaic::delta {

/// What a table is, or will be with the commit that is being made.
struct TableShape {
  Protocol protocol;
  Metadata metadata;
  /// The logical schema, with physical names where columns are mapped.
  DataType schema;
};

/// The shape that protocol and metadata tell. Throws as `CheckReadable` and `ParseSchemaJson`.
TableShape ShapeOf(Protocol protocol, Metadata metadata);

/// New data files.
struct DataFiles {
  std::vector<AddFile> files;
  int64_t num_rows = 0;
};

/// Writes rows, which have the columns of `shape`.
///
/// Throws as `datafusion::WriteFiles`, and leaves no file then, as far as the store allows.
DataFiles WriteDataFiles(const TableAccess& access, const TableShape& shape, const TableRows& rows,
                         const WriterOptions& options);

/// Removes files that were written for a commit that did not come about. Never throws: what cannot
/// be removed is in no version, and VACUUM finds it.
void RemoveDataFiles(const TableAccess& access, const std::vector<AddFile>& files) noexcept;

}  // namespace deltaic::delta
