#include "columnar/packed_texts.h"

#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace deltaic {
namespace {

void ExpectSame(const std::vector<std::string>& texts) {
  TextColumnBuilder builder;
  for (const std::string& text : texts) builder.Append(text);
  const PackedTexts packed(builder);
  ASSERT_EQ(packed.size(), texts.size());
  for (size_t row = 0; row < texts.size(); ++row) EXPECT_EQ(packed[row], texts[row]) << row;
}

TEST(PackedTexts, TextsOfOnePatternComeBack) {
  std::vector<std::string> texts;
  for (uint64_t i = 0; i < 500; ++i) {
    texts.push_back(fmt::format("day=2024-01-{:02}/part-{:05}-{:08x}-{:04x}-{:012x}-c000.parquet",
                                i % 30, i, i * 0x9E3779B9 % 0xFFFFFFFF, i * 7919 % 0xFFFF,
                                i * 0x9E3779B97F % 0xFFFFFFFFFFFF));
  }
  ExpectSame(texts);
}

TEST(PackedTexts, TextsWithoutPatternComeBack) {
  ExpectSame({});
  ExpectSame({"", "", ""});
  ExpectSame({"", "a", "a1", "1", "A1",
              "\xC3\xA9"
              "1",
              std::string("\0"
                          "1",
                          2),
              "f", "f0", "0f"});
  ExpectSame({std::string(256, '7'), std::string(257, '7'), std::string(100'000, 'x')});
  // The same length and the same literals, but other bytes where digits are.
  ExpectSame({"ab-12", "ab-1g", "ab-1F", "ab-1/", "ab-1:", "ab-1`", "ab-1\xB1", "bb-12", "ab:12"});
}

TEST(PackedTexts, AnyBytesComeBack) {
  std::mt19937_64 random(11);
  const std::string alphabet = "0123456789abcdefgG-/.:`@\x7F\x80\xFF";
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> texts;
    const size_t letters = 1 + random() % alphabet.size();
    for (size_t row = 0; row < 100; ++row) {
      std::string text(random() % 24, '\0');
      for (char& c : text) c = alphabet[random() % letters];
      texts.push_back(random() % 3 == 0 && row > 0 ? texts[random() % row] : text);
    }
    ExpectSame(texts);
  }
}

TEST(PackedTexts, ManyPatternsComeBack) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < 1000; ++i) {
    texts.push_back(std::string(i % 300, 'x') + fmt::format("-{}", i));
  }
  ExpectSame(texts);
}

}  // namespace
}  // namespace deltaic
