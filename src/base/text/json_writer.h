#pragma once

// Writes JSON texts (RFC 8259). One thread at a time.

#include <cstdint>
#include <string>
#include <string_view>

namespace deltaic {

/// Appends one JSON text to a string, value by value; puts commas and colons itself. The calls must
/// make a valid text: in an object a `Key` before each value, and an `End…` for each `Begin…`.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void BeginObject() { Begin('{'); }
  void EndObject() { End('}'); }
  void BeginArray() { Begin('['); }
  void EndArray() { End(']'); }

  /// Names the member whose value comes next.
  void Key(std::string_view name);

  /// Adds UTF-8 text; quotes, backslashes and control characters are escaped.
  void String(std::string_view text);
  void Integer(int64_t number);
  void Boolean(bool truth);
  void Null() { Raw("null"); }

  /// Adds a value that is JSON already.
  void Raw(std::string_view json);

 private:
  void Begin(char bracket);
  void End(char bracket);
  void Separate();

  std::string& out_;
  bool follows_value_ = false;
};

}  // namespace deltaic
