#include "base/text/json_text.h"

#include <cstddef>
#include <string>

#include "base/text/ascii.h"

namespace deltaic {
namespace {

bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return position_ == text_.size(); }

  bool Value();
  bool Number();
  void SkipSpace() {
    while (!at_end() && (text_[position_] == ' ' || text_[position_] == '\t' ||
                         text_[position_] == '\n' || text_[position_] == '\r')) {
      ++position_;
    }
  }

 private:
  bool Take(char c) {
    if (at_end() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  bool TakeWord(std::string_view word) {
    if (!text_.substr(position_).starts_with(word)) return false;
    position_ += word.size();
    return true;
  }

  bool Digits() {
    size_t begin = position_;
    while (!at_end() && IsDigit(text_[position_])) ++position_;
    return position_ > begin;
  }

  bool Escape();
  bool String();
  bool Scalar();
  bool Key();
  bool CloseContainers();

  std::string_view text_;
  size_t position_ = 0;
  std::string open_;  // The closing brackets that are awaited.
};

bool Scanner::Number() {
  Take('-');
  if (!Take('0') && !Digits()) return false;
  if (Take('.') && !Digits()) return false;
  if (Take('e') || Take('E')) {
    if (!Take('+')) Take('-');
    return Digits();
  }
  return true;
}

bool Scanner::Escape() {
  if (at_end()) return false;
  char c = text_[position_++];
  if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
  for (int i = 0; i < 4; ++i) {
    if (at_end() || !IsHexDigit(text_[position_++])) return false;
  }
  return true;
}

bool Scanner::String() {
  if (!Take('"')) return false;
  while (!at_end()) {
    char c = text_[position_++];
    if (c == '"') return true;
    if (static_cast<unsigned char>(c) < 0x20) return false;
    if (c == '\\' && !Escape()) return false;
  }
  return false;
}

bool Scanner::Scalar() {
  if (at_end()) return false;
  switch (text_[position_]) {
    case '"':
      return String();
    case 't':
      return TakeWord("true");
    case 'f':
      return TakeWord("false");
    case 'n':
      return TakeWord("null");
    default:
      return Number();
  }
}

bool Scanner::Key() {
  SkipSpace();
  if (!String()) return false;
  SkipSpace();
  return Take(':');
}

// After a value: closes what ends here, and reads on to where the next value begins, if any.
bool Scanner::CloseContainers() {
  while (!open_.empty()) {
    SkipSpace();
    if (Take(',')) return open_.back() != '}' || Key();
    if (!Take(open_.back())) return false;
    open_.pop_back();
  }
  return true;
}

bool Scanner::Value() {
  do {
    SkipSpace();
    if (Take('{')) {
      SkipSpace();
      if (!Take('}')) {
        open_ += '}';
        if (!Key()) return false;
        continue;
      }
    } else if (Take('[')) {
      SkipSpace();
      if (!Take(']')) {
        open_ += ']';
        continue;
      }
    } else if (!Scalar()) {
      return false;
    }
    if (!CloseContainers()) return false;
  } while (!open_.empty());
  return true;
}

}  // namespace

bool IsJsonText(std::string_view text) {
  Scanner scanner(text);
  if (!scanner.Value()) return false;
  scanner.SkipSpace();
  return scanner.at_end();
}

bool IsJsonNumber(std::string_view text) {
  Scanner scanner(text);
  return scanner.Number() && scanner.at_end();
}

std::string JsonInOneLine(std::string_view json) {
  constexpr std::string_view kLineEnds = "\r\n";
  std::string line;
  line.reserve(json.size());
  // Within a text a line end is escaped.
  for (const char c : json) {
    if (kLineEnds.find(c) == std::string_view::npos) line += c;
  }
  return line;
}

}  // namespace deltaic
