#include <deltaic/delta/scan/row_count.h>

#include <limits>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/datafusion/session_context.h>
#include <deltaic/datafusion/table_provider.h>

#include "base/parallel_for.h"
#include "base/text/decimal_text.h"
#include "columnar/batch_builder.h"
#include "delta/scan/file_description.h"
#include "delta/scan/row_selection.h"
#include "delta/scan/table_columns.h"
#include "delta/snapshot/active_file_columns.h"

namespace deltaic::delta {
namespace {

/// The rows of some files, of which the log says no more than where they are.
class FilesWithoutStatistics : public datafusion::TableProvider {
 public:
  FilesWithoutStatistics(const Snapshot& snapshot, std::vector<int64_t> files)
      : snapshot_(std::make_shared<const Snapshot>(snapshot)),
        files_(std::make_shared<const std::vector<int64_t>>(std::move(files))),
        columns_(snapshot) {}

  const Schema& schema() const override { return columns_.file_schema; }

  datafusion::FileScan Scan(const datafusion::ScanRequest& /*request*/) const override {
    return {.store = snapshot_->store(),
            .other_stores = snapshot_->access().allowed_roots(),
            .file_schema = columns_.file_schema,
            .stored_schema = columns_.stored_schema,
            .partition_schema = {},
            .files = Files(),
            .row_skipper = RowSkipperOf(*snapshot_),
            .missing_file_note = MissingFileNote(snapshot_->version(), snapshot_->store().name())};
  }

 private:
  RecordBatch Files() const {
    BatchBuilder files(static_cast<int64_t>(files_->size()));
    files.AddColumns(PlacesOf(*snapshot_, *files_));
    if (snapshot_->files().has_deletion_vectors()) {
      files.AddColumns(RowsToSkip(*snapshot_, *files_));
    }
    return files.Finish();
  }

  std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<const std::vector<int64_t>> files_;
  TableColumns columns_;
};

struct Part {
  Int128 rows = 0;
  std::vector<int64_t> uncounted;
};

Part CountBatch(const ActiveFileColumns::Batch& batch) {
  const std::shared_ptr<const std::vector<int64_t>> counts = batch.typed->RowCounts();
  Part part;
  for (size_t i = 0; i < batch.live.size(); ++i) {
    const int64_t rows = (*counts)[batch.live.row(i)];
    if (rows < 0) {
      part.uncounted.push_back(batch.first_file + static_cast<int64_t>(i));
    } else {
      part.rows += rows;
    }
  }
  return part;
}

}  // namespace

int64_t CountRows(const Snapshot& snapshot) {
  const std::vector<ActiveFileColumns::Batch>& batches = snapshot.files().columns().batches();
  std::vector<AddedFilesPtr> added;
  for (const ActiveFileColumns::Batch& batch : batches) added.push_back(batch.live.files);
  ReadStatistics(added, {});
  std::vector<Part> parts(batches.size());
  ParallelFor(parts.size(), [&](size_t i) {
    ThrowIfCancelled();
    parts[i] = CountBatch(batches[i]);
  });
  Int128 rows = 0;
  std::vector<int64_t> uncounted;
  for (const Part& part : parts) {
    rows += part.rows;
    uncounted.insert(uncounted.end(), part.uncounted.begin(), part.uncounted.end());
  }
  constexpr Int128 kMaxRows = std::numeric_limits<int64_t>::max();
  if (rows > kMaxRows) {
    // The log is wrong, and does not say about which files.
    rows = 0;
    uncounted.resize(static_cast<size_t>(snapshot.files().size()));
    std::iota(uncounted.begin(), uncounted.end(), int64_t{0});
  }
  if (!uncounted.empty()) {
    const auto files = std::make_shared<FilesWithoutStatistics>(snapshot, std::move(uncounted));
    rows += datafusion::SessionContext().ReadTable(files).Count();
  }
  if (rows <= kMaxRows) return static_cast<int64_t>(rows);
  throw Error(ErrorCode::kCorruptLog,
              fmt::format("The row counts of the files add up to more than a table can have."
                          " Version {}.",
                          snapshot.version()));
}

}  // namespace deltaic::delta
