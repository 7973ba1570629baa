#include "delta/actions/json_checksum.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/md5.h"

namespace deltaic::delta {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr size_t kMaxDepth = 256;
constexpr size_t kMaxBytes = size_t{64} << 20;

std::string Quoted(std::string_view text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string quoted = "\"";
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      quoted += c;
    } else {
      quoted += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return quoted + '"';
}

// The leaves of a text, each with the path to it.
class Leaves {
 public:
  bool Read(std::string_view json) {
    const simdjson::padded_string padded(json);
    ondemand::parser parser;
    ondemand::document document;
    ondemand::object object;
    return !parser.iterate(padded).get(document) && !document.get_object().get(object) &&
           ReadObject(object) && document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

  std::string Canonical() {
    std::sort(leaves_.begin(), leaves_.end());
    std::string text;
    for (const auto& [path, value] : leaves_) {
      if (!text.empty()) text += ',';
      text.append(path).append("=").append(value);
    }
    return text;
  }

 private:
  bool ReadObject(ondemand::object object) {
    const bool is_root = depth_ == 0;
    std::vector<std::string> names;
    for (auto member : object) {
      std::string_view name;
      ondemand::value value;
      if (member.unescaped_key().get(name) || member.value().get(value)) return false;
      names.emplace_back(name);
      if (is_root && name == "checksum") continue;
      if (!ReadBelow(Quoted(name), value)) return false;
    }
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) == names.end();
  }

  bool ReadArray(ondemand::array array) {
    size_t index = 0;
    for (auto element : array) {
      ondemand::value value;
      if (element.get(value) || !ReadBelow(fmt::to_string(index++), value)) return false;
    }
    return true;
  }

  bool ReadBelow(std::string_view segment, ondemand::value value) {
    const size_t length = path_.size();
    if (depth_ > 0) path_ += '+';
    path_ += segment;
    ++depth_;
    const bool is_read = depth_ <= kMaxDepth && ReadValue(value);
    --depth_;
    path_.resize(length);
    return is_read;
  }

  bool ReadValue(ondemand::value value) {
    ondemand::json_type type;
    if (value.type().get(type)) return false;
    switch (type) {
      case ondemand::json_type::object: {
        ondemand::object object;
        return !value.get_object().get(object) && ReadObject(object);
      }
      case ondemand::json_type::array: {
        ondemand::array array;
        return !value.get_array().get(array) && ReadArray(array);
      }
      case ondemand::json_type::string: {
        std::string_view text;
        return !value.get_string().get(text) && Add(Quoted(text));
      }
      case ondemand::json_type::number: {
        double number;
        std::string_view token = value.raw_json_token();
        token = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
        return !value.get_double().get(number) && Add(token);
      }
      case ondemand::json_type::boolean: {
        bool truth;
        return !value.get_bool().get(truth) && Add(truth ? "true" : "false");
      }
      default: {
        bool is_null;
        return !value.is_null().get(is_null) && is_null && Add("null");
      }
    }
  }

  bool Add(std::string_view value) {
    leaves_.emplace_back(path_, value);
    bytes_ += path_.size() + value.size();
    return bytes_ <= kMaxBytes;
  }

  std::string path_;
  size_t depth_ = 0;
  size_t bytes_ = 0;
  std::vector<std::pair<std::string, std::string>> leaves_;
};

}  // namespace

std::optional<std::string> JsonChecksum(std::string_view json) {
  Leaves leaves;
  if (!leaves.Read(json)) return std::nullopt;
  return Md5Hex(leaves.Canonical());
}

}  // namespace deltaic::delta
