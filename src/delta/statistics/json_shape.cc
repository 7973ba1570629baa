#include "delta/statistics/json_shape.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/byte_block.h"
#include "base/text/ascii.h"
#include "base/text/number_token.h"

namespace deltaic::delta {
namespace {

constexpr size_t kMaxDepth = 64;
// Longer texts are left to the parser.
constexpr ptrdiff_t kMaxHoleBytes = 64 << 10;

bool IsPlain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// Walks over a well-formed object.
class ScalarVisitor {
 public:
  ScalarVisitor(std::string_view json, bool is_escaped,
                const std::function<bool(const JsonScalar&)>& visit)
      : json_(json), is_escaped_(is_escaped), visit_(visit) {}

  bool Visit() { return Object() && (SkipBlanks(), at_ == json_.size()); }

 private:
  bool Object() {
    if (!Take('{') || scalar_.path.size() >= kMaxDepth) return false;
    if (Take('}')) return true;
    do {
      std::string_view name;
      if (!Quote() || !Name(name) || !Take(':')) return false;
      scalar_.path.push_back(name);
      if (!Value()) return false;
      scalar_.path.pop_back();
    } while (Take(','));
    return Take('}');
  }

  bool Value() {
    SkipBlanks();
    if (at_ == json_.size()) return false;
    if (json_[at_] == '{') return Object();
    if (json_[at_] == '[') return Take('[') && Take(']');
    scalar_.is_text = Quote();
    const size_t begin = at_;
    if (!scalar_.is_text) {
      at_ = std::min(json_.find_first_of(",} \t\r\n", at_), json_.size());
      scalar_.value = json_.substr(begin, at_ - begin);
    } else if (!is_escaped_) {
      while (at_ < json_.size() && json_[at_] != '"') at_ += json_[at_] == '\\' ? 2 : 1;
      if (at_ >= json_.size()) return false;
      scalar_.value = json_.substr(begin, at_++ - begin);
    } else if (!Name(scalar_.value)) {
      return false;
    }
    return visit_(scalar_);
  }

  // The rest of a text without escapes, and the quote after it.
  bool Name(std::string_view& name) {
    const size_t begin = at_;
    while (at_ < json_.size() && IsPlain(json_[at_])) ++at_;
    name = json_.substr(begin, at_ - begin);
    return TakeQuote();
  }

  bool TakeQuote() {
    if (is_escaped_) {
      if (at_ == json_.size() || json_[at_] != '\\') return false;
      ++at_;
    }
    if (at_ == json_.size() || json_[at_] != '"') return false;
    ++at_;
    return true;
  }

  bool Quote() {
    SkipBlanks();
    return TakeQuote();
  }

  bool Take(char c) {
    SkipBlanks();
    if (at_ == json_.size() || json_[at_] != c) return false;
    ++at_;
    return true;
  }

  void SkipBlanks() {
    while (at_ < json_.size() && (json_[at_] == ' ' || json_[at_] == '\t')) ++at_;
  }

  const std::string_view json_;
  const bool is_escaped_;
  const std::function<bool(const JsonScalar&)>& visit_;
  size_t at_ = 0;
  JsonScalar scalar_;
};

// The first byte that does not belong, as `belong` says about a block, and `belongs` of a byte.
template <typename Belong, typename Belongs>
const char* SkipBytes(const char* at, const char* end, const Belong& belong,
                      const Belongs& belongs) {
  for (; static_cast<size_t>(end - at) >= kBlockBytes; at += kBlockBytes) {
    const auto others = std::bit_cast<ByteBlock>(~belong(LoadBlock(at)));
    if (const uint32_t bits = HighBits(others)) return at + std::countr_zero(bits);
  }
  while (at < end && belongs(*at)) ++at;
  return at;
}

// The first byte that is not plain text.
const char* SkipText(const char* at, const char* end) {
  const auto are_plain = [](const ByteBlock& block) {
    return (block - 0x20 < 0x60) & (block != '"') & (block != '\\');
  };
  return SkipBytes(at, end, are_plain, IsPlain);
}

bool IsOfNumber(char c) {
  return IsDigit(c) || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

// The end of what may be a number.
const char* PassNumber(const char* begin, const char* end) {
  const auto are_of_number = [](const ByteBlock& block) {
    return (block - '0' <= 9) | (block == '.') | (block == '-') | (block == '+') |
           ((block | 0x20) == 'e');
  };
  const char* at = SkipBytes(begin, end, are_of_number, IsOfNumber);
  return at == begin ? nullptr : at;
}

// Up to eight digits, as many as there are: moves past them, and adds them to `number`. Returns
// how many they are. Eight bytes can be read.
size_t TakeDigits(const char*& at, uint64_t& number) {
  constexpr uint64_t kOnes = 0x0101010101010101u;
  constexpr uint64_t kPowers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  word ^= '0' * kOnes;
  // The high bit of each byte that is above nine; a carry reaches bytes after such a one only.
  const uint64_t others = (word | (word + (0x80 - 10) * kOnes)) & 0x80 * kOnes;
  const size_t size = static_cast<size_t>(std::countr_zero(others)) / 8;
  if (size == 0) return 0;
  // The last digit comes to the highest byte; what is below the first one are zeros.
  word <<= 64 - 8 * size;
  word = word * 10 + (word >> 8);
  word = ((word & 0x000000FF000000FFu) * ((100 << 0) + (1000000ull << 32)) +
          (word >> 16 & 0x000000FF000000FFu) * ((1 << 0) + (10000ull << 32))) >>
         32;
  number = number * kPowers[size] + static_cast<uint32_t>(word);
  at += size;
  return size;
}

const char* MatchInteger(const char* at, const char* end, int64_t& value) {
  constexpr int kMaxDigits = 18;
  const bool is_negative = at < end && *at == '-';
  if (is_negative) ++at;
  const char* digits = at;
  uint64_t magnitude = 0;
  if (end - at >= 2 && IsDigit(at[0]) && !IsOfNumber(at[1]) && !is_negative) {
    value = *at - '0';  // Most counts of nulls.
    return at + 1;
  }
  size_t taken = sizeof(uint64_t);
  while (taken == sizeof(uint64_t) && end - at >= static_cast<ptrdiff_t>(sizeof(uint64_t)) &&
         at - digits <= kMaxDigits) {
    taken = TakeDigits(at, magnitude);
  }
  while (at < end && IsDigit(*at) && at - digits <= kMaxDigits) {
    magnitude = magnitude * 10 + static_cast<uint64_t>(*at++ - '0');
  }
  if (at - digits > kMaxDigits) return nullptr;
  const auto number = static_cast<int64_t>(magnitude);
  if (at == digits || (*digits == '0' && at - digits > 1)) return nullptr;
  if (at < end && IsOfNumber(*at)) return nullptr;
  if (is_negative && number == 0) return nullptr;
  value = is_negative ? -number : number;
  return at;
}

}  // namespace

bool VisitScalars(std::string_view json, bool is_escaped,
                  const std::function<bool(const JsonScalar&)>& visit) {
  return ScalarVisitor(json, is_escaped, visit).Visit();
}

LeafKind KindOf(const JsonScalar& scalar) {
  int64_t number;
  if (scalar.is_text) {
    return ParseInstant(scalar.value, number) ? LeafKind::kInstant : LeafKind::kString;
  }
  if (scalar.value == "true" || scalar.value == "false") return LeafKind::kBoolean;
  const char* end = scalar.value.data() + scalar.value.size();
  return MatchInteger(scalar.value.data(), end, number) == end ? LeafKind::kInteger
                                                               : LeafKind::kNumber;
}

int64_t IntegerOf(std::string_view token) {
  int64_t value = 0;
  MatchInteger(token.data(), token.data() + token.size(), value);
  return value;
}

JsonShape::JsonShape(std::string_view example, std::span<const Hole> holes) {
  const char* from = example.data();
  for (const Hole& hole : holes) {
    parts_.push_back({static_cast<uint32_t>(literals_.size()),
                      static_cast<uint32_t>(hole.example.data() - from), hole.kind, hole.is_escaped,
                      hole.is_wanted});
    literals_.append(from, hole.example.data());
    from = hole.example.data() + hole.example.size();
  }
  last_begin_ = static_cast<uint32_t>(literals_.size());
  literals_.append(from, example.data() + example.size());
}

const char* JsonShape::MatchHole(const Part& part, const char* begin, const char* end,
                                 int64_t& integer) {
  switch (part.kind) {
    case LeafKind::kInteger:
      return part.is_wanted ? MatchInteger(begin, end, integer) : PassNumber(begin, end);
    case LeafKind::kNumber:
      return part.is_wanted ? MatchNumber(begin, end, integer) : PassNumber(begin, end);
    default:
      const char* at = SkipText(begin, end);
      if (at == end || *at != (part.is_escaped ? '\\' : '"')) return nullptr;
      if (at - begin > kMaxHoleBytes) return nullptr;
      const bool is_instant = part.kind == LeafKind::kInstant && part.is_wanted;
      return !is_instant || ParseInstant({begin, at}, integer) ? at : nullptr;
  }
}

const char* JsonShape::Match(const char* begin, const char* end, ShapeValue* values) const {
  const char* at = begin;
  const auto take = [&](size_t literal, size_t size) {
    if (static_cast<size_t>(end - at) < size) return false;
    if (!SameBytes(at, literals_.data() + literal, size)) return false;
    at += size;
    return true;
  };
  for (const Part& part : parts_) {
    if (!take(part.literal_begin, part.literal_size)) return nullptr;
    const char* value = at;
    at = MatchHole(part, value, end, values->integer);
    if (at == nullptr) return nullptr;
    (values++)->text = {value, at};
  }
  if (!take(last_begin_, literals_.size() - last_begin_)) return nullptr;
  return at;
}

}  // namespace deltaic::delta
