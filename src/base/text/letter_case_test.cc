#include "base/text/letter_case.h"

#include <gtest/gtest.h>

namespace deltaic {
namespace {

TEST(LetterCase, LowersLettersOfEveryScript) {
  EXPECT_EQ(LowerCase("aZ_9"), "az_9");
  EXPECT_EQ(LowerCase("ÄÖÜ ÉŸ"), "äöü éÿ");
  EXPECT_EQ(LowerCase("ΑΒΓ ЖЯ Ԁ"), "αβγ жя ԁ");
  EXPECT_EQ(LowerCase("\u0100\u0101\u0102"), "\u0101\u0101\u0103");  // Every second one.
  EXPECT_EQ(LowerCase("\u212A"), "k");                               // The sign of kelvin.
  EXPECT_EQ(LowerCase("\U00010400"), "\U00010428");
  EXPECT_EQ(LowerCase("\u0130"), "i\u0307");
}

TEST(LetterCase, LeavesWhatIsNoCapital) {
  for (const char* text : {"", "ß", "日本", "😀", "×", "\u0101"}) EXPECT_EQ(LowerCase(text), text);
}

TEST(LetterCase, KeepsBytesThatAreNoText) {
  for (const char* text : {"\xFF", "\xC3", "\xC3(", "\xE2\x84", "\xF8\x80\x80\x80", "\x84"}) {
    EXPECT_EQ(LowerCase(text), text);
  }
}

TEST(LetterCase, ComparesNames) {
  EXPECT_TRUE(IsSameName("Straße", "STRAßE"));
  EXPECT_TRUE(IsSameName("É", "é"));
  EXPECT_FALSE(IsSameName("E", "é"));
  EXPECT_FALSE(IsSameName("a", "ab"));
}

}  // namespace
}  // namespace deltaic
