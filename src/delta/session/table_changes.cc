#include "delta/session/table_changes.h"

#include <utility>

#include <deltaic/delta/operations/write_table.h>

#include "delta/operations/row_deletion.h"
#include "delta/scan/snapshot_rows.h"

namespace deltaic::delta {
namespace {

class ChangeableRows : public datafusion::TableProvider {
 public:
  explicit ChangeableRows(std::shared_ptr<const Snapshot> snapshot)
      : snapshot_(std::move(snapshot)), rows_(RowsWithIdentity(snapshot_)) {}

  const Schema& schema() const override { return rows_->schema(); }

  datafusion::FileScan Scan(const datafusion::ScanRequest& request) const override {
    return rows_->Scan(request);
  }

  bool Decides(const datafusion::Expression& filter) const override {
    return rows_->Decides(filter);
  }

  int64_t Delete(const datafusion::ChangedRows& rows) const override {
    const SelectedRows selected{.is_filtered = rows.is_filtered,
                                .filter = rows.filter,
                                .find = [&] { return CollectRows(rows.identities); },
                                .text = rows.condition};
    return DeleteSelected(snapshot_, {}, selected).metrics.num_deleted_rows;
  }

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<const datafusion::TableProvider> rows_;
};

}  // namespace

int64_t InsertRows(const std::shared_ptr<const Snapshot>& snapshot,
                   const datafusion::DataFrame& rows, datafusion::InsertMode mode) {
  const bool overwrites = mode == datafusion::InsertMode::kOverwrite;
  const WriteRequest request{.mode = overwrites ? SaveMode::kOverwrite : SaveMode::kAppend,
                             .parses_texts = true};
  return WriteTable(snapshot->access(), snapshot, rows, request).metrics.num_added_rows;
}

std::shared_ptr<const datafusion::TableProvider> RowsToChange(
    const std::shared_ptr<const Snapshot>& snapshot) {
  return std::make_shared<const ChangeableRows>(snapshot);
}

}  // namespace deltaic::delta
