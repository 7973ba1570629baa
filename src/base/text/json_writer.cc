#include "base/text/json_writer.h"

#include <iterator>

#include <fmt/format.h>

namespace deltaic {
namespace {

// The letter of the short escape of a character; 0 where it has none.
char ShortEscape(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

void AppendQuoted(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (const char letter = ShortEscape(c)) {
      out += '\\';
      out += letter;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

void JsonWriter::Separate() {
  if (follows_value_) out_ += ',';
  follows_value_ = true;
}

void JsonWriter::Begin(char bracket) {
  Separate();
  out_ += bracket;
  follows_value_ = false;
}

void JsonWriter::End(char bracket) {
  out_ += bracket;
  follows_value_ = true;
}

void JsonWriter::Key(std::string_view name) {
  Separate();
  AppendQuoted(name, out_);
  out_ += ':';
  follows_value_ = false;
}

void JsonWriter::String(std::string_view text) {
  Separate();
  AppendQuoted(text, out_);
}

void JsonWriter::Integer(int64_t number) {
  Separate();
  fmt::format_to(std::back_inserter(out_), "{}", number);
}

void JsonWriter::Boolean(bool truth) { Raw(truth ? "true" : "false"); }

void JsonWriter::Raw(std::string_view json) {
  Separate();
  out_ += json;
}

}  // namespace deltaic
