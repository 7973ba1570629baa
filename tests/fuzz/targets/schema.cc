// The JSON of a schema: what is read is written again, and read as the same.

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <deltaic/delta/protocol/schema_json.h>

#include "delta/protocol/table_support.h"
#include "delta/statistics/indexed_columns.h"
#include "fuzz/fuzz.h"

namespace deltaic::fuzz {

void Run(std::string_view input) {
  const delta::DataType schema = delta::ParseSchemaJson(input);
  const std::string written = delta::SchemaToJson(schema);
  Expect(delta::ParseSchemaJson(written) == schema, "a schema survives being written");

  delta::Metadata metadata;
  for (const delta::StructField& field : schema.fields()) {
    if (metadata.partition_columns.size() == 2) break;
    metadata.partition_columns.push_back(field.name);
  }
  delta::IndexedColumns(schema.fields(), metadata);
  try {
    delta::CheckReadable({}, metadata, schema);
  } catch (const Error&) {
    delta::CheckReadable({}, {}, schema);
  }
  const Schema arrow = delta::ToArrowSchema(schema);
  Expect(arrow.num_columns() == static_cast<int64_t>(schema.fields().size()), "a column a field");
}

}  // namespace deltaic::fuzz
