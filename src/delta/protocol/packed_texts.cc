#include "delta/protocol/packed_texts.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

namespace deltaic::delta {
namespace {

// Longer texts have no pattern.
constexpr size_t kMaxPatternBytes = 256;
constexpr size_t kMaxPatterns = 255;
constexpr size_t kMaxRecent = 8;
// Texts that may be looked at closely in vain.
constexpr size_t kFreeMisses = 64;

constexpr uint64_t Repeat(unsigned char byte) { return 0x0101010101010101u * byte; }

uint64_t Load(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// The last `size` < 8 bytes of a text, which has at least as many bytes.
uint64_t LoadEnd(const char* end, size_t size, size_t text_size) {
  if (text_size >= 8) return Load(end - 8) >> (8 * (8 - size));
  uint64_t word = 0;
  for (size_t i = 0; i < size; ++i) {
    word |= uint64_t{static_cast<unsigned char>(
                end[static_cast<ptrdiff_t>(i) - static_cast<ptrdiff_t>(size)])}
            << (8 * i);
  }
  return word;
}

// The high bit of each byte that is one of 0-9 and a-f, for bytes below 0x80.
uint64_t HexDigits(uint64_t word) {
  const uint64_t digits = (word + Repeat(0x80 - '0')) & ~(word + Repeat(0x80 - '9' - 1));
  const uint64_t letters = (word + Repeat(0x80 - 'a')) & ~(word + Repeat(0x80 - 'f' - 1));
  return digits | letters;
}

// The value of each hexadecimal digit.
uint64_t DigitValues(uint64_t word) {
  return (word & Repeat(0x0F)) + ((word >> 6) & Repeat(0x01)) * 9;
}

// Two digits a byte, in the low half; the first one is the high digit of its byte.
uint32_t PackDigits(uint64_t values) {
  values = (values << 4 | values >> 8) & 0x00FF00FF00FF00FFu;
  values = (values | values >> 8) & 0x0000FFFF0000FFFFu;
  return static_cast<uint32_t>(values | values >> 16);
}

constexpr std::string_view kDigits = "0123456789abcdef";

// The two digits of each byte.
const std::array<std::array<char, 2>, 256>& DigitPairs() {
  static const auto kPairs = [] {
    std::array<std::array<char, 2>, 256> pairs{};
    for (size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kDigits[i >> 4], kDigits[i & 15]};
    return pairs;
  }();
  return kPairs;
}

bool IsDecimal(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDecimal(c) || (c >= 'a' && c <= 'f'); }

}  // namespace

class PackedTexts::Packer {
 public:
  explicit Packer(PackedTexts& out) : out_(out) {}

  void Pack(const TextColumnBuilder& texts) {
    const TextColumn column = texts.column();
    std::vector<int64_t> codes;
    std::vector<uint32_t> ends;
    codes.reserve(texts.size());
    ends.reserve(texts.size());
    // No text grows, but the last digits are written with some bytes to spare.
    bytes_ = std::make_unique_for_overwrite<char[]>(texts.num_bytes() + sizeof(uint32_t));
    for (size_t row = 0; row < texts.size(); ++row) {
      codes.push_back(Append(column[row]));
      ends.push_back(static_cast<uint32_t>(size_));
    }
    out_.codes_ = PackedIntegers(codes);
    out_.ends_ = PackedEnds(ends);
    out_.bytes_.assign(bytes_.get(), bytes_.get() + size_);
    out_.patterns_.shrink_to_fit();
  }

 private:
  // A pattern as words: a text fits if it has these bytes beside the holes, and digits in them.
  struct Words {
    std::vector<uint64_t> literals;
    std::vector<uint64_t> holes;  // All bits of the bytes in holes.
  };

  int64_t Append(std::string_view text) {
    for (size_t i = 0; i < recent_.size(); ++i) {
      const size_t number = recent_[i];
      if (!AppendByPattern(text, number)) continue;
      if (i > 0) std::rotate(recent_.begin(), recent_.begin() + i, recent_.begin() + i + 1);
      ++matches_;
      return static_cast<int64_t>(number) + 1;
    }
    if (misses_ <= kFreeMisses + matches_) {
      ++misses_;
      if (const auto number = FindPattern(text)) {
        Remember(*number);
        AppendByPattern(text, *number);
        return static_cast<int64_t>(*number) + 1;
      }
    }
    std::memcpy(bytes_.get() + size_, text.data(), text.size());
    size_ += text.size();
    return kVerbatim;
  }

  bool AppendByPattern(std::string_view text, size_t number) {
    const Pattern& pattern = out_.patterns_[number];
    if (text.size() != pattern.text.size()) return false;
    const Words& words = words_[number];
    char values[kMaxPatternBytes + sizeof(uint64_t)];
    const char* end = text.data() + text.size();
    for (size_t i = 0; i < words.literals.size(); ++i) {
      const char* at = text.data() + 8 * i;
      const auto left = static_cast<size_t>(end - at);
      const uint64_t word = left >= 8 ? Load(at) : LoadEnd(end, left, text.size());
      const uint64_t holes = words.holes[i];
      const uint64_t no_digits = ~HexDigits(word) & Repeat(0x80) & holes;
      if (((word & ~holes) ^ words.literals[i]) | (word & holes & Repeat(0x80)) | no_digits) {
        return false;
      }
      const uint64_t digits = DigitValues(word) & holes;
      std::memcpy(values + 8 * i, &digits, sizeof digits);
    }
    for (const Hole& hole : pattern.holes) {
      char* out = bytes_.get() + size_;
      for (size_t i = 0; i < hole.size; i += 8, out += sizeof(uint32_t)) {
        const uint32_t packed = PackDigits(Load(values + hole.begin + i));
        std::memcpy(out, &packed, sizeof packed);
      }
      size_ += (hole.size + 1u) / 2;
    }
    return true;
  }

  // The number of the pattern of a text, a new one if need be; nothing where it can have none.
  std::optional<size_t> FindPattern(std::string_view text) {
    if (text.size() > kMaxPatternBytes) return std::nullopt;
    Pattern pattern{std::string(text), {}};
    for (size_t begin = 0; begin < text.size(); ++begin) {
      if (static_cast<unsigned char>(text[begin]) >= 0x80) return std::nullopt;
      if (!IsHex(text[begin])) continue;
      size_t end = begin;
      while (end < text.size() && IsHex(text[end])) ++end;
      if (std::any_of(text.begin() + begin, text.begin() + end, IsDecimal)) {
        pattern.holes.push_back({static_cast<uint16_t>(begin), static_cast<uint16_t>(end - begin)});
        std::fill(pattern.text.begin() + begin, pattern.text.begin() + end, '0');
      }
      begin = end - 1;
    }
    // Digits are in holes only: the text tells where those are.
    const auto found = numbers_.find(pattern.text);
    if (found != numbers_.end()) return found->second;
    if (out_.patterns_.size() == kMaxPatterns) return std::nullopt;
    return Learn(std::move(pattern));
  }

  size_t Learn(Pattern pattern) {
    Words words;
    std::string literals = pattern.text;
    std::string holes(literals.size(), '\0');
    for (const Hole& hole : pattern.holes) {
      std::fill_n(literals.begin() + hole.begin, hole.size, '\0');
      std::fill_n(holes.begin() + hole.begin, hole.size, '\xFF');
    }
    literals.resize((literals.size() + 7) / 8 * 8);
    holes.resize(literals.size());
    for (size_t at = 0; at < literals.size(); at += 8) {
      words.literals.push_back(Load(literals.data() + at));
      words.holes.push_back(Load(holes.data() + at));
    }
    const size_t number = out_.patterns_.size();
    numbers_.emplace(pattern.text, number);
    out_.patterns_.push_back(std::move(pattern));
    words_.push_back(std::move(words));
    return number;
  }

  void Remember(size_t number) {
    if (recent_.size() == kMaxRecent) recent_.pop_back();
    recent_.insert(recent_.begin(), number);
  }

  PackedTexts& out_;
  std::vector<Words> words_;                         // By number of the pattern.
  std::unordered_map<std::string, size_t> numbers_;  // By the pattern's text.
  std::vector<size_t> recent_;                       // Numbers, the last one that fitted first.
  size_t matches_ = 0;
  size_t misses_ = 0;
  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
};

PackedTexts::PackedTexts(const TextColumnBuilder& texts) { Packer(*this).Pack(texts); }

void PackedTexts::AppendTo(size_t row, std::string& out) const {
  const int64_t code = codes_[row];
  const char* bytes = bytes_.data() + ends_.begin(row);
  if (code == kVerbatim) {
    out.append(bytes, bytes_.data() + ends_.end(row));
    return;
  }
  const Pattern& pattern = patterns_[static_cast<size_t>(code) - 1];
  const size_t start = out.size();
  out += pattern.text;
  const auto& pairs = DigitPairs();
  for (const Hole& hole : pattern.holes) {
    char* to = out.data() + start + hole.begin;
    for (size_t i = 0; i + 1 < hole.size; i += 2) {
      std::memcpy(to + i, pairs[static_cast<unsigned char>(*bytes++)].data(), 2);
    }
    if (hole.size % 2 == 1) to[hole.size - 1] = pairs[static_cast<unsigned char>(*bytes++)][0];
  }
}

}  // namespace deltaic::delta
