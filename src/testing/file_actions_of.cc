#include "testing/file_actions_of.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "delta/actions/action_text.h"
#include "delta/log/checkpoint/checkpoint_batch.h"
#include "delta/log/checkpoint/checkpoint_reader.h"
#include "delta/log/checkpoint/column_json.h"
#include "delta/log/commit_reader.h"
#include "delta/log/commit_replay.h"

namespace deltaic::testing {
namespace {

using delta::Action;
using delta::AddFile;
using delta::FileKey;
using delta::RemoveFile;

template <typename File>
void DropTypes(File& file) {
  std::erase_if(file.unknown_members, [](const auto& member) {
    return member.first == "stats_parsed" || member.first == "partitionValues_parsed";
  });
}

class Newest {
 public:
  void Apply(std::vector<Action> actions) {
    for (Action& action : actions) {
      if (AddFile* add = std::get_if<AddFile>(&action)) {
        add->data_change = false;
        DropTypes(*add);
        FileKey key{add->path, delta::DeletionVectorIdOf(add->deletion_vector)};
        files_.insert_or_assign(std::move(key), std::move(action));
      } else if (RemoveFile* remove = std::get_if<RemoveFile>(&action)) {
        remove->data_change = false;
        remove->stats.reset();
        remove->tags.reset();
        DropTypes(*remove);
        FileKey key{remove->path, delta::DeletionVectorIdOf(remove->deletion_vector)};
        files_.insert_or_assign(std::move(key), std::move(action));
      }
    }
  }

  void ApplyFile(const datafusion::ObjectStore& store, const datafusion::ObjectMeta& file) {
    const datafusion::ParquetFile parquet = delta::OpenCheckpointFile(store, file);
    for (const std::string action : {"add", "remove"}) {
      delta::CheckpointBatches batches(file, parquet, {action});
      while (const auto batch = batches.Next()) {
        const ArrowColumn column = batch->Action(action);
        for (int64_t row = 0; row < batch->num_rows(); ++row) {
          if (column.IsNull(row)) continue;
          const std::string line = "{\"" + action + "\":" + delta::ColumnJson(column, row) + "}";
          Apply(delta::ReadActions(line, {file.location}));
        }
      }
    }
  }

  std::map<FileKey, Action> Take() { return std::move(files_); }

 private:
  std::map<FileKey, Action> files_;
};

}  // namespace

std::map<FileKey, Action> FileActionsOf(const datafusion::ObjectStore& store,
                                        const delta::LogSegment& segment) {
  Newest newest;
  if (segment.checkpoint) {
    if (delta::IsJsonCheckpoint(*segment.checkpoint)) {
      const std::string& location = segment.checkpoint->id();
      newest.Apply(delta::ReadActions(store.Get(location).view(), {location}));
    }
    const auto manifest = delta::ReadCheckpointManifest(store, *segment.checkpoint);
    for (const datafusion::ObjectMeta& file : manifest.file_parts) newest.ApplyFile(store, file);
  }
  const std::vector<datafusion::Bytes> commits = delta::ReadCommitBytes(store, segment.commits);
  for (size_t i = 0; i < commits.size(); ++i) {
    newest.Apply(delta::ReadActions(commits[i].view(), {segment.commits[i].object.location}));
  }
  return newest.Take();
}

}  // namespace deltaic::testing
