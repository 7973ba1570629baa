#pragma once

// The statistics of a checkpoint's files, read from it when a query first asks for them, and then
// of the columns that it names only (PROTOCOL.md, "Checkpoint Schema", "Per-file Statistics").

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/datafusion/object_store.h>
#include <deltaic/datafusion/parquet_file.h>

#include "delta/actions/file_columns.h"
#include "delta/log/action_reconciliation.h"
#include "delta/log/checkpoint/checkpoint_bounds.h"

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
  int64_t num_rows = 0;    ///< As many as were read, whatever the footer says.
};

/// The statistics of one checkpoint. Safe to share between threads once all batches are known to
/// it.
///
/// What is read is kept. Where a file was removed or replaced since, or its statistics cannot be
/// read, all are made up for, once and for all columns, by what the log says elsewhere of the same
/// files: those that it does not know any more are without statistics. Where that fails too, the
/// first error is thrown.
class CheckpointStatistics final : public DeferredStatistics,
                                   public std::enable_shared_from_this<CheckpointStatistics> {
 public:
  CheckpointStatistics(datafusion::ObjectStore store, ReplayAgain replay);

  /// A file, whose ranges of rows are the next ones.
  void AddFile(StatisticsFile file);

  /// A range of the last file's rows, whose batches are the next ones. Ranges are read side by
  /// side.
  void StartRange() { ++num_ranges_; }

  /// Defers the statistics of a batch of files, whose actions are in some rows of the last file.
  void AddBatch(const std::shared_ptr<AddedFiles>& files, const datafusion::RowRange& rows);

  void Read(std::span<const std::string> columns, std::span<const size_t> batches) const override;
  StatisticsPtr FindColumn(std::string_view column, size_t batch) const override;
  StatisticsPtr FindRecords(size_t batch) const override;
  RunBounds FindBounds(std::span<const std::string> columns,
                       std::span<const size_t> batches) const override;

 private:
  using Columns = std::set<std::string, std::less<>>;
  using Leaves = std::vector<StatisticsPtr>;  // By batch; null where they were not read.

  struct Batch {
    std::weak_ptr<const AddedFiles> files;  // Which own this.
    size_t size;
    datafusion::RowRange rows;
    size_t file;
    size_t range;
  };

  // Batches that lack some of the statistics.
  struct Unread {
    Columns columns;
    std::vector<size_t> batches;  // Ascending.
  };
  Unread UnreadOf(std::span<const std::string> columns, std::span<const size_t> batches) const;
  void Keep(const Unread& read, const Leaves& leaves) const;

  // The bounds of some columns by runs of rows, which are by file.
  struct Bounds {
    StatisticsLeaves leaves;
    std::vector<RowRuns> runs;
  };
  using BoundsPtr = std::shared_ptr<const Bounds>;
  BoundsPtr BoundsOf(const std::vector<std::string>& columns) const;
  // Whether all of them could be read; those that could not are unknown.
  bool ReadBounds(const std::vector<std::string>& columns, Bounds& bounds) const;

  // Whether a file still is the one whose add actions were read.
  bool IsSame(const datafusion::ObjectMeta& file) const;
  bool AreSame(std::span<const size_t> batches) const;  // Ascending ones: their files.

  // Batches that follow each other in a range.
  using Run = std::span<const size_t>;
  std::vector<Run> RunsOf(std::span<const size_t> batches) const;
  Leaves ReadBatches(const Unread& unread) const;
  // Reads runs, and tells which files have values.
  void ReadRuns(std::span<const Run> runs, const Columns& columns, bool is_parsed, Leaves& leaves,
                std::vector<bool>& has_values) const;
  void ReadRun(Run run, const Columns& columns, bool is_parsed, Leaves& leaves,
               bool& has_values) const;
  Leaves Match(const LiveFiles& live) const;

  const datafusion::ObjectStore store_;
  const ReplayAgain replay_;
  std::vector<StatisticsFile> files_;
  std::vector<Batch> batches_;
  size_t num_ranges_ = 0;
  mutable std::timed_mutex reading_;  // Held by the thread that reads.
  mutable std::mutex mutex_;          // Guards the rest.
  mutable std::map<std::string, Leaves, std::less<>> columns_;
  mutable Leaves records_;
  mutable std::map<std::vector<std::string>, BoundsPtr> bounds_;  // By columns.
  mutable std::optional<Leaves> replayed_;  // Of all columns; nothing while the files are read.
};

}  // namespace deltaic::delta
