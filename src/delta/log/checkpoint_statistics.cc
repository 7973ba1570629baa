#include "delta/log/checkpoint_statistics.h"

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

#include "delta/log/checkpoint_batch.h"
#include "delta/log/parallel_for.h"
#include "delta/log/parsed_statistics.h"
#include "delta/protocol/statistics_text.h"

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
bool SaysUnreadable(const Error& error) {
  return error.code() == ErrorCode::kCorruptLog || error.code() == ErrorCode::kFileNotFound;
}

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

// What the files of one batch know of their statistics.
class CheckpointStatistics::OfBatch final : public DeferredStatistics {
 public:
  OfBatch(std::shared_ptr<const CheckpointStatistics> all, size_t range, size_t batch)
      : all_(std::move(all)), range_(range), batch_(batch) {}

  void Read(std::span<const std::string> columns) const override { all_->Read(columns); }
  StatisticsPtr FindColumn(std::string_view column) const override {
    return Mine(all_->FindColumn(column));
  }
  StatisticsPtr FindRecords() const override { return Mine(all_->FindRecords()); }

 private:
  StatisticsPtr Mine(const LeavesPtr& leaves) const {
    return leaves ? (*leaves)[range_][batch_] : nullptr;
  }

  const std::shared_ptr<const CheckpointStatistics> all_;
  const size_t range_;
  const size_t batch_;
};

CheckpointStatistics::CheckpointStatistics(datafusion::ObjectStore store, ReplayAgain replay)
    : store_(std::move(store)), replay_(std::move(replay)) {}

void CheckpointStatistics::AddFile(StatisticsFile file) { files_.push_back(std::move(file)); }

void CheckpointStatistics::AddRange(const datafusion::RowRange& rows,
                                    std::span<const std::shared_ptr<AddedFiles>> batches) {
  Range range{files_.size() - 1, rows, {}};
  for (const std::shared_ptr<AddedFiles>& files : batches) {
    files->deferred_statistics =
        std::make_shared<const OfBatch>(shared_from_this(), ranges_.size(), range.batches.size());
    range.batches.push_back({files, files->num_rows()});
  }
  ranges_.push_back(std::move(range));
}

// Files that no snapshot has any more have nobody to ask for their statistics.
bool CheckpointStatistics::Range::IsWanted() const {
  return std::ranges::any_of(batches, [](const Batch& batch) { return !batch.files.expired(); });
}

CheckpointStatistics::Columns CheckpointStatistics::Unread(
    std::span<const std::string> columns) const {
  const std::lock_guard lock(mutex_);
  Columns unread;
  if (replayed_) return unread;
  for (const std::string& column : columns) {
    if (!columns_.contains(column)) unread.insert(column);
  }
  return unread;
}

CheckpointStatistics::LeavesPtr CheckpointStatistics::FindColumn(std::string_view column) const {
  const std::lock_guard lock(mutex_);
  const auto found = columns_.find(column);
  return found == columns_.end() ? replayed_ : found->second;
}

CheckpointStatistics::LeavesPtr CheckpointStatistics::FindRecords() const {
  const std::lock_guard lock(mutex_);
  return records_ ? records_ : replayed_;
}

void CheckpointStatistics::Keep(const Columns& columns, LeavesPtr leaves) const {
  const std::lock_guard lock(mutex_);
  for (const std::string& column : columns) columns_.insert_or_assign(column, leaves);
  if (!records_) records_ = std::move(leaves);
}

void CheckpointStatistics::Read(std::span<const std::string> columns) const {
  const auto is_read = [&] { return Unread(columns).empty() && FindRecords(); };
  if (is_read()) return;
  std::unique_lock reading(reading_, std::defer_lock);
  while (!reading.try_lock_for(kCancelPoll)) ThrowIfCancelled();
  if (is_read()) return;
  const Columns unread = Unread(columns);
  std::optional<Unreadable> failure;
  try {
    LeavesPtr leaves = ReadFiles(unread);
    if (AreSame()) {
      Keep(unread, std::move(leaves));
      return;
    }
  } catch (const Replaced&) {
    // What stands there now is as good as any.
  } catch (const Unreadable& unreadable) {
    failure = unreadable;
  }
  LiveFiles live;
  try {
    live = replay_(failure && IsSame(*failure->file));
  } catch (const Error& error) {
    if (!failure || error.code() == ErrorCode::kCancelled) throw;
    throw Error(failure->error);
  }
  LeavesPtr leaves = Match(live);
  const std::lock_guard lock(mutex_);
  replayed_ = std::move(leaves);
}

bool CheckpointStatistics::IsSame(const datafusion::ObjectMeta& file) const {
  const auto now = store_.Head(file.location);
  return now && now->size == file.size && now->last_modified_ms == file.last_modified_ms;
}

bool CheckpointStatistics::AreSame() const {
  std::atomic<bool> are_same = true;
  ParallelFor(
      files_.size(),
      [&](size_t i) {
        if (!IsSame(files_[i].file)) are_same = false;
      },
      MinCheckpointReaders(store_));
  return are_same;
}

CheckpointStatistics::LeavesPtr CheckpointStatistics::ReadFiles(const Columns& columns) const {
  std::vector<size_t> parsed, texts;
  for (size_t i = 0; i < ranges_.size(); ++i) {
    (files_[ranges_[i].file].is_parsed ? parsed : texts).push_back(i);
  }
  Leaves leaves(ranges_.size());
  std::vector<bool> has_values(files_.size());
  ReadRanges(parsed, columns, true, leaves, has_values);
  for (const size_t i : parsed) {
    const size_t file = ranges_[i].file;
    if (files_[file].has_both && !has_values[file]) texts.push_back(i);
  }
  ReadRanges(texts, columns, false, leaves, has_values);
  return std::make_shared<const Leaves>(std::move(leaves));
}

void CheckpointStatistics::ReadRanges(std::span<const size_t> ranges, const Columns& columns,
                                      bool is_parsed, Leaves& leaves,
                                      std::vector<bool>& has_values) const {
  std::mutex has_values_mutex;
  ParallelFor(
      ranges.size(),
      [&](size_t i) {
        const Range& range = ranges_[ranges[i]];
        bool of_range = false;
        try {
          leaves[ranges[i]] = ReadRange(range, columns, is_parsed, of_range);
        } catch (const Error& error) {
          if (!SaysUnreadable(error)) throw;
          throw Unreadable{&files_[range.file].file, error};
        }
        const std::lock_guard lock(has_values_mutex);
        if (of_range) has_values[range.file] = true;
      },
      MinCheckpointReaders(store_));
}

std::vector<StatisticsPtr> CheckpointStatistics::ReadRange(const Range& range,
                                                           const Columns& columns, bool is_parsed,
                                                           bool& has_values) const {
  if (!range.IsWanted()) return std::vector<StatisticsPtr>(range.batches.size());
  std::vector<StatisticsPtr> leaves;
  StatisticsLeavesBuilder builder;
  builder.LimitLongTexts(kMaxLongTexts);
  StatisticsTextParser texts(builder, columns);
  std::shared_ptr<const AddedFiles> files;
  std::vector<int64_t> rows;
  const StatisticsFile& file = files_[range.file];
  CheckpointBatches batches(file.file, file.parquet, ColumnsToRead(columns, is_parsed),
                            {range.rows});
  while (const std::unique_ptr<CheckpointBatch> batch = batches.Next()) {
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
      if (leaves.size() == range.batches.size()) throw Replaced();
      const Batch& own = range.batches[leaves.size()];
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
      leaves.push_back(std::make_shared<const StatisticsLeaves>(builder.Finish()));
    }
  }
  if (leaves.size() != range.batches.size()) throw Replaced();
  return leaves;
}

// The statistics of the files as others say them, which have them all.
CheckpointStatistics::LeavesPtr CheckpointStatistics::Match(const LiveFiles& live) const {
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
  for (const Range& range : ranges_) {
    std::vector<StatisticsPtr>& of_range = leaves.emplace_back();
    for (const Batch& own : range.batches) {
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
      of_range.push_back(std::make_shared<const StatisticsLeaves>(builder.Finish()));
    }
  }
  return std::make_shared<const Leaves>(std::move(leaves));
}

}  // namespace deltaic::delta
