#include <deltaic/delta/operations/commit_files.h>

#include <map>
#include <set>
#include <string>
#include <utility>

#include <deltaic/base/error.h>
#include <deltaic/delta/scan/file_selection.h>
#include <deltaic/delta/scan/filter_sql.h>
#include <deltaic/delta/scan/snapshot_schema.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "delta/operations/foreign_file.h"
#include "delta/protocol/log_path.h"
#include "delta/snapshot/file_removal.h"
#include "delta/transaction/post_commit.h"
#include "delta/transaction/transaction.h"
#include "delta/write/table_constraints.h"

namespace deltaic::delta {
namespace {

// The live files by their paths in the log.
std::map<std::string, int64_t> FilesByPath(const Snapshot& snapshot) {
  std::map<std::string, int64_t> files;
  for (int64_t file = 0; file < snapshot.files().size(); ++file) {
    files.emplace(snapshot.files().path(file), file);
  }
  return files;
}

void StageRemoved(const Snapshot& snapshot, const std::vector<RemovedFile>& removed,
                  Transaction& transaction) {
  if (removed.empty()) return;
  const std::map<std::string, int64_t> files = FilesByPath(snapshot);
  for (const RemovedFile& file : removed) {
    const auto live = files.find(file.path);
    if (live == files.end()) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("A file to remove is none of the table's at version {}: {}",
                              snapshot.version(), ShownDataPath(file.path)));
    }
    RemoveFile action =
        RemovalOf(snapshot, live->second, file.deletion_timestamp.value_or(NowMs()));
    action.data_change = file.data_change;
    transaction.Stage(std::move(action));
    transaction.scope().files.push_back(file.path);
  }
}

void StageReplaced(const Snapshot& snapshot, const PartitionFilters& filters,
                   Transaction& transaction) {
  const int64_t now = NowMs();
  for (const int64_t file : FilesMatchingFilters(snapshot, filters)) {
    transaction.Stage(RemovalOf(snapshot, file, now));
  }
  ReadScope& scope = transaction.scope();
  if (filters.empty()) {
    scope = ReadScope::WholeTable();
  } else {
    scope = ReadScope::Where(ParsePredicateExpression(
        snapshot, FilterSql(snapshot, filters, FilterNulls::kOfPartitions)));
  }
  scope.is_replaced = true;
}

}  // namespace

CommitResult CommitFiles(const std::shared_ptr<const Snapshot>& snapshot,
                         const CommitFilesRequest& request) {
  const TableShape shape = ShapeOf(snapshot->protocol(), snapshot->metadata());
  if (!ConstraintsOf(shape.schema, shape.metadata).empty()) {
    throw Error(ErrorCode::kUnsupportedFeature,
                "The table has constraints, and nobody can tell whether the rows of the files keep "
                "them.");
  }
  Transaction transaction(snapshot);
  for (const ScanFile& file : request.add) {
    AddFile add = AddOf(file, shape, snapshot->access());
    add.data_change = request.data_change;
    transaction.Stage(std::move(add));
  }
  StageRemoved(*snapshot, request.remove, transaction);
  if (request.replace) {
    if (!request.remove.empty()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "An overwrite finds itself which files it removes; none are named beside it.");
    }
    StageReplaced(*snapshot, *request.replace, transaction);
  }
  CommitOperation operation{.name = "WRITE"};
  operation.parameters["mode"] = request.replace ? "Overwrite" : "Append";
  operation.metrics["numFiles"] = fmt::format("{}", request.add.size());
  return std::move(transaction)
      .Commit(operation, request.commit, {.steps = PostCommitSteps(request.post_commit)});
}

}  // namespace deltaic::delta
