#include <deltaic/delta/scan/snapshot_schema.h>

#include <deltaic/delta/protocol/schema_arrow.h>

#include "delta/scan/table_columns.h"

namespace deltaic::delta {

Schema ReadSchema(const Snapshot& snapshot) { return TableColumns(snapshot).table_schema; }

Schema InputSchema(const Snapshot& snapshot) { return ToArrowSchema(snapshot.schema()); }

datafusion::Expression ParsePredicateExpression(const Snapshot& snapshot, std::string_view sql) {
  return datafusion::Expression::Parse(sql, ReadSchema(snapshot));
}

}  // namespace deltaic::delta
