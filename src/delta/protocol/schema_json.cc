#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_json.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "delta/protocol/excerpt.h"
#include "delta/protocol/json_text.h"
#include "delta/protocol/type_name.h"

namespace deltaic::delta {
namespace {

namespace ondemand = simdjson::ondemand;

// Types within types; the table's own struct is level 0.
constexpr int kMaxNesting = 500;

// A struct within a struct is three levels of JSON.
constexpr size_t kMaxJsonDepth = 3 * (kMaxNesting + 2);

[[noreturn]] void Corrupt(std::string_view what) {
  throw Error(ErrorCode::kCorruptLog, fmt::format("The table's schema is not valid: {}", what));
}

[[noreturn]] void CorruptJson(simdjson::error_code error) {
  Corrupt(fmt::format("{}", simdjson::error_message(error)));
}

// simdjson's functions are all inlined, with all their variables. What calls them is kept out of
// the functions that recurse, so that a deep schema fits a small stack.

template <typename T>
T Get(simdjson::simdjson_result<T> result) {
  T value;
  auto error = std::move(result).get(value);
  if (error) CorruptJson(error);
  return value;
}

[[gnu::noinline]] bool IsOfType(ondemand::value json, ondemand::json_type type) {
  return Get(json.type()) == type;
}

[[gnu::noinline]] std::string GetString(ondemand::value json) {
  return std::string(Get(json.get_string()));
}

[[gnu::noinline]] bool GetBool(ondemand::value json) { return Get(json.get_bool()); }

// The members of an object, one after another.
class Members {
 public:
  [[gnu::noinline]] explicit Members(ondemand::value json) : Members(Get(json.get_object())) {}
  [[gnu::noinline]] explicit Members(ondemand::object json)
      : object_(json), next_(Get(object_.begin())), end_(Get(object_.end())) {}

  // Moves to the first or next member; false at the end.
  [[gnu::noinline]] bool Next() {
    if (started_) ++next_;
    started_ = true;
    if (next_ == end_) return false;
    ondemand::field field = Get(*next_);
    key_ = Get(field.unescaped_key());
    value_ = field.value();
    return true;
  }

  std::string_view key() const { return key_; }
  ondemand::value value() const { return value_; }

 private:
  ondemand::object object_;
  ondemand::object_iterator next_;
  ondemand::object_iterator end_;
  bool started_ = false;
  std::string_view key_;
  ondemand::value value_;
};

// The elements of an array, one after another.
class Elements {
 public:
  [[gnu::noinline]] explicit Elements(ondemand::value json)
      : array_(Get(json.get_array())), next_(Get(array_.begin())), end_(Get(array_.end())) {}

  // Moves to the first or next element; false at the end.
  [[gnu::noinline]] bool Next() {
    if (started_) ++next_;
    started_ = true;
    if (next_ == end_) return false;
    value_ = Get(*next_);
    return true;
  }

  ondemand::value value() const { return value_; }

 private:
  ondemand::array array_;
  ondemand::array_iterator next_;
  ondemand::array_iterator end_;
  bool started_ = false;
  ondemand::value value_;
};

char ToLowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int CompareWithoutCase(std::string_view a, std::string_view b) {
  size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    auto x = static_cast<unsigned char>(ToLowerAscii(a[i]));
    auto y = static_cast<unsigned char>(ToLowerAscii(b[i]));
    if (x != y) return x < y ? -1 : 1;
  }
  return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
}

// By sorting: a hash set could be made slow by chosen names.
void CheckNames(const std::vector<StructField>& fields) {
  std::vector<std::string_view> names;
  names.reserve(fields.size());
  for (const StructField& field : fields) {
    if (field.name.find('\0') != std::string::npos) {
      Corrupt(fmt::format("a field's name contains a NUL character: {}",
                          Excerpt(field.name.substr(0, field.name.find('\0')))));
    }
    names.push_back(field.name);
  }
  std::sort(names.begin(), names.end(),
            [](std::string_view a, std::string_view b) { return CompareWithoutCase(a, b) < 0; });
  auto twin = std::adjacent_find(
      names.begin(), names.end(),
      [](std::string_view a, std::string_view b) { return CompareWithoutCase(a, b) == 0; });
  if (twin != names.end()) {
    Corrupt(fmt::format("a struct has the fields {} and {}, which differ at most in case.",
                        Excerpt(*twin), Excerpt(*std::next(twin))));
  }
}

// The parts of a type's JSON object. Its keys may come in any order, so parts are parsed before
// the name of the type is known.
struct TypeParts {
  std::optional<std::string> name;
  std::optional<std::vector<StructField>> fields;
  std::optional<DataType> element;
  std::optional<DataType> key;
  std::optional<DataType> value;
  std::optional<bool> contains_null;
  std::optional<bool> value_contains_null;
};

template <typename T>
const T& Require(const std::optional<T>& part, std::string_view key) {
  if (!part) Corrupt(fmt::format("a type or field lacks {}.", Excerpt(key)));
  return *part;
}

template <typename T>
void SetOnce(std::optional<T>& part, T value, std::string_view key) {
  if (part) Corrupt(fmt::format("a type or field has {} twice.", Excerpt(key)));
  part = std::move(value);
}

DataType MakeNested(TypeParts& parts) {
  const std::string& name = Require(parts.name, "type");
  if (name == "struct") {
    Require(parts.fields, "fields");
    CheckNames(*parts.fields);
    return DataType::Struct(std::move(*parts.fields));
  }
  if (name == "array") {
    return DataType::Array(Require(parts.element, "elementType"),
                           Require(parts.contains_null, "containsNull"));
  }
  if (name == "map") {
    return DataType::Map(Require(parts.key, "keyType"), Require(parts.value, "valueType"),
                         Require(parts.value_contains_null, "valueContainsNull"));
  }
  Corrupt(fmt::format("unknown type {}.", Excerpt(name)));
}

[[gnu::noinline]] std::string ParseMetadata(ondemand::value json) {
  if (IsOfType(json, ondemand::json_type::null)) {
    if (!Get(json.is_null())) CorruptJson(simdjson::N_ATOM_ERROR);
    return "{}";
  }
  std::string_view raw = Get(Get(json.get_object()).raw_json());
  raw = raw.substr(0, raw.find_last_of('}') + 1);
  if (!IsJsonText(raw)) Corrupt(fmt::format("metadata {} is not JSON.", Excerpt(raw)));
  return std::string(raw);
}

// Takes what a part that is no type itself says.
[[gnu::noinline]] void ParseSimplePart(const Members& member, TypeParts& parts) {
  std::string_view key = member.key();
  if (key == "type") {
    SetOnce(parts.name, GetString(member.value()), key);
  } else if (key == "containsNull") {
    SetOnce(parts.contains_null, GetBool(member.value()), key);
  } else if (key == "valueContainsNull") {
    SetOnce(parts.value_contains_null, GetBool(member.value()), key);
  }
}

DataType ParseType(ondemand::value json, int level);

struct FieldParts {
  std::optional<std::string> name;
  std::optional<DataType> type;
  std::optional<bool> nullable;
  std::optional<std::string> metadata;
};

[[gnu::noinline]] void ParseSimplePart(const Members& member, FieldParts& parts) {
  std::string_view key = member.key();
  if (key == "name") {
    SetOnce(parts.name, GetString(member.value()), key);
  } else if (key == "nullable") {
    SetOnce(parts.nullable, GetBool(member.value()), key);
  } else if (key == "metadata") {
    SetOnce(parts.metadata, ParseMetadata(member.value()), key);
  }
}

StructField MakeField(FieldParts& parts) {
  return StructField{Require(parts.name, "name"), Require(parts.type, "type"),
                     Require(parts.nullable, "nullable"), std::move(parts.metadata).value_or("{}")};
}

StructField ParseField(ondemand::value json, int level) {
  Members members(json);
  FieldParts parts;
  while (members.Next()) {
    if (members.key() == "type") {
      SetOnce(parts.type, ParseType(members.value(), level + 1), members.key());
    } else {
      ParseSimplePart(members, parts);
    }
  }
  return MakeField(parts);
}

std::vector<StructField> ParseFields(ondemand::value json, int level) {
  std::vector<StructField> fields;
  for (Elements elements(json); elements.Next();) {
    fields.push_back(ParseField(elements.value(), level));
  }
  return fields;
}

DataType ParseNested(Members members, int level) {
  if (level > kMaxNesting) {
    Corrupt(fmt::format("its types nest deeper than {} levels.", kMaxNesting));
  }
  TypeParts parts;
  while (members.Next()) {
    std::string_view key = members.key();
    if (key == "fields") {
      SetOnce(parts.fields, ParseFields(members.value(), level), key);
    } else if (key == "elementType") {
      SetOnce(parts.element, ParseType(members.value(), level + 1), key);
    } else if (key == "keyType") {
      SetOnce(parts.key, ParseType(members.value(), level + 1), key);
    } else if (key == "valueType") {
      SetOnce(parts.value, ParseType(members.value(), level + 1), key);
    } else {
      ParseSimplePart(members, parts);
    }
  }
  return MakeNested(parts);
}

DataType ParseType(ondemand::value json, int level) {
  if (IsOfType(json, ondemand::json_type::string)) return ParseTypeName(GetString(json));
  return ParseNested(Members(json), level);
}

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

DataType ParseSchemaJson(std::string_view json) {
  simdjson::padded_string text(json);
  ondemand::parser parser;
  auto error = parser.allocate(json.size(), kMaxJsonDepth);
  if (error) CorruptJson(error);
  ondemand::document document = Get(parser.iterate(text));
  DataType type = ParseNested(Members(Get(document.get_object())), 0);
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    Corrupt("there is more text behind it.");
  }
  if (type.kind() != TypeKind::kStruct) {
    Corrupt(fmt::format("it is of type {}, not struct.", type.name()));
  }
  return type;
}

std::string SchemaToJson(const DataType& type) {
  std::string json;
  AppendType(type, json);
  return json;
}

}  // namespace deltaic::delta
