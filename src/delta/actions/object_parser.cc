#include "delta/actions/object_parser.h"

#include <algorithm>
#include <cstring>

namespace deltaic::delta {
namespace {

constexpr size_t kInitialCapacity = size_t{64} << 10;

}  // namespace

simdjson::error_code ObjectParser::Parse(std::string_view object, std::string_view rest,
                                         simdjson::ondemand::document& document) {
  if (object.size() > parser_.capacity() || parser_.capacity() == 0) {
    const size_t capacity =
        std::max({kInitialCapacity, object.size(), std::min(2 * parser_.capacity(), rest.size())});
    if (const auto error = parser_.allocate(capacity)) return error;
  }
  // simdjson reads beyond the object's end, so there must be bytes.
  if (rest.size() < object.size() + simdjson::SIMDJSON_PADDING) {
    padded_.resize(object.size() + simdjson::SIMDJSON_PADDING);
    std::memcpy(padded_.data(), object.data(), object.size());
    std::memset(padded_.data() + object.size(), 0, simdjson::SIMDJSON_PADDING);
    object = {padded_.data(), object.size()};
  }
  return parser_
      .iterate(simdjson::padded_string_view(object.data(), object.size(),
                                            object.size() + simdjson::SIMDJSON_PADDING))
      .get(document);
}

}  // namespace deltaic::delta
