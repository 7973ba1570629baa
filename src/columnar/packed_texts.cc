#include "columnar/packed_texts.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/byte_block.h"

namespace deltaic {
namespace {

// Longer texts have no pattern.
constexpr size_t kMaxPatternBytes = 256;
constexpr size_t kMaxPatterns = 255;
constexpr size_t kMaxRecent = 8;
// Texts that may be looked at closely in vain.
constexpr size_t kFreeMisses = 64;

uint64_t Load(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// The block of a text that begins at `at`; zeros follow a text that is shorter than a block.
ByteBlock LoadPart(std::string_view text, size_t at) {
  if (text.size() >= kBlockBytes) return LoadBlock(text.data() + at);
  char part[kBlockBytes] = {};
  for (size_t i = 0; i < text.size(); ++i) part[i] = text[i];
  return LoadBlock(part);
}

// Hexadecimal digits, two to a byte, in the low half; the first one is the high half of its byte.
uint32_t PackDigits(uint64_t digits) {
  uint64_t values = (digits & 0x0F0F0F0F0F0F0F0Fu) + ((digits >> 6) & 0x0101010101010101u) * 9;
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
    if (texts.size() > 0) end_ = column[0].data() + texts.num_bytes();
    static_assert(kMaxPatterns <= std::numeric_limits<uint8_t>::max());
    std::vector<uint8_t> codes;
    std::vector<uint32_t> ends;
    codes.reserve(texts.size());
    ends.reserve(texts.size());
    // No text grows, but the last digits are written with some bytes to spare.
    out_.bytes_.reset(Allocate(nullptr, texts.num_bytes() + sizeof(uint32_t)));
    bytes_ = out_.bytes_.get();
    for (size_t row = 0; row < texts.size(); ++row) {
      codes.push_back(static_cast<uint8_t>(Append(column[row])));
      ends.push_back(static_cast<uint32_t>(size_));
    }
    out_.codes_ = PackedIntegers::Of(codes.size(), [&codes](size_t i) { return codes[i]; });
    out_.ends_ = PackedEnds(ends);
    // In place: what was not needed was not touched.
    out_.bytes_.reset(Allocate(out_.bytes_.release(), std::max<size_t>(size_, 1)));
    out_.patterns_.shrink_to_fit();
  }

 private:
  // Sixteen bytes of a pattern: a text fits if it has the literals beside the holes, and digits in
  // them.
  struct PatternBlock {
    size_t at;
    ByteBlock literals;
    ByteBlock holes;  // All bits of the bytes in holes.
  };
  // Up to eight digits of a hole.
  struct Digits {
    uint64_t mask;  // All bits of their bytes in a word.
    uint16_t begin;
    uint16_t size;
  };
  struct LearnedPattern {
    size_t size;
    std::vector<PatternBlock> blocks;
    std::vector<Digits> digits;
  };

  // Memory of that size with what `bytes` has, which is given back.
  static char* Allocate(char* bytes, size_t size) {
    void* const allocated = std::realloc(bytes, size);
    if (allocated != nullptr) return static_cast<char*>(allocated);
    std::free(bytes);
    throw std::bad_alloc();
  }

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
    std::memcpy(bytes_ + size_, text.data(), text.size());
    size_ += text.size();
    return kVerbatim;
  }

  bool AppendByPattern(std::string_view text, size_t number) {
    const LearnedPattern& learned = learned_[number];
    if (text.size() != learned.size) return false;
    ByteBlock wrong = {};
    for (const PatternBlock& expected : learned.blocks) {
      const ByteBlock block = LoadPart(text, expected.at);
      const ByteBlock holes = expected.holes;
      const ByteBlock decimal = block - '0';
      const ByteBlock letter = block - 'a';
      const auto is_digit = (decimal <= 9) | (letter <= 5);
      wrong |=
          ((block ^ expected.literals) & ~holes) | (holes & ~std::bit_cast<ByteBlock>(is_digit));
    }
    if (AnyByte(wrong)) return false;
    char* out = bytes_ + size_;
    // All words of digits can be read as a whole, but those at the very end of the texts.
    const bool are_whole =
        static_cast<size_t>(end_ - text.data()) >= text.size() + sizeof(uint64_t);
    for (const Digits& digits : learned.digits) {
      uint64_t word = 0;
      if (are_whole) {
        word = Load(text.data() + digits.begin) & digits.mask;
      } else {
        std::memcpy(&word, text.data() + digits.begin, digits.size);
      }
      const uint32_t packed = PackDigits(word);
      std::memcpy(out, &packed, sizeof packed);
      out += (digits.size + 1u) / 2;
    }
    size_ = static_cast<size_t>(out - bytes_);
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
    std::string holes(pattern.text.size(), '\0');
    for (const Hole& hole : pattern.holes)
      std::fill_n(holes.begin() + hole.begin, hole.size, '\xFF');
    LearnedPattern learned{pattern.text.size(), {}, {}};
    for (size_t at = 0; at < holes.size(); at += kBlockBytes) {
      // The last one overlaps the one before.
      if (holes.size() > kBlockBytes) at = std::min(at, holes.size() - kBlockBytes);
      learned.blocks.push_back({at, LoadPart(pattern.text, at), LoadPart(holes, at)});
    }
    for (const Hole& hole : pattern.holes) {
      for (size_t i = 0; i < hole.size; i += sizeof(uint64_t)) {
        const size_t size = std::min<size_t>(hole.size - i, sizeof(uint64_t));
        learned.digits.push_back({~uint64_t{0} >> (64 - 8 * size),
                                  static_cast<uint16_t>(hole.begin + i),
                                  static_cast<uint16_t>(size)});
      }
    }
    const size_t number = out_.patterns_.size();
    numbers_.emplace(pattern.text, number);
    out_.patterns_.push_back(std::move(pattern));
    learned_.push_back(std::move(learned));
    return number;
  }

  void Remember(size_t number) {
    if (recent_.size() == kMaxRecent) recent_.pop_back();
    recent_.insert(recent_.begin(), number);
  }

  PackedTexts& out_;
  const char* end_ = nullptr;                        // Of the texts, which lie back to back.
  std::vector<LearnedPattern> learned_;              // By number of the pattern.
  std::unordered_map<std::string, size_t> numbers_;  // By the pattern's text.
  std::vector<size_t> recent_;                       // Numbers, the last one that fitted first.
  size_t matches_ = 0;
  size_t misses_ = 0;
  char* bytes_ = nullptr;
  size_t size_ = 0;
};

PackedTexts::PackedTexts(const TextColumnBuilder& texts) { Packer(*this).Pack(texts); }

void PackedTexts::AppendTo(size_t row, std::string& out) const {
  const int64_t code = codes_[row];
  const char* bytes = bytes_.get() + ends_.begin(row);
  if (code == kVerbatim) {
    out.append(bytes, ends_.end(row) - ends_.begin(row));
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

}  // namespace deltaic
