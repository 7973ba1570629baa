#pragma once

// simdjson's parser over objects that are parts of a larger text. One thread at a time.

#include <cstddef>
#include <string>
#include <string_view>

#include <simdjson.h>

namespace deltaic::delta {

/// Keeps the memory that one object needed for the next.
class ObjectParser {
 public:
  /// Parses `object`, which begins at `rest`; the text ends where `rest` does. The document is
  /// valid until the next call.
  simdjson::error_code Parse(std::string_view object, std::string_view rest,
                             simdjson::ondemand::document& document);

 private:
  simdjson::ondemand::parser parser_;
  std::string padded_;
};

}  // namespace deltaic::delta
