#include <deltaic/delta/protocol/schema_json.h>

#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace deltaic::delta {
namespace {

void AppendString(std::string_view text, std::string& out) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

void AppendBool(bool value, std::string& out) { out += value ? "true" : "false"; }

void AppendType(const DataType& type, std::string& out) {
  switch (type.kind()) {
    case TypeKind::kStruct: {
      out += R"({"type":"struct","fields":[)";
      bool first = true;
      for (const StructField& field : type.fields()) {
        if (!std::exchange(first, false)) out += ',';
        out += R"({"name":)";
        AppendString(field.name, out);
        out += R"(,"type":)";
        AppendType(field.type, out);
        out += R"(,"nullable":)";
        AppendBool(field.nullable, out);
        out += R"(,"metadata":)";
        out += field.metadata_json;
        out += '}';
      }
      out += "]}";
      break;
    }
    case TypeKind::kArray:
      out += R"({"type":"array","elementType":)";
      AppendType(type.element_type(), out);
      out += R"(,"containsNull":)";
      AppendBool(type.contains_null(), out);
      out += '}';
      break;
    case TypeKind::kMap:
      out += R"({"type":"map","keyType":)";
      AppendType(type.key_type(), out);
      out += R"(,"valueType":)";
      AppendType(type.value_type(), out);
      out += R"(,"valueContainsNull":)";
      AppendBool(type.contains_null(), out);
      out += '}';
      break;
    default:
      AppendString(type.name(), out);
  }
}

}  // namespace

std::string SchemaToJson(const DataType& type) {
  std::string json;
  AppendType(type, json);
  return json;
}

}  // namespace deltaic::delta
