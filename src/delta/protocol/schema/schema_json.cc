#include <deltaic/delta/protocol/schema_json.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <simdjson.h>

#include "base/text/ascii.h"
#include "base/text/excerpt.h"
#include "base/text/json_text.h"
#include "delta/protocol/schema/type_name.h"

namespace deltaic::delta {
namespace {

namespace ondemand = simdjson::ondemand;

// Types within types; the table's own struct is level 0.
constexpr size_t kMaxNesting = 500;

// A struct within a struct is three levels of JSON.
constexpr size_t kMaxJsonDepth = 3 * (kMaxNesting + 2);

[[noreturn]] void Corrupt(std::string_view what) {
  throw Error(ErrorCode::kCorruptLog, fmt::format("The table's schema is not valid: {}", what));
}

[[noreturn]] void CorruptJson(simdjson::error_code error) {
  Corrupt(fmt::format("{}", simdjson::error_message(error)));
}

template <typename T>
T Get(simdjson::simdjson_result<T> result) {
  T value;
  auto error = std::move(result).get(value);
  if (error) CorruptJson(error);
  return value;
}

bool IsOfType(ondemand::value json, ondemand::json_type type) { return Get(json.type()) == type; }

std::string GetString(ondemand::value json) { return std::string(Get(json.get_string())); }

bool GetBool(ondemand::value json) { return Get(json.get_bool()); }

// The members of an object, one after another.
class Members {
 public:
  explicit Members(ondemand::value json) : Members(Get(json.get_object())) {}
  explicit Members(ondemand::object json)
      : object_(json), next_(Get(object_.begin())), end_(Get(object_.end())) {}

  // Moves to the first or next member; false at the end.
  bool Next() {
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
  explicit Elements(ondemand::value json)
      : array_(Get(json.get_array())), next_(Get(array_.begin())), end_(Get(array_.end())) {}

  // Moves to the first or next element; false at the end.
  bool Next() {
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
  std::ranges::sort(names, IsLessIgnoringCase);
  const auto twin = std::ranges::adjacent_find(names, EqualsIgnoringCase);
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

std::string ParseMetadata(ondemand::value json) {
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
void ParseSimplePart(const Members& member, TypeParts& parts) {
  std::string_view key = member.key();
  if (key == "type") {
    SetOnce(parts.name, GetString(member.value()), key);
  } else if (key == "containsNull") {
    SetOnce(parts.contains_null, GetBool(member.value()), key);
  } else if (key == "valueContainsNull") {
    SetOnce(parts.value_contains_null, GetBool(member.value()), key);
  }
}

struct FieldParts {
  std::optional<std::string> name;
  std::optional<DataType> type;
  std::optional<bool> nullable;
  std::optional<std::string> metadata;
};

void ParseSimplePart(const Members& member, FieldParts& parts) {
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

// A field of a struct under construction.
struct FieldState {
  explicit FieldState(ondemand::value json) : members(json) {}

  Members members;
  FieldParts parts;
};

// A nested type under construction.
class NestedType {
 public:
  explicit NestedType(Members members) : members_(members) {}

  // Reads up to the next type within this one and returns it; its meaning is to be given to
  // `Accept`. Nothing at the end.
  std::optional<ondemand::value> NextInnerType();
  void Accept(DataType type);
  DataType Finish() { return MakeNested(parts_); }

 private:
  // Where the inner type belongs.
  enum class Place { kField, kElement, kKey, kValue };

  std::optional<ondemand::value> NextInField();
  std::optional<ondemand::value> Await(Place place, const Members& members) {
    place_ = place;
    return members.value();
  }

  Members members_;
  TypeParts parts_;
  Place place_ = Place::kField;
  // While the fields of a struct are read.
  std::optional<Elements> elements_;
  std::optional<FieldState> field_;
  std::vector<StructField> fields_;
};

std::optional<ondemand::value> NestedType::NextInField() {
  while (field_->members.Next()) {
    if (field_->members.key() == "type") return Await(Place::kField, field_->members);
    ParseSimplePart(field_->members, field_->parts);
  }
  fields_.push_back(MakeField(field_->parts));
  field_.reset();
  return std::nullopt;
}

std::optional<ondemand::value> NestedType::NextInnerType() {
  for (;;) {
    if (field_) {
      if (auto inner = NextInField()) return inner;
    } else if (elements_) {
      if (elements_->Next()) {
        field_.emplace(elements_->value());
      } else {
        elements_.reset();
        SetOnce(parts_.fields, std::move(fields_), "fields");
        fields_.clear();
      }
    } else if (!members_.Next()) {
      return std::nullopt;
    } else if (members_.key() == "fields") {
      elements_.emplace(members_.value());
    } else if (members_.key() == "elementType") {
      return Await(Place::kElement, members_);
    } else if (members_.key() == "keyType") {
      return Await(Place::kKey, members_);
    } else if (members_.key() == "valueType") {
      return Await(Place::kValue, members_);
    } else {
      ParseSimplePart(members_, parts_);
    }
  }
}

void NestedType::Accept(DataType type) {
  switch (place_) {
    case Place::kField:
      return SetOnce(field_->parts.type, std::move(type), "type");
    case Place::kElement:
      return SetOnce(parts_.element, std::move(type), "elementType");
    case Place::kKey:
      return SetOnce(parts_.key, std::move(type), "keyType");
    case Place::kValue:
      return SetOnce(parts_.value, std::move(type), "valueType");
  }
}

// Without recursion: simdjson's functions are inlined with all their variables, too many for the
// stack of a thread when types nest deeply.
DataType ParseNested(Members root) {
  std::vector<std::unique_ptr<NestedType>> open;
  open.push_back(std::make_unique<NestedType>(root));
  for (;;) {
    std::optional<ondemand::value> inner = open.back()->NextInnerType();
    if (!inner) {
      DataType type = open.back()->Finish();
      open.pop_back();
      if (open.empty()) return type;
      open.back()->Accept(std::move(type));
    } else if (IsOfType(*inner, ondemand::json_type::string)) {
      open.back()->Accept(ParseTypeName(GetString(*inner)));
    } else {
      if (open.size() > kMaxNesting) {
        Corrupt(fmt::format("its types nest deeper than {} levels.", kMaxNesting));
      }
      open.push_back(std::make_unique<NestedType>(Members(*inner)));
    }
  }
}

}  // namespace

DataType ParseSchemaJson(std::string_view json) {
  simdjson::padded_string text(json);
  ondemand::parser parser;
  auto error = parser.allocate(json.size(), kMaxJsonDepth);
  if (error) CorruptJson(error);
  ondemand::document document = Get(parser.iterate(text));
  DataType type = ParseNested(Members(Get(document.get_object())));
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    Corrupt("there is more text after it.");
  }
  if (type.kind() != TypeKind::kStruct) {
    Corrupt(fmt::format("it is of type {}, not struct.", type.name()));
  }
  return type;
}

}  // namespace deltaic::delta
