#include "delta/protocol/schema/field_metadata_writer.h"

#include <string>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <simdjson.h>

#include "base/text/excerpt.h"
#include "base/text/json_writer.h"

namespace deltaic::delta {

StructField WithMetadata(const StructField& field, std::string_view name,
                         std::string_view value_json) {
  simdjson::dom::parser parser;
  simdjson::dom::object members;
  if (parser.parse(field.metadata_json).get_object().get(members) != simdjson::SUCCESS) {
    throw Error(ErrorCode::kCorruptLog,
                fmt::format("The metadata of the column {} is no JSON object: {}",
                            Excerpt(field.name), Excerpt(field.metadata_json)));
  }
  StructField changed = field;
  changed.metadata_json.clear();
  JsonWriter json(changed.metadata_json);
  json.BeginObject();
  for (const auto& [key, value] : members) {
    if (key == name) continue;
    json.Key(key);
    json.Raw(simdjson::minify(value));
  }
  json.Key(name);
  json.Raw(value_json);
  json.EndObject();
  return changed;
}

}  // namespace deltaic::delta
