#include "delta/actions/action_members.h"

#include <algorithm>
#include <utility>

#include "base/text/json_text.h"

namespace deltaic::delta {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view WithoutBlanksAtEnd(std::string_view text) {
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

}  // namespace

bool ActionMembers::IsNull(Value value, std::string_view what) const {
  bool is_null;
  if (const auto error = value.is_null().get(is_null)) FailJson(error, what);
  return is_null;
}

std::string_view ActionMembers::Text(Value value, std::string_view what) const {
  std::string_view text;
  if (const auto error = value.get_string().get(text)) FailJson(error, what, "a text");
  return text;
}

int64_t ActionMembers::Integer(Value value, std::string_view what) const {
  int64_t number;
  if (value.get_int64().get(number)) {
    constexpr size_t kShown = 40;
    Fail("{} is not a 64-bit integer ({})", what,
         WithoutBlanksAtEnd(value.raw_json_token()).substr(0, kShown));
  }
  return number;
}

int64_t ActionMembers::NotNegative(Value value, std::string_view what) const {
  const int64_t number = Integer(value, what);
  if (number < 0) Fail("{} is negative ({})", what, number);
  return number;
}

bool ActionMembers::Boolean(Value value, std::string_view what) const {
  bool truth;
  if (const auto error = value.get_bool().get(truth)) FailJson(error, what, "true or false");
  return truth;
}

std::optional<std::string> ActionMembers::OptionalText(Value value, std::string_view what) const {
  if (IsNull(value, what)) return std::nullopt;
  return std::string(Text(value, what));
}

std::optional<int64_t> ActionMembers::OptionalInteger(Value value, std::string_view what) const {
  if (IsNull(value, what)) return std::nullopt;
  return Integer(value, what);
}

std::optional<bool> ActionMembers::OptionalBoolean(Value value, std::string_view what) const {
  if (IsNull(value, what)) return std::nullopt;
  return Boolean(value, what);
}

std::optional<std::vector<std::string>> ActionMembers::OptionalTexts(Value value,
                                                                     std::string_view what) const {
  if (IsNull(value, what)) return std::nullopt;
  ondemand::array array;
  if (const auto error = value.get_array().get(array)) FailJson(error, what, "a list");
  std::vector<std::string> texts;
  for (auto item : array) {
    Value element;
    if (const auto error = item.get(element)) FailJson(error, what);
    texts.emplace_back(Text(element, what));
  }
  return texts;
}

std::map<std::string, std::string> ActionMembers::TextMap(Value value,
                                                          std::string_view what) const {
  std::map<std::string, std::string> map;
  if (IsNull(value, what)) return map;
  for (auto& [name, text] : NullableTextMap(value, what)) {
    if (text) map.emplace(name, *std::move(text));
  }
  return map;
}

NullableTexts ActionMembers::NullableTextMap(Value value, std::string_view what) const {
  NullableTexts map;
  Each(value, what, [&](std::string_view name, Value member) {
    std::string key(name);
    if (!map.emplace(std::move(key), OptionalText(member, what)).second) {
      Fail("{} has a key twice", what);
    }
  });
  return map;
}

std::string_view ActionMembers::RawObject(Value value, std::string_view what) const {
  if (IsNull(value, what)) return {};
  Object object;
  if (const auto error = value.get_object().get(object)) FailJson(error, what);
  std::string_view json;
  if (const auto error = object.raw_json().get(json)) FailJson(error, what);
  return json.substr(0, json.find_last_of('}') + 1);
}

std::string ActionMembers::Json(Value value, std::string_view what) const {
  ondemand::json_type type;
  if (const auto error = value.type().get(type)) FailJson(error, what);
  if (type == ondemand::json_type::object) {
    Object object;
    if (const auto error = value.get_object().get(object)) FailJson(error, what);
    return Json(object, what);
  }
  std::string_view json;
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (const auto error = value.get_array().get(array)) FailJson(error, what);
    if (const auto error = array.raw_json().get(json)) FailJson(error, what);
    json = json.substr(0, json.find_last_of(']') + 1);
  } else {
    json = value.raw_json_token();
  }
  return Checked(json, what);
}

std::string ActionMembers::Json(Object& object, std::string_view what) const {
  std::string_view json;
  if (const auto error = object.raw_json().get(json)) FailJson(error, what);
  return Checked(json.substr(0, json.find_last_of('}') + 1), what);
}

// simdjson does not look into what it skips.
std::string ActionMembers::Checked(std::string_view json, std::string_view what) const {
  json = WithoutBlanksAtEnd(json);
  if (!IsJsonText(json)) Fail("the JSON of {} is malformed", what);
  return JsonInOneLine(json);
}

void ActionMembers::Keep(std::string_view name, Value value, UnknownMembers& members) const {
  std::string key(name);
  std::string json = Json(value, key);
  members.emplace_back(std::move(key), std::move(json));
}

void ActionMembers::FailJson(simdjson::error_code error, std::string_view what,
                             std::string_view wanted) const {
  if (error == simdjson::INCORRECT_TYPE) Fail("{} is not {}", what, wanted);
  Fail("the JSON of {} is malformed ({})", what, simdjson::error_message(error));
}

}  // namespace deltaic::delta
