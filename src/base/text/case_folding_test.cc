#include "base/text/case_folding.h"

#include <string>

#include <gtest/gtest.h>

namespace deltaic {
namespace {

TEST(FoldCase, MakesLettersSmall) {
  EXPECT_EQ(FoldCase("Azß_09[`{"), "azß_09[`{");
  EXPECT_EQ(FoldCase("ÉØÞ×÷"), "éøþ×÷");
  EXPECT_EQ(FoldCase("ĀāŁłŸŽ"), "āāłłÿž");
  EXPECT_EQ(FoldCase("ΆΩΣΫς"), "άωσϋς");
  EXPECT_EQ(FoldCase("ЁЯжҐ"), "ёяжґ");
  EXPECT_EQ(FoldCase("ԱⒷＺẼ"), "աⓑｚẽ");
  EXPECT_EQ(FoldCase("\U00010400\U0001f600水"), "\U00010428\U0001f600水");
}

TEST(FoldCase, LeavesWhatItHasMade) {
  std::string all;
  for (char32_t code = 0x80; code < 0x3000; ++code) {
    if (code < 0x800) {
      all += static_cast<char>(0xc0 | code >> 6);
    } else {
      all += static_cast<char>(0xe0 | code >> 12);
      all += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    }
    all += static_cast<char>(0x80 | (code & 0x3f));
  }
  const std::string folded = FoldCase(all);
  EXPECT_NE(folded, all);
  EXPECT_EQ(FoldCase(folded), folded);
}

TEST(FoldCase, LeavesBytesThatAreNoText) {
  for (const std::string text :
       {"\xc3", "\xe2\x82", "\xff\xfe", "\x80\x80", "\xc3(", "\xf0\x9f\x98"}) {
    EXPECT_EQ(FoldCase(text), text);
  }
}

}  // namespace
}  // namespace deltaic
