#include "delta/operations/kept_rows.h"

#include <string>
#include <utility>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <fmt/format.h>

#include "datafusion/writing/conformed_rows.h"
#include "delta/protocol/table_properties.h"

namespace deltaic::delta {

TableRows KeptRows(const datafusion::DataFrame& rows, const TableShape& shape) {
  const TableProperties properties(shape.metadata);
  if (properties.row_tracking() || properties.change_data_feed()) {
    throw Error(ErrorCode::kUnsupportedFeature,
                fmt::format("Rows that an overwrite keeps are in files with rows that it replaces. "
                            "They cannot be written again where the table {}.",
                            properties.row_tracking() ? "tracks rows" : "has a change data feed"));
  }
  const Schema columns = rows.schema();
  std::vector<std::pair<std::string, datafusion::Expression>> all;
  std::vector<std::string> names;
  for (const StructField& field : shape.schema.fields()) {
    all.emplace_back(field.name, columns.FindColumn(field.name) >= 0
                                     ? datafusion::Expression::Column(field.name)
                                     : datafusion::Expression::Parse("NULL", columns));
    names.push_back(field.name);
  }
  return {datafusion::Conform(rows.Project(all), names,
                              ToArrowSchema(shape.schema, ArrowNullability::kAll),
                              datafusion::TextConversion::kRefuse),
          {},
          {}};
}

}  // namespace deltaic::delta
