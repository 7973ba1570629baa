#include "delta/operations/matching_rows.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/session_context.h>
#include <nanoarrow/nanoarrow.hpp>

#include "columnar/arrow_column.h"
#include "columnar/batch_view.h"
#include "delta/protocol/row_set_builder.h"
#include "delta/scan/file_pruning.h"
#include "delta/scan/snapshot_rows.h"
#include "delta/scan/table_columns.h"

namespace deltaic::delta {
namespace {

// Rows of one file follow each other, so its builder is looked up once a run.
class Collector {
 public:
  void Add(int64_t file, int64_t row) {
    if (builder_ == nullptr || file != file_) {
      file_ = file;
      builder_ = &builders_[file];
    }
    builder_->Add(row);
  }

  RowsByFile Finish() const {
    RowsByFile rows;
    for (const auto& [file, builder] : builders_) rows.emplace(file, builder.Build());
    return rows;
  }

 private:
  std::map<int64_t, RowSetBuilder> builders_;
  int64_t file_ = -1;
  RowSetBuilder* builder_ = nullptr;
};

}  // namespace

RowsByFile CollectRows(const datafusion::DataFrame& rows) {
  const Schema schema = rows.schema();
  RecordBatchStream identities = rows.Project({{"file", IdentityPart(schema, kFileNumber)},
                                               {"row", IdentityPart(schema, kRowIndex)}})
                                     .ExecuteStream();
  Collector collector;
  while (const std::optional<RecordBatch> batch = identities.Next()) {
    const nanoarrow::UniqueArrayView view = ViewOf(*batch);
    const ArrowColumn root(batch->schema().c_schema(), view.get());
    const ArrowColumn file = root.Field(0);
    const ArrowColumn row = root.Field(1);
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      if (file.IsNull(i) || row.IsNull(i)) {
        throw Error(ErrorCode::kInternal, "A row of a table has no identity.");
      }
      collector.Add(file.Integer(i), row.Integer(i));
    }
  }
  return collector.Finish();
}

CandidateFiles FilesWithMatches(const Snapshot& snapshot, const datafusion::Expression& predicate) {
  const TableColumns columns(snapshot);
  CandidateFiles found{.files = SelectFiles(snapshot, columns, {.filters = {predicate}}).files,
                       .are_whole = IsDecidedByFiles(predicate, columns)};
  std::ranges::sort(found.files);
  return found;
}

RowsByFile RowsMatching(const std::shared_ptr<const Snapshot>& snapshot,
                        const std::string& predicate) {
  const datafusion::SessionContext session;
  return CollectRows(session.ReadTable(RowsWithIdentity(snapshot)).Filter(predicate));
}

}  // namespace deltaic::delta
