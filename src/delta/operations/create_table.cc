#include <deltaic/delta/operations/create_table.h>

#include <memory>
#include <string>
#include <utility>

#include <deltaic/base/error.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>
#include <deltaic/delta/transaction/commit_errors.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/text/json_writer.h"
#include "delta/operations/foreign_file.h"
#include "delta/operations/new_table.h"
#include "delta/operations/replaced_rows.h"
#include "delta/snapshot/file_removal.h"
#include "delta/transaction/post_commit.h"
#include "delta/transaction/transaction.h"

namespace deltaic::delta {
namespace {

CommitOperation Operation(const Metadata& metadata, bool replaces) {
  CommitOperation operation{.name = replaces ? "CREATE OR REPLACE TABLE" : "CREATE TABLE"};
  operation.parameters["isManaged"] = "false";
  operation.parameters["description"] = metadata.description.value_or("");
  {
    JsonWriter json(operation.parameters["partitionBy"]);
    json.BeginArray();
    for (const std::string& name : metadata.partition_columns) json.String(name);
    json.EndArray();
  }
  JsonWriter json(operation.parameters["properties"]);
  json.BeginObject();
  for (const auto& [name, value] : metadata.configuration) {
    json.Key(name);
    json.String(value);
  }
  json.EndObject();
  return operation;
}

CommitResult Skipped(std::shared_ptr<const Snapshot> snapshot) {
  const int64_t version = snapshot->version();
  return {.version = version, .snapshot = std::move(snapshot), .is_skipped = true};
}

}  // namespace

CommitResult CreateTable(const TableAccess& access, const CreateTableRequest& request) {
  CheckCommitProperties(request.commit);
  if (request.mode == SaveMode::kAppend) {
    throw Error(ErrorCode::kInvalidArgument,
                "A table without rows is made, ignored or overwritten, not appended to.");
  }
  std::shared_ptr<const Snapshot> snapshot;
  if (HasDeltaLog(access.store())) {
    if (request.mode == SaveMode::kErrorIfExists) {
      throw Error(ErrorCode::kAlreadyExists,
                  fmt::format("There is a table already: {}", access.store().name()));
    }
    snapshot = LoadLatestSnapshot(access);
    if (request.mode == SaveMode::kIgnore) return Skipped(std::move(snapshot));
  }
  const TableShape shape =
      snapshot == nullptr ? NewTable(request.table) : RedefinedTable(*snapshot, request.table);
  Transaction transaction =
      snapshot == nullptr ? Transaction::Create(access) : Transaction(snapshot);
  if (snapshot != nullptr) {
    const ReplacedRows replaced = ReplaceTable(*snapshot);
    const int64_t now = NowMs();
    for (const int64_t file : replaced.files) {
      transaction.Stage(RemovalOf(*snapshot, file, now));
    }
    transaction.scope() = replaced.reads;
  }
  if (snapshot == nullptr || shape.protocol != snapshot->protocol()) {
    transaction.Stage(shape.protocol);
  }
  transaction.Stage(shape.metadata);
  for (const ScanFile& file : request.files) transaction.Stage(AddOf(file, shape, access));
  try {
    return std::move(transaction)
        .Commit(Operation(shape.metadata, snapshot != nullptr), request.commit,
                {.steps = PostCommitSteps(request.post_commit)});
  } catch (const CommitConflict& conflict) {
    if (request.mode != SaveMode::kIgnore || conflict.kind() != ConflictKind::kTableCreated) throw;
    return Skipped(LoadLatestSnapshot(access));
  }
}

}  // namespace deltaic::delta
