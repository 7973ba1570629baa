#include <deltaic/delta/operations/delete_rows.h>

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <deltaic/delta/snapshot/snapshot_loader.h>
#include <deltaic/delta/transaction/commit_errors.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/text/json_writer.h"
#include "delta/operations/change_rows.h"
#include "delta/operations/kept_rows.h"
#include "delta/operations/matching_rows.h"
#include "delta/operations/new_files.h"
#include "delta/operations/removed_rows.h"
#include "delta/operations/replaced_rows.h"
#include "delta/operations/row_deletion.h"
#include "delta/operations/vector_updates.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/table_properties.h"
#include "delta/protocol/table_support.h"
#include "delta/scan/file_pruning.h"
#include "delta/snapshot/file_removal.h"
#include "delta/transaction/commit_checks.h"
#include "delta/transaction/commit_loop.h"
#include "delta/transaction/post_commit.h"
#include "delta/transaction/transaction.h"
#include "delta/write/deletion_vector_files.h"

namespace deltaic::delta {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kMostRebases = 15;

class Deletion {
 public:
  Deletion(std::shared_ptr<const Snapshot> snapshot, const DeleteRequest& request,
           const SelectedRows& rows)
      : snapshot_(std::move(snapshot)),
        request_(request),
        rows_(rows),
        properties_(snapshot_->metadata()),
        files_(snapshot_->access()),
        transaction_(snapshot_) {}

  DeleteResult Run() {
    FindRows();
    metrics_.scan_time_ms = MillisecondsSince(begin_);
    if (whole_files_.empty() && removed_.reduced.empty()) {
      metrics_.execution_time_ms = metrics_.scan_time_ms;
      return {{.version = snapshot_->version(), .snapshot = snapshot_}, metrics_};
    }
    const Clock::time_point rewrite = Clock::now();
    WriteChanges();
    if (!properties_.deletion_vectors()) RewriteFiles();
    Stage();
    metrics_.rewrite_time_ms = MillisecondsSince(rewrite);
    metrics_.execution_time_ms = MillisecondsSince(begin_);
    CommitResult commit = Commit();
    return {std::move(commit), metrics_};
  }

 private:
  void FindRows() {
    if (rows_.is_filtered && !rows_.filter) {
      transaction_.scope() = ReadScope::WholeTable();
      RemoveWhole(AllFiles(*snapshot_).files);
      return;
    }
    transaction_.scope() =
        rows_.is_filtered ? ReadScope::Where(*rows_.filter) : ReadScope::WholeTable();
    // What other rows a query has read to find these, nobody knows.
    transaction_.scope().only_marks_rows = rows_.is_filtered && properties_.deletion_vectors();
    if (rows_.is_filtered) {
      CandidateFiles candidates = FilesWithMatches(*snapshot_, *rows_.filter);
      if (candidates.files.empty() || candidates.are_whole) {
        RemoveWhole(std::move(candidates.files));
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
    const datafusion::DataFrame lost = LostRows(snapshot_, removed_.reduced, whole_files_);
    files_.Add(WriteChangeFiles(snapshot_->access(), shape, AsChanges(lost, shape, "delete"),
                                request_.writer));
    metrics_.num_added_change_files = static_cast<int64_t>(files_.change_files().size());
  }

  void RewriteFiles() {
    if (removed_.reduced.empty()) return;
    const KeptRows kept = RowsThatStay(snapshot_, removed_.reduced, Shape());
    const DataFiles written =
        WriteDataFiles(snapshot_->access(), kept.shape, kept.rows, request_.writer);
    files_.Add(written);
    metrics_.num_copied_rows = written.num_rows;
    metrics_.num_added_files = static_cast<int64_t>(written.files.size());
    for (const AddFile& add : written.files) metrics_.num_added_bytes += add.size;
  }

  void Stage() {
    vectors_.reset();
    metrics_.num_removed_files = 0;
    metrics_.num_removed_bytes = 0;
    metrics_.num_deletion_vectors_removed = 0;
    metrics_.num_deletion_vectors_added = 0;
    metrics_.num_deletion_vectors_updated = 0;
    for (const AddCdcFile& change : files_.change_files()) transaction_.Stage(change);
    for (const int64_t file : whole_files_) Remove(file);
    if (removed_.reduced.empty()) return;
    if (properties_.deletion_vectors()) {
      vectors_ = std::make_unique<DeletionVectorFiles>(snapshot_->access());
      const VectorMetrics marked =
          StageVectors(*snapshot_, removed_.reduced, now_, *vectors_, transaction_);
      metrics_.num_deletion_vectors_added = marked.num_added;
      metrics_.num_deletion_vectors_updated = marked.num_updated;
      return;
    }
    for (const ReducedFile& file : removed_.reduced) Remove(file.file);
    for (const AddFile& add : files_.files()) transaction_.Stage(add);
  }

  TableShape Shape() const { return ShapeOf(snapshot_->protocol(), snapshot_->metadata()); }

  CommitResult Commit() {
    const int64_t most = request_.commit.max_commit_retries.value_or(kMostRebases);
    for (int64_t lost = 0;; ++lost) {
      try {
        CommitResult result = std::move(transaction_)
                                  .Commit(Operation(), request_.commit,
                                          {.steps = PostCommitSteps(request_.post_commit)});
        result.attempts += lost;
        if (!result.is_skipped) Keep();
        return result;
      } catch (const CommitStateUnknown&) {
        Keep();  // The commit may have been made, and needs the files.
        throw;
      } catch (const RowsMarked& marked) {
        if (lost >= most) {
          throw CommitConflict(ConflictKind::kTooManyRetries,
                               "Other writers marked rows of the same files each time.",
                               std::nullopt, lost + 1);
        }
        Rebase(RefreshSnapshotTo(snapshot_, snapshot_->access().catalog(), marked.version),
               lost + 1);
      }
    }
  }

  // Marks the same rows in a newer version, whose commits since have marked others.
  void Rebase(std::shared_ptr<const Snapshot> latest, int64_t attempts) {
    std::unordered_map<std::string, const RowSet*> marked;
    for (const ReducedFile& file : removed_.reduced) {
      marked.emplace(snapshot_->files().path(file.file), &file.newly_deleted);
    }
    std::unordered_set<std::string> removed;
    for (const int64_t file : whole_files_) removed.insert(snapshot_->files().path(file));
    // The check of conflicts has found that all of them are there still.
    RowsByFile rows;
    whole_files_.clear();
    for (int64_t file = 0; file < latest->files().size(); ++file) {
      const std::string path = latest->files().path(file);
      if (const auto found = marked.find(path); found != marked.end()) {
        rows.emplace(file, *found->second);
      } else if (removed.contains(path)) {
        whole_files_.push_back(file);
      }
    }
    RemovedRows anew = SortRemovedRows(*latest, rows);
    for (const auto* files : {&anew.whole, &anew.reduced}) {
      for (const ReducedFile& file : *files) CheckRowsAreThere(*latest, file, attempts);
    }
    removed_ = std::move(anew);
    for (const ReducedFile& file : removed_.whole) whole_files_.push_back(file.file);
    ReadScope scope = std::move(transaction_.scope());
    snapshot_ = std::move(latest);
    transaction_ = Transaction(snapshot_);
    transaction_.scope() = std::move(scope);
    Stage();
  }

  static void CheckRowsAreThere(const Snapshot& latest, const ReducedFile& file, int64_t attempts) {
    const auto vector = latest.files().deletion_vector(file.file);
    const int64_t before = vector ? vector->cardinality : 0;
    if (file.deleted.cardinality == before + file.newly_deleted.cardinality) return;
    throw CommitConflict(ConflictKind::kConcurrentDeleteDelete,
                         fmt::format("Both commits delete a row of the file {}.",
                                     ShownDataPath(latest.files().path(file.file))),
                         CommitConflict::Winner{.version = latest.version()}, attempts);
  }

  void Keep() {
    files_.Keep();
    if (vectors_) vectors_->Keep();
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
  std::shared_ptr<const Snapshot> snapshot_;
  const DeleteRequest& request_;
  const SelectedRows& rows_;
  const TableProperties properties_;
  NewFiles files_;
  std::unique_ptr<DeletionVectorFiles> vectors_;
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
