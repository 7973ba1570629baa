#include "delta/log/checkpoint/checkpoint_statistics.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>

#include "base/parallel_for.h"
#include "delta/log/checkpoint/checkpoint_batch.h"
#include "delta/log/checkpoint/parsed_statistics.h"
#include "delta/log/log_error.h"
#include "delta/statistics/statistics_text.h"

namespace deltaic::delta {
namespace {

constexpr std::chrono::milliseconds kCancelPoll{50};

// A file is another one than that whose add actions were read.
struct Replaced {};

// A file's statistics cannot be read.
struct Unreadable {
  const datafusion::ObjectMeta* file;
  Error error;
};

// Whether a file's statistics may be had in another way.
bool SaysUnreadable(const Error& error) { return LogError(error).code() == ErrorCode::kCorruptLog; }

// Whether rows have the sizes of the files from `first` on.
bool HaveSizes(const ArrowColumn& sizes, std::span<const int64_t> rows, const AddedFiles& files,
               size_t first) {
  for (size_t i = 0; i < rows.size(); ++i) {
    if (sizes.IsNull(rows[i]) || sizes.Longs()[rows[i]] != files.sizes[first + i]) return false;
  }
  return true;
}

std::vector<std::string> ColumnsToRead(const std::set<std::string, std::less<>>& columns,
                                       bool is_parsed) {
  // Sizes tell which rows have an add action, and whether it is still the same one.
  std::vector<std::string> names = {"add.size"};
  if (!is_parsed) {
    names.emplace_back("add.stats");
    return names;
  }
  names.emplace_back("add.stats_parsed.numRecords");
  names.emplace_back("add.stats_parsed.tightBounds");
  for (const std::string& column : columns) {
    for (const char* part : {"nullCount", "minValues", "maxValues"}) {
      names.push_back(fmt::format("add.stats_parsed.{}.{}", part, column));
    }
  }
  return names;
}

}  // namespace

CheckpointStatistics::CheckpointStatistics(datafusion::ObjectStore store, ReplayAgain replay)
    : store_(std::move(store)), replay_(std::move(replay)) {}

void CheckpointStatistics::AddFile(StatisticsFile file) { files_.push_back(std::move(file)); }

void CheckpointStatistics::AddBatch(const std::shared_ptr<AddedFiles>& files,
                                    const datafusion::RowRange& rows) {
  files->deferred_statistics = shared_from_this();
  files->deferred_batch = batches_.size();
  batches_.push_back({files, files->num_rows(), rows, files_.size() - 1, num_ranges_ - 1});
  records_.emplace_back();
}

CheckpointStatistics::Unread CheckpointStatistics::UnreadOf(std::span<const std::string> columns,
                                                            std::span<const size_t> batches) const {
  const std::lock_guard lock(mutex_);
  Unread unread;
  if (replayed_) return unread;
  std::vector<const Leaves*> known;
  for (const std::string& column : columns) {
    const auto found = columns_.find(column);
    known.push_back(found == columns_.end() ? nullptr : &found->second);
  }
  for (const size_t batch : batches) {
    bool is_read = records_[batch] != nullptr;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (known[i] != nullptr && (*known[i])[batch] != nullptr) continue;
      unread.columns.insert(columns[i]);
      is_read = false;
    }
    if (!is_read) unread.batches.push_back(batch);
  }
  std::sort(unread.batches.begin(), unread.batches.end());
  return unread;
}

StatisticsPtr CheckpointStatistics::FindColumn(std::string_view column, size_t batch) const {
  const std::lock_guard lock(mutex_);
  const auto found = columns_.find(column);
  if (found != columns_.end() && found->second[batch]) return found->second[batch];
  return replayed_ ? (*replayed_)[batch] : nullptr;
}

StatisticsPtr CheckpointStatistics::FindRecords(size_t batch) const {
  const std::lock_guard lock(mutex_);
  if (records_[batch]) return records_[batch];
  return replayed_ ? (*replayed_)[batch] : nullptr;
}

void CheckpointStatistics::Keep(const Unread& read, const Leaves& leaves) const {
  const std::lock_guard lock(mutex_);
  const auto keep = [&](Leaves& kept) {
    kept.resize(batches_.size());
    for (const size_t batch : read.batches) kept[batch] = leaves[batch];
  };
  for (const std::string& column : read.columns) keep(columns_[column]);
  keep(records_);
}

void CheckpointStatistics::Read(std::span<const std::string> columns,
                                std::span<const size_t> batches) const {
  if (UnreadOf(columns, batches).batches.empty()) return;
  std::unique_lock reading(reading_, std::defer_lock);
  while (!reading.try_lock_for(kCancelPoll)) ThrowIfCancelled();
  const Unread unread = UnreadOf(columns, batches);
  if (unread.batches.empty()) return;
  std::optional<Unreadable> failure;
  try {
    const Leaves leaves = ReadBatches(unread);
    if (AreSame(unread.batches)) {
      Keep(unread, leaves);
      return;
    }
  } catch (const Replaced&) {
    // The checkpoint that is there now serves as well.
  } catch (const Unreadable& unreadable) {
    failure = unreadable;
  }
  LiveFiles live;
  try {
    live = replay_(failure && IsSame(*failure->file));
  } catch (const Error& error) {
    if (!failure || error.code() == ErrorCode::kCancelled) throw;
    throw LogError(failure->error);
  }
  Leaves leaves = Match(live);
  const std::lock_guard lock(mutex_);
  replayed_ = std::move(leaves);
}

bool CheckpointStatistics::ReadBounds(const std::vector<std::string>& columns,
                                      Bounds& bounds) const {
  StatisticsLeavesBuilder leaves;
  std::mutex leaves_mutex;
  std::atomic<bool> are_read = true;
  bounds.runs.resize(files_.size());
  ParallelFor(
      files_.size(),
      [&](size_t i) {
        const StatisticsFile& file = files_[i];
        // A footer that is wrong about its rows does not tell which ones bounds are of.
        if (!file.is_parsed || file.parquet.NumRows() != file.num_rows) return;
        try {
          const CheckpointBounds of_file(file.file, file.parquet, columns);
          // They may be those of another file by now.
          if (!IsSame(file.file)) {
            are_read = false;
            return;
          }
          const std::lock_guard lock(leaves_mutex);
          bounds.runs[i] = of_file.AppendTo(leaves);
        } catch (const Error& error) {
          if (error.code() == ErrorCode::kCancelled) throw;
          are_read = false;
        }
      },
      MinCheckpointReaders(store_));
  bounds.leaves = leaves.Finish();
  return are_read;
}

CheckpointStatistics::BoundsPtr CheckpointStatistics::BoundsOf(
    const std::vector<std::string>& columns) const {
  // Queries of a table tend to be few in kind.
  constexpr size_t kMaxBounds = 16;
  {
    const std::lock_guard lock(mutex_);
    const auto found = bounds_.find(columns);
    if (found != bounds_.end()) return found->second;
  }
  const auto bounds = std::make_shared<Bounds>();
  if (ReadBounds(columns, *bounds)) {
    const std::lock_guard lock(mutex_);
    if (bounds_.size() == kMaxBounds) bounds_.clear();
    bounds_.emplace(columns, bounds);
  }
  return bounds;
}

RunBounds CheckpointStatistics::FindBounds(std::span<const std::string> columns,
                                           std::span<const size_t> batches) const {
  RunBounds found;
  found.runs_of_batches.resize(batches.size());
  const Unread unread = UnreadOf(columns, batches);
  if (unread.batches.empty()) return found;
  const BoundsPtr bounds = BoundsOf({columns.begin(), columns.end()});
  found.leaves = {bounds, &bounds->leaves};
  for (size_t i = 0; i < batches.size(); ++i) {
    if (!std::ranges::binary_search(unread.batches, batches[i])) continue;
    const Batch& batch = batches_[batches[i]];
    found.runs_of_batches[i] = bounds->runs[batch.file].Of(batch.rows);
  }
  return found;
}

bool CheckpointStatistics::IsSame(const datafusion::ObjectMeta& file) const {
  const auto now = store_.Head(file.location);
  return now && now->size == file.size && now->last_modified_ms == file.last_modified_ms;
}

bool CheckpointStatistics::AreSame(std::span<const size_t> batches) const {
  std::vector<size_t> files;
  for (const size_t batch : batches) {
    if (files.empty() || files.back() != batches_[batch].file) {
      files.push_back(batches_[batch].file);
    }
  }
  std::atomic<bool> are_same = true;
  ParallelFor(
      files.size(),
      [&](size_t i) {
        if (!IsSame(files_[files[i]].file)) are_same = false;
      },
      MinCheckpointReaders(store_));
  return are_same;
}

std::vector<CheckpointStatistics::Run> CheckpointStatistics::RunsOf(
    std::span<const size_t> batches) const {
  // Few batches of one range give all processors work; in a store that is not local, what is before
  // a run in its row group would be fetched for each part of it.
  const size_t share = (batches.size() + Processors() - 1) / Processors();
  const size_t longest = store_.is_local() ? share : batches.size();
  std::vector<Run> runs;
  for (size_t begin = 0; begin < batches.size();) {
    size_t end = begin + 1;
    while (end < batches.size() && end - begin < longest && batches[end] == batches[end - 1] + 1 &&
           batches_[batches[end]].range == batches_[batches[begin]].range) {
      ++end;
    }
    runs.push_back(batches.subspan(begin, end - begin));
    begin = end;
  }
  return runs;
}

CheckpointStatistics::Leaves CheckpointStatistics::ReadBatches(const Unread& unread) const {
  std::vector<Run> parsed, texts;
  for (const Run& run : RunsOf(unread.batches)) {
    (files_[batches_[run.front()].file].is_parsed ? parsed : texts).push_back(run);
  }
  Leaves leaves(batches_.size());
  std::vector<bool> has_values(files_.size());
  ReadRuns(parsed, unread.columns, true, leaves, has_values);
  for (const Run& run : parsed) {
    const size_t file = batches_[run.front()].file;
    if (files_[file].has_both && !has_values[file]) texts.push_back(run);
  }
  ReadRuns(texts, unread.columns, false, leaves, has_values);
  return leaves;
}

void CheckpointStatistics::ReadRuns(std::span<const Run> runs, const Columns& columns,
                                    bool is_parsed, Leaves& leaves,
                                    std::vector<bool>& has_values) const {
  std::mutex has_values_mutex;
  ParallelFor(
      runs.size(),
      [&](size_t i) {
        const size_t file = batches_[runs[i].front()].file;
        bool of_run = false;
        try {
          ReadRun(runs[i], columns, is_parsed, leaves, of_run);
        } catch (const Error& error) {
          if (!SaysUnreadable(error)) throw;
          throw Unreadable{&files_[file].file, error};
        }
        const std::lock_guard lock(has_values_mutex);
        if (of_run) has_values[file] = true;
      },
      MinCheckpointReaders(store_));
}

void CheckpointStatistics::ReadRun(Run run, const Columns& columns, bool is_parsed, Leaves& leaves,
                                   bool& has_values) const {
  StatisticsLeavesBuilder builder;
  builder.LimitLongTexts(kMaxLongTexts);
  StatisticsTextParser texts(builder, columns);
  std::shared_ptr<const AddedFiles> files;
  std::vector<int64_t> rows;
  const StatisticsFile& file = files_[batches_[run.front()].file];
  CheckpointBatches parquet(file.file, file.parquet, ColumnsToRead(columns, is_parsed),
                            {{batches_[run.front()].rows.begin, batches_[run.back()].rows.end}});
  auto next_batch = run.begin();
  while (const std::unique_ptr<CheckpointBatch> batch = parquet.Next()) {
    const ArrowColumn add = batch->Action("add");
    const ArrowColumn size = batch->Member(add, "size", NANOARROW_TYPE_INT64);
    const ArrowColumn text = batch->Member(add, "stats", NANOARROW_TYPE_STRING_VIEW);
    const ArrowColumn parsed = add.Child("stats_parsed");
    rows.clear();
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      if (!add.IsNull(row)) rows.push_back(row);
    }
    has_values =
        has_values || std::ranges::any_of(rows, [&](int64_t row) { return !parsed.IsNull(row); });
    std::span<const int64_t> rest = rows;
    while (!rest.empty()) {
      if (next_batch == run.end()) throw Replaced();
      const Batch& own = batches_[*next_batch];
      const size_t number = builder.num_rows();
      if (number == 0) files = own.files.lock();
      const std::span<const int64_t> next = rest.first(std::min(rest.size(), own.size - number));
      rest = rest.subspan(next.size());
      if (files && !HaveSizes(size, next, *files, number)) throw Replaced();
      if (is_parsed) {
        AppendParsedStatistics(parsed, next, builder);
      } else {
        for (const int64_t row : next) {
          texts.Append(text.IsNull(row) ? std::string_view() : text.Text(row));
        }
      }
      if (builder.num_rows() < own.size) continue;
      leaves[*next_batch] = std::make_shared<const StatisticsLeaves>(builder.Finish());
      ++next_batch;
    }
  }
  if (next_batch != run.end()) throw Replaced();
}

// The statistics of the files as others say them, which have them all.
CheckpointStatistics::Leaves CheckpointStatistics::Match(const LiveFiles& live) const {
  struct Place {
    const AddedFiles* files;
    uint32_t row;
  };
  std::unordered_multimap<uint32_t, Place> places;
  for (const LiveFiles::Batch& batch : live.batches) {
    for (size_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.row(i);
      places.emplace(batch.files->key_hashes[row], Place{batch.files.get(), row});
    }
  }
  const auto find = [&](const AddedFiles& files, uint32_t row) -> const Place* {
    const auto [begin, end] = places.equal_range(files.key_hashes[row]);
    for (auto place = begin; place != end; ++place) {
      if (place->second.files->key(place->second.row) == files.key(row)) return &place->second;
    }
    return nullptr;
  };
  Leaves leaves;
  for (const Batch& own : batches_) {
    StatisticsLeavesBuilder builder;
    const std::shared_ptr<const AddedFiles> files = own.files.lock();
    // Rows that follow each other tend to be of one batch there, too.
    const AddedFiles* from = nullptr;
    std::vector<uint32_t> rows;
    const auto append = [&] {
      if (!rows.empty()) builder.AppendRows(from->statistics, rows);
      rows.clear();
    };
    for (uint32_t row = 0; row < own.size; ++row) {
      const Place* place = files ? find(*files, row) : nullptr;
      if (place == nullptr || place->files != from) append();
      if (place == nullptr) {
        builder.EndRow();
        continue;
      }
      from = place->files;
      rows.push_back(place->row);
    }
    append();
    leaves.push_back(std::make_shared<const StatisticsLeaves>(builder.Finish()));
  }
  return leaves;
}

}  // namespace deltaic::delta
