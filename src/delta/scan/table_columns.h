#pragma once

// The columns of a table as a query sees them: those of the data files, then those whose values
// the log gives (PROTOCOL.md, "Data Files").

#include <vector>

#include <deltaic/columnar/schema.h>
#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// Immutable once made; safe to share between threads. Every column is nullable for Arrow: files
/// may violate a NOT NULL that came later, and a lacking column reads as null.
struct TableColumns {
  explicit TableColumns(const Snapshot& snapshot);

  std::vector<StructField> file_fields;       ///< In the schema's order.
  std::vector<StructField> partition_fields;  ///< In the order of the partition columns.
  Schema file_schema;
  Schema partition_schema;
  Schema table_schema;
};

}  // namespace deltaic::delta
