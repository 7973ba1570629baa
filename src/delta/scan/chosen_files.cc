#include "delta/scan/chosen_files.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "base/text/excerpt.h"
#include "delta/protocol/schema/column_mapping.h"
#include "delta/snapshot/active_file_columns.h"
#include "delta/statistics/statistics_text.h"

namespace deltaic::delta {
namespace {

/// The partition columns as the log spells them.
std::vector<std::string> PartitionNames(const Snapshot& snapshot) {
  return StoredNames(snapshot.schema(), snapshot.metadata().partition_columns);
}

/// Some files of a snapshot; `chosen` are ascending numbers.
LiveFiles Subset(const ActiveFileColumns& active, const std::vector<int64_t>& chosen) {
  LiveFiles files;
  for (size_t i = 0; i < chosen.size();) {
    const ActiveFileColumns::Batch& batch = active.BatchOf(chosen[i]);
    std::vector<uint32_t> rows;
    for (; i < chosen.size() && chosen[i] < batch.end_file(); ++i) {
      rows.push_back(batch.row(chosen[i]));
    }
    files.batches.push_back(
        {batch.live.files, std::make_shared<const std::vector<uint32_t>>(std::move(rows))});
  }
  return files;
}

/// A file as a caller describes it, with the deletion vector that it has in the table.
struct DescribedFile {
  ScanFile file;
  std::optional<DeletionVectorDescriptor> vector;
};

LiveFiles Described(const std::vector<DescribedFile>& described,
                    const std::vector<std::string>& partition_columns) {
  if (described.empty()) return {};
  AddedFilesBuilder files;
  StatisticsTextParser statistics(files.statistics);
  for (const auto& [file, vector] : described) {
    if (file.size < 0) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("A file's size is negative: {}", Excerpt(file.path)));
    }
    if (vector) files.deletion_vectors.Append(files.num_rows(), *vector);
    files.paths.Append(file.path);
    files.sizes.push_back(file.size);
    files.modification_times.push_back(file.modification_time);
    statistics.Append(file.statistics_json);
    for (const std::string& column : partition_columns) {
      const auto value = file.partition_values.find(column);
      if (value == file.partition_values.end()) {
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("A file has no value of the partition column {}: {}",
                                Excerpt(column), Excerpt(file.path)));
      }
      files.partition_values.Append(files.partition_values.InternName(column), value->second);
    }
    files.partition_values.EndRow();
  }
  return {.batches = {{std::make_shared<const AddedFiles>(files.Finish()), nullptr}}};
}

std::shared_ptr<const Snapshot> WithFiles(const Snapshot& snapshot, LiveFiles files) {
  return snapshot.WithFiles(ActiveFiles(
      std::make_shared<const ActiveFileColumns>(std::move(files), PartitionNames(snapshot))));
}

[[noreturn]] void ThrowNotLive(const Snapshot& snapshot, std::string_view path) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("Version {} of the table has no such file: {}", snapshot.version(),
                          Excerpt(path)));
}

}  // namespace

std::shared_ptr<const Snapshot> ChooseFiles(const std::shared_ptr<const Snapshot>& snapshot,
                                            const std::vector<std::string>& paths,
                                            MissingFiles missing) {
  const ActiveFiles& live = snapshot->files();
  const std::string& root = snapshot->store().root();
  // A location wins over a spelling of the log.
  std::unordered_map<std::string, int64_t> by_name;
  for (int64_t file = 0; file < live.size(); ++file) {
    by_name.insert_or_assign(snapshot->FileLocation(file), file);
  }
  for (int64_t file = 0; file < live.size(); ++file) {
    by_name.emplace(live.path(file), file);
  }
  std::vector<int64_t> chosen;
  std::unordered_set<int64_t> seen;
  for (const std::string& path : paths) {
    auto found = by_name.find(path);
    if (found == by_name.end() && path.starts_with(root))
      found = by_name.find(path.substr(root.size()));
    if (found == by_name.end()) {
      if (missing != MissingFiles::kIgnore) ThrowNotLive(*snapshot, path);
    } else if (seen.insert(found->second).second) {
      chosen.push_back(found->second);
    }
  }
  std::sort(chosen.begin(), chosen.end());
  return WithFiles(*snapshot, Subset(live.columns(), chosen));
}

std::shared_ptr<const Snapshot> ChooseFiles(const std::shared_ptr<const Snapshot>& snapshot,
                                            std::vector<ScanFile> files, MissingFiles missing) {
  const ActiveFiles& active = snapshot->files();
  std::unordered_map<std::string, int64_t> live;
  if (missing != MissingFiles::kRead || active.has_deletion_vectors()) {
    for (int64_t file = 0; file < active.size(); ++file) {
      live.emplace(snapshot->FileLocation(file), file);
    }
  }
  std::vector<DescribedFile> chosen;
  std::unordered_set<std::string> seen;
  for (ScanFile& file : files) {
    std::string location = snapshot->LocationOf(file.path);
    const auto found = live.find(location);
    if (missing != MissingFiles::kRead && found == live.end()) {
      if (missing == MissingFiles::kError) ThrowNotLive(*snapshot, file.path);
      continue;
    }
    if (!seen.insert(std::move(location)).second) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("A file is chosen twice: {}", Excerpt(file.path)));
    }
    chosen.push_back({std::move(file),
                      found == live.end() ? std::nullopt : active.deletion_vector(found->second)});
  }
  return WithFiles(*snapshot, Described(chosen, PartitionNames(*snapshot)));
}

}  // namespace deltaic::delta
