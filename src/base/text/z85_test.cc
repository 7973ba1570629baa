#include "base/text/z85.h"

#include <string>

#include <gtest/gtest.h>

namespace deltaic {
namespace {

using std::string_literals::operator""s;

TEST(DecodeZ85, DecodesTheSampleOfItsSpecification) {
  EXPECT_EQ(DecodeZ85("HelloWorld"), "\x86\x4F\xD2\x6F\xB5\x59\xF7\x5B"s);
  EXPECT_EQ(DecodeZ85(""), ""s);
  EXPECT_EQ(DecodeZ85("00000"), "\0\0\0\0"s);
  EXPECT_EQ(DecodeZ85("%nSc0"), "\xFF\xFF\xFF\xFF"s);
}

TEST(DecodeZ85, RefusesWhatIsNone) {
  for (const char* text : {"0", "0000", "000000", "0000 ", "0000\"", "0000,", "0000\xFF", "%nSc1",
                           "$0000", "#000000000", "00000%nSc1"}) {
    EXPECT_EQ(DecodeZ85(text), std::nullopt) << text;
  }
  EXPECT_EQ(DecodeZ85("0000\0"s), std::nullopt);
}

TEST(DecodeZ85, TakesAPaddedLastGroup) {
  EXPECT_EQ(DecodeZ85("##093"), "\x03\x00"s);
  EXPECT_EQ(DecodeZ85("00000###30"), "\0\0\0\0\xFF"s);
  EXPECT_EQ(DecodeZ85("##0##"), "\x1c\x38"s);
  EXPECT_EQ(DecodeZ85("###31"), std::nullopt);  // 256 is no byte.
  EXPECT_EQ(DecodeZ85("####0"), std::nullopt);
  EXPECT_EQ(DecodeZ85("#####"), std::nullopt);
}

TEST(EncodeZ85, IsDecodedToTheSameBytes) {
  EXPECT_EQ(EncodeZ85("\x86\x4F\xD2\x6F\xB5\x59\xF7\x5B"s), "HelloWorld");
  EXPECT_EQ(EncodeZ85(""), "");
  EXPECT_EQ(EncodeZ85("\xFF\xFF\xFF\xFF"s), "%nSc0");
  std::string bytes;
  for (int i = 0; i < 260; ++i) {
    std::string padded = bytes;
    padded.resize((bytes.size() + 3) / 4 * 4, '\0');
    EXPECT_EQ(DecodeZ85(EncodeZ85(bytes)), padded);
    bytes += static_cast<char>(255 - i * 7);
  }
}

}  // namespace
}  // namespace deltaic
