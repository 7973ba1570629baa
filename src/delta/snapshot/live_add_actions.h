#pragma once

// The actions that added some live files, as the log has them: with the members that a snapshot
// does not keep, so that a file can be added again without a loss (PROTOCOL.md, "Add File and
// Remove File", "Action Reconciliation"). Safe to call from any thread.

#include <map>
#include <set>

#include <deltaic/delta/log/table_access.h>

#include "delta/actions/file_actions.h"
#include "delta/actions/file_columns.h"
#include "delta/log/log_files.h"

namespace deltaic::delta {

/// Reads the newest add action of each of `wanted`, the keys of files that are live in the version
/// that `segment` leads to. Statistics are JSON, whatever form the log has them in. Reads commits
/// from the newest on, then the checkpoint's paths, and of its other columns the rows of files that
/// were found; stops where all were.
///
/// Throws `kCorruptLog` as reading the log does, and where a file is not in it; the errors of the
/// store.
std::map<FileKey, AddFile> ReadLiveAddActions(const TableAccess& access, const LogSegment& segment,
                                              std::set<FileKey> wanted);

}  // namespace deltaic::delta
