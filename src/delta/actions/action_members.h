#pragma once

// The values of an action's members by simdjson: each call reads one and fails with the name that
// the protocol gives it. One thread at a time.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include <deltaic/delta/protocol/state_actions.h>

#include "delta/actions/action_lines.h"
#include "delta/actions/file_actions.h"

namespace deltaic::delta {

/// Reads values; what is not as it must be throws as `ActionLines::Fail` does.
class ActionMembers {
 public:
  using Value = simdjson::ondemand::value;
  using Object = simdjson::ondemand::object;

  /// `lines` tells where the object is and must outlive this one.
  explicit ActionMembers(const ActionLines& lines) : lines_(lines) {}

  /// Calls `visit` with the name and the value of each member of an object.
  template <typename Visit>
  void Each(Value value, std::string_view what, const Visit& visit) const {
    Object object;
    if (const auto error = value.get_object().get(object)) FailJson(error, what, "an object");
    Each(object, what, visit);
  }
  template <typename Visit>
  void Each(Object& object, std::string_view what, const Visit& visit) const {
    for (auto member : object) {
      std::string_view name;
      Value value;
      if (const auto error = member.unescaped_key().get(name)) FailJson(error, what);
      if (const auto error = member.value().get(value)) FailJson(error, what);
      visit(name, value);
    }
  }

  bool IsNull(Value value, std::string_view what) const;

  /// The view is valid as long as the document.
  std::string_view Text(Value value, std::string_view what) const;
  int64_t Integer(Value value, std::string_view what) const;
  int64_t NotNegative(Value value, std::string_view what) const;
  bool Boolean(Value value, std::string_view what) const;

  /// Null is nothing.
  std::optional<std::string> OptionalText(Value value, std::string_view what) const;
  std::optional<int64_t> OptionalInteger(Value value, std::string_view what) const;
  std::optional<bool> OptionalBoolean(Value value, std::string_view what) const;
  std::optional<std::vector<std::string>> OptionalTexts(Value value, std::string_view what) const;

  /// Null is empty; an entry whose value is null is absent.
  std::map<std::string, std::string> TextMap(Value value, std::string_view what) const;
  NullableTexts NullableTextMap(Value value, std::string_view what) const;

  /// The JSON text of an object; empty for null. What is inside is not checked. The view is valid
  /// as long as the document.
  std::string_view RawObject(Value value, std::string_view what) const;

  /// Any value as valid JSON text in one line.
  std::string Json(Value value, std::string_view what) const;
  std::string Json(Object& object, std::string_view what) const;

  /// The same of a text that was taken from the action.
  std::string Checked(std::string_view json, std::string_view what) const;

  /// Keeps a member that has no meaning here.
  void Keep(std::string_view name, Value value, UnknownMembers& members) const;

  /// As `ActionLines::Fail`.
  template <typename... Args>
  [[noreturn]] void Fail(fmt::format_string<Args...> format, Args&&... args) const {
    lines_.Fail(format, std::forward<Args>(args)...);
  }

  [[noreturn]] void FailJson(simdjson::error_code error, std::string_view what,
                             std::string_view wanted = "an object") const;

 private:
  const ActionLines& lines_;
};

}  // namespace deltaic::delta
