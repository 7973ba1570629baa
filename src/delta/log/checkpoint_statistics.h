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

/// A file with statistics.
struct StatisticsFile {
  datafusion::ObjectMeta file;
  datafusion::ParquetFile parquet;
  bool is_parsed = false;  ///< In `add.stats_parsed`, else in `add.stats`.
  bool has_both = false;   ///< Some writers leave `stats_parsed` empty.
};

/// The statistics of one checkpoint. Safe to share between threads once all batches are known to
/// it.
///
/// What is read is kept. Where a file was removed or replaced since, or its statistics cannot be
/// read, all are made up for, once and for all columns, by what the log says elsewhere of the same
/// files: those that it does not know any more are without statistics. Where that fails too, the
/// first error is thrown.
class CheckpointStatistics : public std::enable_shared_from_this<CheckpointStatistics> {
 public:
  CheckpointStatistics(datafusion::ObjectStore store, ReplayAgain replay);

  /// A file, whose ranges of rows are the next ones.
  void AddFile(StatisticsFile file);

  /// Defers the statistics of batches of files, which have a range of the last file's rows.
  /// Ranges are read side by side.
  void AddRange(const datafusion::RowRange& rows,
                std::span<const std::shared_ptr<AddedFiles>> batches);

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
    size_t file;
    datafusion::RowRange rows;
    std::vector<Batch> batches;
    bool IsWanted() const;
  };

  void Read(std::span<const std::string> columns) const;
  Columns Unread(std::span<const std::string> columns) const;
  LeavesPtr FindColumn(std::string_view column) const;
  LeavesPtr FindRecords() const;
  void Keep(const Columns& columns, LeavesPtr leaves) const;

  // Whether a file still is the one whose add actions were read.
  bool IsSame(const datafusion::ObjectMeta& file) const;
  bool AreSame() const;
  LeavesPtr ReadFiles(const Columns& columns) const;
  // Reads ranges, and tells which files have values.
  void ReadRanges(std::span<const size_t> ranges, const Columns& columns, bool is_parsed,
                  Leaves& leaves, std::vector<bool>& has_values) const;
  std::vector<StatisticsPtr> ReadRange(const Range& range, const Columns& columns, bool is_parsed,
                                       bool& has_values) const;
  LeavesPtr Match(const LiveFiles& live) const;

  const datafusion::ObjectStore store_;
  const ReplayAgain replay_;
  std::vector<StatisticsFile> files_;
  std::vector<Range> ranges_;
  mutable std::timed_mutex reading_;  // Held by the thread that reads.
  mutable std::mutex mutex_;          // Guards the rest.
  mutable std::map<std::string, LeavesPtr, std::less<>> columns_;
  mutable LeavesPtr records_;
  mutable LeavesPtr replayed_;  // Of all columns; null while the files are read.
};

}  // namespace deltaic::delta
