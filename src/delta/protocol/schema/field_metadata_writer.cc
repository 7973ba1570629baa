#include "delta/protocol/schema/field_metadata_writer.h"

#include <string>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <simdjson.h>

#include "base/text/excerpt.h"
#include "base/text/json_writer.h"

namespace deltaic::delta {

namespace {

// The field with the members of its metadata that `is_wanted`, and what `add` writes after them.
StructField Rewritten(const StructField& field,
                      const std::function<bool(std::string_view)>& is_wanted,
                      const std::function<void(JsonWriter&)>& add) {
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
    if (!is_wanted(key)) continue;
    json.Key(key);
    json.Raw(simdjson::minify(value));
  }
  add(json);
  json.EndObject();
  return changed;
}

}  // namespace

StructField WithMetadata(const StructField& field, std::string_view name,
                         std::string_view value_json) {
  return Rewritten(
      field, [&](std::string_view key) { return key != name; },
      [&](JsonWriter& json) {
        json.Key(name);
        json.Raw(value_json);
      });
}

StructField WithoutMetadata(const StructField& field,
                            const std::function<bool(std::string_view)>& is_unwanted) {
  return Rewritten(
      field, [&](std::string_view key) { return !is_unwanted(key); }, [](JsonWriter&) {});
}

}  // namespace deltaic::delta
