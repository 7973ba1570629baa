#include "delta/protocol/schema/field_metadata.h"

namespace deltaic::delta {
namespace {

constexpr std::string_view kTypeChanges = "delta.typeChanges";

template <typename T>
std::optional<T> Member(const simdjson::dom::object& members, std::string_view name) {
  T value;
  if (members[name].get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

}  // namespace

bool FieldMetadata::Read(const StructField& field) {
  return parser_.parse(field.metadata_json).get(members_) == simdjson::SUCCESS;
}

bool FieldMetadata::has_type_changes() const {
  return members_[kTypeChanges].error() == simdjson::SUCCESS;
}

std::optional<simdjson::dom::array> FieldMetadata::type_changes() const {
  return Member<simdjson::dom::array>(members_, kTypeChanges);
}

std::optional<bool> FieldMetadata::identity_allows_explicit_insert() const {
  return Member<bool>(members_, "delta.identity.allowExplicitInsert");
}

std::optional<std::string_view> FieldMetadata::Text(std::string_view name) const {
  return Member<std::string_view>(members_, name);
}

std::optional<int64_t> FieldMetadata::Integer(std::string_view name) const {
  return Member<int64_t>(members_, name);
}

bool MayHaveDefault(const StructField& field) {
  return field.metadata_json.find("CURRENT_DEFAULT") != std::string::npos;
}

bool MayHaveTypeChanges(const StructField& field) {
  return field.metadata_json.find(kTypeChanges) != std::string::npos;
}

}  // namespace deltaic::delta
