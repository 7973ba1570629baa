#include "delta/transaction/identity_marks.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include <deltaic/delta/protocol/schema_json.h>

#include "base/text/json_writer.h"

namespace deltaic::delta {
namespace {

constexpr std::string_view kMark = "delta.identity.highWaterMark";

std::string WithoutMark(const std::string& metadata_json) {
  if (metadata_json.find(kMark) == std::string::npos) return metadata_json;
  simdjson::dom::parser parser;
  simdjson::dom::object members;
  if (parser.parse(metadata_json).get(members) != simdjson::SUCCESS) return metadata_json;
  std::string rest;
  JsonWriter json(rest);
  json.BeginObject();
  for (const simdjson::dom::key_value_pair member : members) {
    if (member.key == kMark) continue;
    json.Key(member.key);
    json.Raw(simdjson::minify(member.value));
  }
  json.EndObject();
  return rest;
}

// Identity columns are no fields of structs.
std::vector<StructField> ColumnsWithoutMarks(const Metadata& metadata) {
  std::vector<StructField> columns = ParseSchemaJson(metadata.schema_string).fields();
  for (StructField& column : columns) column.metadata_json = WithoutMark(column.metadata_json);
  return columns;
}

Metadata WithoutSchema(Metadata metadata) {
  metadata.schema_string.clear();
  return metadata;
}

}  // namespace

bool DifferInIdentityMarksOnly(const Metadata& a, const Metadata& b) {
  if (!(WithoutSchema(a) == WithoutSchema(b))) return false;
  return a.schema_string == b.schema_string || ColumnsWithoutMarks(a) == ColumnsWithoutMarks(b);
}

}  // namespace deltaic::delta
