#include "delta/snapshot/live_add_actions.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "columnar/arrow_column.h"
#include "delta/actions/action_text.h"
#include "delta/log/checkpoint/checkpoint_batch.h"
#include "delta/log/checkpoint/checkpoint_manifest.h"
#include "delta/log/checkpoint/checkpoint_reader.h"
#include "delta/log/checkpoint/column_json.h"
#include "delta/log/commit_reader.h"
#include "delta/protocol/deletion_vector.h"
#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

FileKey KeyOf(const AddFile& add) {
  FileKey key{add.path, ""};
  if (const auto& vector = add.deletion_vector) {
    const std::optional<int64_t> offset = vector->offset;
    key.deletion_vector_id = DeletionVectorId(std::string_view(&vector->storage_type, 1),
                                              vector->path_or_inline, offset ? &*offset : nullptr);
  }
  return key;
}

// Checkpoints may have statistics and partition values as typed columns, which commits do not.
void DropTypedColumns(AddFile& add) {
  for (const auto& [name, json] : add.unknown_members) {
    if (name == "stats_parsed" && !add.stats) add.stats = json;
  }
  std::erase_if(add.unknown_members, [](const auto& member) {
    return member.first == "stats_parsed" || member.first == "partitionValues_parsed";
  });
}

class Search {
 public:
  explicit Search(std::set<FileKey> wanted) : wanted_(std::move(wanted)) {
    for (const FileKey& key : wanted_) paths_.insert(key.path);
  }

  bool is_done() const { return wanted_.empty(); }
  std::map<FileKey, AddFile> Take() { return std::move(found_); }

  // Takes what is wanted of actions; of several of a key the last one.
  void Take(std::vector<Action> actions) {
    std::map<FileKey, AddFile> found;
    for (Action& action : actions) {
      AddFile* add = std::get_if<AddFile>(&action);
      if (add == nullptr || !paths_.contains(add->path)) continue;
      FileKey key = KeyOf(*add);
      if (!wanted_.contains(key)) continue;
      DropTypedColumns(*add);
      found.insert_or_assign(std::move(key), std::move(*add));
    }
    for (auto& [key, add] : found) {
      wanted_.erase(key);
      found_.emplace(key, std::move(add));
    }
  }

  void SearchCommits(const TableAccess& access, const std::vector<CommitFile>& commits) {
    constexpr size_t kCommitsAtOnce = 16;
    for (size_t end = commits.size(); end > 0 && !is_done();) {
      const size_t begin = end - std::min(end, kCommitsAtOnce);
      const std::span<const CommitFile> some(commits.data() + begin, end - begin);
      const std::vector<datafusion::Bytes> bytes = ReadCommitBytes(access.store(), some);
      for (size_t i = some.size(); i-- > 0 && !is_done();) {
        Take(ReadActions(bytes[i].view(), {some[i].object.location}));
      }
      end = begin;
    }
  }

  void SearchCheckpoint(const datafusion::ObjectStore& store, const Checkpoint& checkpoint) {
    if (IsJsonCheckpoint(checkpoint)) {
      Take(ReadActions(store.Get(checkpoint.id()).view(), {checkpoint.id()}));
    }
    if (is_done()) return;
    for (const datafusion::ObjectMeta& file :
         ReadCheckpointManifest(store, checkpoint).file_parts) {
      SearchFile(store, file);
      if (is_done()) return;
    }
  }

 private:
  void SearchFile(const datafusion::ObjectStore& store, const datafusion::ObjectMeta& file) {
    const datafusion::ParquetFile parquet = OpenCheckpointFile(store, file);
    const std::vector<datafusion::RowRange> rows = FindPaths(file, parquet);
    if (rows.empty()) return;
    CheckpointBatches batches(file, parquet, {"add"}, rows);
    while (const std::unique_ptr<CheckpointBatch> batch = batches.Next()) {
      const ArrowColumn add = batch->Action("add");
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        if (add.IsNull(row)) continue;
        Take(ReadActions(fmt::format(R"({{"add":{}}})", ColumnJson(add, row)), {file.location}));
      }
    }
  }

  // The rows of a checkpoint's file that add a file of one of the paths.
  std::vector<datafusion::RowRange> FindPaths(const datafusion::ObjectMeta& file,
                                              const datafusion::ParquetFile& parquet) const {
    std::vector<datafusion::RowRange> rows;
    CheckpointBatches batches(file, parquet, {"add.path"});
    int64_t begin = 0;
    while (const std::unique_ptr<CheckpointBatch> batch = batches.Next()) {
      const ArrowColumn add = batch->Action("add");
      const ArrowColumn path = batch->Member(add, "path", NANOARROW_TYPE_STRING_VIEW);
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        if (add.IsNull(row) || path.IsNull(row) || !paths_.contains(path.Text(row))) continue;
        if (!rows.empty() && rows.back().end == begin + row) {
          ++rows.back().end;
        } else {
          rows.push_back({begin + row, begin + row + 1});
        }
      }
      begin += batch->num_rows();
    }
    return rows;
  }

  std::set<FileKey> wanted_;
  std::set<std::string, std::less<>> paths_;
  std::map<FileKey, AddFile> found_;
};

}  // namespace

std::map<FileKey, AddFile> ReadLiveAddActions(const TableAccess& access, const LogSegment& segment,
                                              std::set<FileKey> wanted) {
  Search search(std::move(wanted));
  search.SearchCommits(access, segment.commits);
  if (!search.is_done() && segment.checkpoint) {
    search.SearchCheckpoint(access.store(), *segment.checkpoint);
  }
  if (!search.is_done()) {
    throw Error(ErrorCode::kCorruptLog,
                fmt::format("The log no longer has the action that added a live file. Version {}, "
                            "table: {}",
                            segment.version, access.store().name()));
  }
  return search.Take();
}

}  // namespace deltaic::delta
