#pragma once

// Writes rows as data files of a table (PROTOCOL.md, "Data Files", "Add File and Remove File").
// Nothing is committed here. Safe to call from any thread.

#include <cstdint>
#include <string>
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
  /// Columns of data files that no query sees, with the names that files have for them.
  std::vector<StructField> hidden = {};
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

/// What a change file has beside the columns of the table: "insert", "delete", "update_preimage" or
/// "update_postimage".
inline constexpr char kChangeType[] = "_change_type";

/// Writes changed rows, which have the columns of `shape` and `kChangeType`, as change files ("Add
/// CDC File"). Throws as `WriteDataFiles`.
std::vector<AddCdcFile> WriteChangeFiles(const TableAccess& access, const TableShape& shape,
                                         const datafusion::DataFrame& rows,
                                         const WriterOptions& options);

/// Removes files that were written for a commit that did not come about. Never throws: what cannot
/// be removed is in no version, and VACUUM finds it. `paths` are as the log spells them.
void RemoveDataFiles(const TableAccess& access, const std::vector<std::string>& paths) noexcept;

}  // namespace deltaic::delta
