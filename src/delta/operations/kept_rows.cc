#include "delta/operations/kept_rows.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/session_context.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <fmt/format.h>

#include "datafusion/writing/conformed_rows.h"
#include "delta/protocol/row_tracking.h"
#include "delta/scan/snapshot_rows.h"

namespace deltaic::delta {
namespace {

using datafusion::Expression;

StructField HiddenColumn(const Snapshot& snapshot, const std::optional<std::string>& name) {
  if (!name) {
    throw Error(ErrorCode::kCorruptLog,
                fmt::format("Row tracking is enabled, and the table does not name the columns for "
                            "the ids and commit versions of rows that move. Version {}",
                            snapshot.version()));
  }
  return {.name = *name, .type = DataType::Primitive(TypeKind::kLong)};
}

}  // namespace

KeptRows RowsThatStay(const std::shared_ptr<const Snapshot>& snapshot,
                      const std::vector<ReducedFile>& files, TableShape shape) {
  std::map<int64_t, RowSet> skipped;
  for (const ReducedFile& reduced : files) skipped.emplace(reduced.file, reduced.deleted);
  const datafusion::SessionContext session;
  const datafusion::DataFrame rows = session.ReadTable(RowsWithout(snapshot, std::move(skipped)));
  const Schema columns = rows.schema();
  std::vector<std::pair<std::string, Expression>> all;
  for (const StructField& field : shape.schema.fields()) {
    all.emplace_back(field.name, columns.FindColumn(field.name) >= 0
                                     ? Expression::Column(field.name)
                                     : Expression::Parse("NULL", columns));
  }
  if (const auto tracking = EnabledRowTracking(snapshot->protocol(), snapshot->metadata())) {
    shape.hidden = {HiddenColumn(*snapshot, tracking->row_id),
                    HiddenColumn(*snapshot, tracking->commit_version)};
    all.emplace_back(shape.hidden[0].name, IdentityPart(columns, "row_id"));
    all.emplace_back(shape.hidden[1].name, IdentityPart(columns, "row_commit_version"));
  }
  std::vector<StructField> fields = shape.schema.fields();
  fields.insert(fields.end(), shape.hidden.begin(), shape.hidden.end());
  std::vector<std::string> names;
  for (const StructField& field : fields) names.push_back(field.name);
  return {
      {datafusion::Conform(rows.Project(all), names, ToArrowSchema(fields, ArrowNullability::kAll),
                           datafusion::TextConversion::kRefuse),
       {},
       {},
       {}},
      std::move(shape)};
}

}  // namespace deltaic::delta
