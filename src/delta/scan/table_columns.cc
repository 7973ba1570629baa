#include "delta/scan/table_columns.h"

#include <algorithm>

#include <deltaic/delta/protocol/schema_arrow.h>

namespace deltaic::delta {

TableColumns::TableColumns(const Snapshot& snapshot) {
  const std::vector<std::string>& partitions = snapshot.metadata().partition_columns;
  const std::vector<StructField>& fields = snapshot.schema().fields();
  for (const StructField& field : fields) {
    if (std::find(partitions.begin(), partitions.end(), field.name) == partitions.end()) {
      file_fields.push_back(field);
    }
  }
  for (const std::string& name : partitions) {
    // A loaded snapshot has a field for each partition column.
    partition_fields.push_back(*std::find_if(fields.begin(), fields.end(),
                                             [&](const StructField& f) { return f.name == name; }));
  }
  std::vector<StructField> all = file_fields;
  all.insert(all.end(), partition_fields.begin(), partition_fields.end());
  file_schema = ToArrowSchema(file_fields, ArrowNullability::kAll);
  partition_schema = ToArrowSchema(partition_fields, ArrowNullability::kAll);
  table_schema = ToArrowSchema(all, ArrowNullability::kAll);
}

}  // namespace deltaic::delta
