#include <deltaic/delta/protocol/schema_json.h>

#include <string>

#include "base/text/json_writer.h"

namespace deltaic::delta {
namespace {

void WriteType(const DataType& type, JsonWriter& json);

void WriteStruct(const DataType& type, JsonWriter& json) {
  json.Key("fields");
  json.BeginArray();
  for (const StructField& field : type.fields()) {
    json.BeginObject();
    json.Key("name");
    json.String(field.name);
    json.Key("type");
    WriteType(field.type, json);
    json.Key("nullable");
    json.Boolean(field.nullable);
    json.Key("metadata");
    json.Raw(field.metadata_json);
    json.EndObject();
  }
  json.EndArray();
}

void WriteArray(const DataType& type, JsonWriter& json) {
  json.Key("elementType");
  WriteType(type.element_type(), json);
  json.Key("containsNull");
  json.Boolean(type.contains_null());
}

void WriteMap(const DataType& type, JsonWriter& json) {
  json.Key("keyType");
  WriteType(type.key_type(), json);
  json.Key("valueType");
  WriteType(type.value_type(), json);
  json.Key("valueContainsNull");
  json.Boolean(type.contains_null());
}

void WriteNested(const char* name, const DataType& type, JsonWriter& json,
                 void (*write)(const DataType&, JsonWriter&)) {
  json.BeginObject();
  json.Key("type");
  json.String(name);
  write(type, json);
  json.EndObject();
}

void WriteType(const DataType& type, JsonWriter& json) {
  switch (type.kind()) {
    case TypeKind::kStruct:
      return WriteNested("struct", type, json, WriteStruct);
    case TypeKind::kArray:
      return WriteNested("array", type, json, WriteArray);
    case TypeKind::kMap:
      return WriteNested("map", type, json, WriteMap);
    default:
      json.String(type.name());
  }
}

}  // namespace

std::string SchemaToJson(const DataType& type) {
  std::string text;
  JsonWriter json(text);
  WriteType(type, json);
  return text;
}

}  // namespace deltaic::delta
