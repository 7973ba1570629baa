#pragma once

// How C++ calls a verb of the bridge: errors arrive as text and leave as `Error`.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <deltaic/base/options.h>

#include "base/error_text.h"
#include "bridge/ffi.h"

namespace deltaic::datafusion {

template <typename Verb>
auto Call(Verb&& verb) -> decltype(verb()) {
  try {
    return std::forward<Verb>(verb)();
  } catch (const rust::Error& error) {
    throw DecodeError(error.what(), ErrorCode::kInternal);
  } catch (const std::invalid_argument&) {
    throw Error(ErrorCode::kInvalidArgument, "A text is not valid UTF-8.");
  }
}

/// A view that Rust can read; throws std::invalid_argument for text that is not UTF-8.
inline rust::Str ToRust(std::string_view text) { return {text.data(), text.size()}; }

inline rust::Vec<bridge::Pair> ToRust(const Options& options) {
  rust::Vec<bridge::Pair> pairs;
  for (const auto& [key, value] : options) {
    pairs.push_back({rust::String(key), rust::String(value)});
  }
  return pairs;
}

inline rust::Vec<rust::String> ToRust(const std::vector<std::string>& texts) {
  rust::Vec<rust::String> result;
  for (const std::string& text : texts) result.push_back(rust::String(text));
  return result;
}

inline std::vector<std::string> FromRust(const rust::Vec<rust::String>& texts) {
  std::vector<std::string> result;
  result.reserve(texts.size());
  for (const rust::String& text : texts) result.emplace_back(text);
  return result;
}

/// A schema on its way to Rust; released here if it never gets there.
class OutgoingSchema {
 public:
  explicit OutgoingSchema(const Schema& schema) { schema.Export(&schema_); }
  ~OutgoingSchema() {
    if (schema_.release != nullptr) schema_.release(&schema_);
  }
  OutgoingSchema(const OutgoingSchema&) = delete;
  OutgoingSchema& operator=(const OutgoingSchema&) = delete;
  ArrowSchema* get() { return &schema_; }

 private:
  ArrowSchema schema_{};
};

/// A record batch on its way to Rust; released here if it never gets there.
class OutgoingBatch {
 public:
  explicit OutgoingBatch(const RecordBatch& batch) : schema_(batch.schema()) {
    batch.Export(&array_);
  }
  ~OutgoingBatch() {
    if (array_.release != nullptr) array_.release(&array_);
  }
  OutgoingBatch(const OutgoingBatch&) = delete;
  OutgoingBatch& operator=(const OutgoingBatch&) = delete;
  ArrowSchema* schema() { return schema_.get(); }
  ArrowArray* array() { return &array_; }

 private:
  OutgoingSchema schema_;
  ArrowArray array_{};
};

}  // namespace deltaic::datafusion
