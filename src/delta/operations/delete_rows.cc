#include <deltaic/delta/operations/delete_rows.h>

#include <chrono>
#include <numeric>
#include <utility>
#include <vector>

#include <deltaic/datafusion/session_context.h>
#include <deltaic/delta/transaction/commit_errors.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/text/json_writer.h"
#include "delta/operations/kept_rows.h"
#include "delta/operations/matching_rows.h"
#include "delta/operations/new_files.h"
#include "delta/operations/removed_rows.h"
#include "delta/operations/replaced_rows.h"
#include "delta/operations/row_deletion.h"
#include "delta/operations/vector_updates.h"
#include "delta/protocol/table_properties.h"
#include "delta/protocol/table_support.h"
#include "delta/scan/file_pruning.h"
#include "delta/scan/snapshot_rows.h"
#include "delta/scan/table_columns.h"
#include "delta/snapshot/file_removal.h"
#include "delta/transaction/commit_checks.h"
#include "delta/transaction/commit_loop.h"
#include "delta/transaction/post_commit.h"
#include "delta/transaction/transaction.h"
#include "delta/write/deletion_vector_files.h"

namespace deltaic::delta {
namespace {

using Clock = std::chrono::steady_clock;

int64_t MillisecondsSince(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
}

std::vector<int64_t> AllFilesOf(const Snapshot& snapshot) {
  std::vector<int64_t> files(static_cast<size_t>(snapshot.files().size()));
  std::iota(files.begin(), files.end(), 0);
  return files;
}

// All rows of a file but some.
RowSet OtherRows(const RowSet& rows, int64_t num_records) {
  RowSet others;
  int64_t at = 0;
  const auto add = [&](int64_t end) {
    if (at < end) others.ranges.push_back({at, end});
  };
  for (const RowRange& range : rows.ranges) {
    add(range.begin);
    at = range.end;
  }
  add(num_records);
  others.cardinality = num_records - rows.cardinality;
  return others;
}

// The rows that an operation deletes, as they are.
datafusion::DataFrame DeletedRows(const std::shared_ptr<const Snapshot>& snapshot,
                                  const RemovedRows& removed) {
  std::map<int64_t, RowSet> skipped;
  for (const std::vector<ReducedFile>* files : {&removed.whole, &removed.reduced}) {
    for (const ReducedFile& file : *files) {
      skipped.emplace(file.file, OtherRows(file.newly_deleted, file.num_records));
    }
  }
  const datafusion::SessionContext session;
  return session.ReadTable(RowsWithout(snapshot, std::move(skipped)));
}

// The rows with the type of their change, as `WriteChangeFiles` takes them.
datafusion::DataFrame AsChanges(const datafusion::DataFrame& rows, const TableShape& shape,
                                const char* change_type) {
  std::vector<std::pair<std::string, datafusion::Expression>> columns;
  for (const StructField& field : shape.schema.fields()) {
    columns.emplace_back(field.name, datafusion::Expression::Column(field.name));
  }
  columns.emplace_back(
      kChangeType, datafusion::Expression::Parse(fmt::format("'{}'", change_type), rows.schema()));
  return rows.Project(columns);
}

class Deletion {
 public:
  Deletion(std::shared_ptr<const Snapshot> snapshot, const DeleteRequest& request,
           const SelectedRows& rows)
      : snapshot_(std::move(snapshot)),
        request_(request),
        rows_(rows),
        properties_(snapshot_->metadata()),
        files_(snapshot_->access()),
        vectors_(snapshot_->access()),
        transaction_(snapshot_) {}

  DeleteResult Run() {
    FindRows();
    metrics_.scan_time_ms = MillisecondsSince(begin_);
    if (whole_files_.empty() && removed_.reduced.empty()) {
      metrics_.execution_time_ms = metrics_.scan_time_ms;
      return {{.version = snapshot_->version(), .snapshot = snapshot_}, metrics_};
    }
    const Clock::time_point rewrite = Clock::now();
    for (const int64_t file : whole_files_) Remove(file);
    WriteChanges();
    if (properties_.deletion_vectors()) {
      MarkRows();
    } else {
      RewriteFiles();
    }
    metrics_.rewrite_time_ms = MillisecondsSince(rewrite);
    metrics_.execution_time_ms = MillisecondsSince(begin_);
    CommitResult commit = Commit();
    return {std::move(commit), metrics_};
  }

 private:
  void FindRows() {
    if (rows_.is_filtered && !rows_.filter) {
      transaction_.scope() = ReadScope::WholeTable();
      RemoveWhole(AllFilesOf(*snapshot_));
      return;
    }
    transaction_.scope() =
        rows_.is_filtered ? ReadScope::Where(*rows_.filter) : ReadScope::WholeTable();
    if (rows_.is_filtered) {
      const TableColumns columns(*snapshot_);
      std::vector<int64_t> candidates =
          SelectFiles(*snapshot_, columns, {.filters = {*rows_.filter}}).files;
      if (candidates.empty()) return;
      if (IsDecidedByFiles(*rows_.filter, columns)) {
        RemoveWhole(std::move(candidates));
        return;
      }
    }
    removed_ = SortRemovedRows(*snapshot_, rows_.find());
    for (const ReducedFile& file : removed_.whole) whole_files_.push_back(file.file);
    metrics_.num_deleted_rows = removed_.num_rows;
  }

  void RemoveWhole(std::vector<int64_t> files) {
    whole_files_ = std::move(files);
    metrics_.num_deleted_rows = CountLiveRows(*snapshot_, whole_files_);
  }

  void Remove(int64_t file) {
    RemoveFile remove = RemovalOf(*snapshot_, file, now_);
    ++metrics_.num_removed_files;
    metrics_.num_removed_bytes += remove.size.value_or(0);
    if (remove.deletion_vector) ++metrics_.num_deletion_vectors_removed;
    transaction_.Stage(std::move(remove));
  }

  // Readers of the change feed see from the log that whole files went; where a version has change
  // files, they read nothing else of it.
  void WriteChanges() {
    if (removed_.reduced.empty() || !properties_.change_data_feed()) return;
    const TableShape shape = Shape();
    files_.Add(WriteChangeFiles(snapshot_->access(), shape,
                                AsChanges(DeletedRows(snapshot_, removed_), shape, "delete"),
                                request_.writer));
    metrics_.num_added_change_files = static_cast<int64_t>(files_.change_files().size());
    for (const AddCdcFile& change : files_.change_files()) transaction_.Stage(change);
  }

  void MarkRows() {
    if (removed_.reduced.empty()) return;
    const VectorMetrics vectors =
        StageVectors(*snapshot_, removed_.reduced, now_, vectors_, transaction_);
    metrics_.num_deletion_vectors_added = vectors.num_added;
    metrics_.num_deletion_vectors_updated = vectors.num_updated;
  }

  void RewriteFiles() {
    if (removed_.reduced.empty()) return;
    for (const ReducedFile& file : removed_.reduced) Remove(file.file);
    const KeptRows kept = RowsThatStay(snapshot_, removed_.reduced, Shape());
    const DataFiles written =
        WriteDataFiles(snapshot_->access(), kept.shape, kept.rows, request_.writer);
    files_.Add(written);
    metrics_.num_copied_rows = written.num_rows;
    metrics_.num_added_files = static_cast<int64_t>(written.files.size());
    for (const AddFile& add : written.files) {
      metrics_.num_added_bytes += add.size;
      transaction_.Stage(add);
    }
  }

  TableShape Shape() const { return ShapeOf(snapshot_->protocol(), snapshot_->metadata()); }

  CommitResult Commit() {
    try {
      CommitResult result = std::move(transaction_)
                                .Commit(Operation(), request_.commit,
                                        {.steps = PostCommitSteps(request_.post_commit)});
      if (!result.is_skipped) Keep();
      return result;
    } catch (const CommitStateUnknown&) {
      Keep();  // The commit may have been made, and needs the files.
      throw;
    }
  }

  void Keep() {
    files_.Keep();
    vectors_.Keep();
  }

  CommitOperation Operation() const {
    CommitOperation operation{.name = "DELETE", .keeps_row_ids = true};
    JsonWriter json(operation.parameters["predicate"]);
    json.BeginArray();
    if (rows_.text) json.String(*rows_.text);
    json.EndArray();
    const auto count = [&](const char* name, int64_t number) {
      operation.metrics[name] = fmt::format("{}", number);
    };
    count("numRemovedFiles", metrics_.num_removed_files);
    count("numAddedFiles", metrics_.num_added_files);
    count("numAddedChangeFiles", metrics_.num_added_change_files);
    count("numRemovedBytes", metrics_.num_removed_bytes);
    count("numAddedBytes", metrics_.num_added_bytes);
    count("numCopiedRows", metrics_.num_copied_rows);
    count("numDeletedRows", metrics_.num_deleted_rows);
    count("numDeletionVectorsAdded",
          metrics_.num_deletion_vectors_added + metrics_.num_deletion_vectors_updated);
    count("numDeletionVectorsRemoved",
          metrics_.num_deletion_vectors_removed + metrics_.num_deletion_vectors_updated);
    count("numDeletionVectorsUpdated", metrics_.num_deletion_vectors_updated);
    count("executionTimeMs", metrics_.execution_time_ms);
    count("scanTimeMs", metrics_.scan_time_ms);
    count("rewriteTimeMs", metrics_.rewrite_time_ms);
    return operation;
  }

  const Clock::time_point begin_ = Clock::now();
  const int64_t now_ = NowMs();
  const std::shared_ptr<const Snapshot> snapshot_;
  const DeleteRequest& request_;
  const SelectedRows& rows_;
  const TableProperties properties_;
  NewFiles files_;
  DeletionVectorFiles vectors_;
  Transaction transaction_;
  std::vector<int64_t> whole_files_;
  RemovedRows removed_;
  DeleteMetrics metrics_;
};

}  // namespace

DeleteResult DeleteSelected(const std::shared_ptr<const Snapshot>& snapshot,
                            const DeleteRequest& request, const SelectedRows& rows) {
  CheckCommitProperties(request.commit);
  CheckProtocolWritable(snapshot->protocol());
  CheckRowsMayGo(*snapshot);
  if (IsCommittedAlready(snapshot->transactions(), request.commit)) {
    return {{.version = snapshot->version(), .snapshot = snapshot, .is_skipped = true}, {}};
  }
  return Deletion(snapshot, request, rows).Run();
}

DeleteResult DeleteRows(const std::shared_ptr<const Snapshot>& snapshot,
                        const DeleteRequest& request) {
  SelectedRows rows;
  if (request.predicate) {
    rows = {.filter = CheckPredicate(*snapshot, *request.predicate),
            .find = [&] { return RowsMatching(snapshot, *request.predicate); },
            .text = request.predicate};
  }
  return DeleteSelected(snapshot, request, rows);
}

}  // namespace deltaic::delta
