#include "delta/operations/change_rows.h"

#include <map>
#include <string>
#include <utility>

#include <deltaic/datafusion/session_context.h>
#include <fmt/format.h>

#include "delta/actions/action_text.h"
#include "delta/scan/deletion_vector_reader.h"
#include "delta/scan/snapshot_rows.h"
#include "delta/transaction/added_files.h"

namespace deltaic::delta {
namespace {

// All rows of a file but some.
RowSet OtherRows(const RowSet& rows, int64_t num_records) {
  RowSet others;
  int64_t at = 0;
  const auto add = [&](int64_t end) {
    if (at < end) others.ranges.push_back({at, end});
  };
  for (const RowRange& range : rows.ranges) {
    add(range.begin);
    at = range.end;
  }
  add(num_records);
  others.cardinality = num_records - rows.cardinality;
  return others;
}

}  // namespace

datafusion::DataFrame LostRows(const std::shared_ptr<const Snapshot>& snapshot,
                               const std::vector<ReducedFile>& reduced,
                               const std::vector<int64_t>& whole) {
  std::map<int64_t, RowSet> skipped;
  for (const ReducedFile& file : reduced) {
    skipped.emplace(file.file, OtherRows(file.newly_deleted, file.num_records));
  }
  for (const int64_t file : whole) skipped.emplace(file, *ReadDeletedRows(*snapshot, file));
  const datafusion::SessionContext session;
  return session.ReadTable(RowsWithout(snapshot, std::move(skipped)));
}

datafusion::DataFrame RowsOfNewFiles(const Snapshot& table, const std::vector<AddFile>& files) {
  std::string lines;
  for (const AddFile& add : files) AppendActionLine(add, lines);
  const datafusion::SessionContext session;
  return session.ReadTable(RowsOf(WithAddedFiles(table, lines, table.version() + 1)));
}

datafusion::DataFrame AsChanges(const datafusion::DataFrame& rows, const TableShape& shape,
                                const char* change_type) {
  std::vector<std::pair<std::string, datafusion::Expression>> columns;
  for (const StructField& field : shape.schema.fields()) {
    columns.emplace_back(field.name, datafusion::Expression::Column(field.name));
  }
  columns.emplace_back(
      kChangeType, datafusion::Expression::Parse(fmt::format("'{}'", change_type), rows.schema()));
  return rows.Project(columns);
}

}  // namespace deltaic::delta
