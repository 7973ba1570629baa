#pragma once

#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/delta/log/table_access.h>
#include <deltaic/delta/operations/save_mode.h>
#include <deltaic/delta/operations/table_definition.h>
#include <deltaic/delta/scan/scan_files.h>
#include <deltaic/delta/transaction/commit_properties.h>
#include <deltaic/delta/transaction/commit_result.h>

namespace deltaic::delta {

/// A request to make a table, without rows or of files that are there.
struct CreateTableRequest {
  TableDefinition table;
  /// Files that somebody else wrote, and that the table has from the beginning. They are not read.
  std::vector<ScanFile> files = {};
  /// `kOverwrite` replaces a table: its rows go, and its schema, partitioning and properties become
  /// those of `table`. `kAppend` is none for a table without rows.
  SaveMode mode = SaveMode::kErrorIfExists;
  CommitProperties commit = {};
  PostCommitProperties post_commit = {};
};

/// Makes a table. With `SaveMode::kIgnore`, and where there is a table, returns that as skipped.
///
/// Throws `kAlreadyExists` where there is a table; `kInvalidArgument` naming what is wrong with the
/// definition; `kUnsupportedFeature` naming a feature that we do not write; `CommitConflict` and
/// `CommitStateUnknown`; the errors of the store.
DELTAIC_EXPORT CommitResult CreateTable(const TableAccess& access,
                                        const CreateTableRequest& request);

}  // namespace deltaic::delta
