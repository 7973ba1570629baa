#pragma once

// The statistics of a checkpoint's files, read from it when a query first asks for them, and then
// of the columns that it names only (PROTOCOL.md, "Checkpoint Schema", "Per-file Statistics").

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/datafusion/object_store.h>
#include <deltaic/datafusion/parquet_file.h>

#include "delta/log/action_reconciliation.h"
#include "delta/protocol/file_columns.h"

namespace deltaic::delta {

/// Reads the live files of a checkpoint's version, or of a newer one where that is gone, once more
/// and with all statistics: without the checkpoint if it is unreadable. Throws where there is no
/// way to either.
using ReplayAgain = std::function<LiveFiles(bool is_unreadable)>;

/// Where statistics are.
struct StatisticsPlace {
  datafusion::ObjectStore store;
  datafusion::ObjectMeta file;
  datafusion::ParquetFile parquet;
  bool is_parsed = false;  ///< In `add.stats_parsed`, else in `add.stats`.
  bool has_both = false;   ///< Some writers leave `stats_parsed` empty.
};

/// The statistics of one file of a checkpoint. Safe to share between threads once all batches are
/// known to it.
///
/// What is read is kept. A file that was removed or replaced since, or whose statistics cannot be
/// read, is made up for, once and for all columns, by what the log says elsewhere of the same
/// files: those that it does not know any more are without statistics. Where that fails too, the
/// first error is thrown.
class CheckpointStatistics : public std::enable_shared_from_this<CheckpointStatistics> {
 public:
  /// `ranges` are read side by side; they cover the file.
  CheckpointStatistics(StatisticsPlace place, std::vector<datafusion::RowRange> ranges,
                       ReplayAgain replay);

  /// Defers the statistics of files, which are the next ones of a range. One thread a range.
  void Defer(size_t range, const std::shared_ptr<AddedFiles>& files);

 private:
  using Columns = std::set<std::string, std::less<>>;
  using Leaves = std::vector<std::vector<StatisticsPtr>>;  // By range and batch.
  using LeavesPtr = std::shared_ptr<const Leaves>;
  class OfBatch;

  struct Batch {
    std::weak_ptr<const AddedFiles> files;  // Which own this.
    size_t size;
  };
  struct Range {
    datafusion::RowRange rows;
    std::vector<Batch> batches;
  };

  void Read(std::span<const std::string> columns) const;
  Columns Unread(std::span<const std::string> columns) const;
  LeavesPtr FindColumn(std::string_view column) const;
  LeavesPtr FindRecords() const;
  void Keep(const Columns& columns, LeavesPtr leaves) const;

  // Whether the file still is the one whose add actions were read.
  bool IsSameFile() const;
  LeavesPtr ReadFile(const Columns& columns) const;
  // Null where the typed form is empty.
  LeavesPtr ReadForm(const Columns& columns, bool is_parsed) const;
  std::vector<StatisticsPtr> ReadRange(const Range& range, const Columns& columns, bool is_parsed,
                                       bool& has_values) const;
  LeavesPtr Match(const LiveFiles& live) const;

  const StatisticsPlace place_;
  const ReplayAgain replay_;
  std::vector<Range> ranges_;
  mutable std::timed_mutex reading_;  // Held by the thread that reads.
  mutable std::mutex mutex_;          // Guards the rest.
  mutable std::map<std::string, LeavesPtr, std::less<>> columns_;
  mutable LeavesPtr records_;
  mutable LeavesPtr replayed_;  // Of all columns; null while the file is read.
};

}  // namespace deltaic::delta
