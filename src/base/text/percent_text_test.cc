#include "base/text/percent_text.h"

#include <gtest/gtest.h>

namespace deltaic {
namespace {

TEST(PercentDecode, ReadsEscapesAndLeavesTheRest) {
  EXPECT_EQ(PercentDecode("a%2Fb%2f%c3%A9"), "a/b/é");
  EXPECT_EQ(PercentDecode("100%, %4, %zz, %+1, +"), "100%, %4, %zz, %+1, +");
  EXPECT_EQ(PercentDecode("%00%"), std::string("\0%", 2));
}

TEST(FormEncode, EscapesAllButItsOwnCharacters) {
  EXPECT_EQ(FormEncode("a*B-1._ /é~"), "a*B-1._+%2F%C3%A9%7E");
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  const std::string encoded = FormEncode(bytes);
  EXPECT_EQ(encoded.find_first_not_of("*-._+%0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "abcdefghijklmnopqrstuvwxyz"),
            std::string::npos);
  EXPECT_EQ(FormNames(encoded), std::vector<std::string>{bytes});
}

TEST(FormNames, AreThoseOfThePairs) {
  EXPECT_EQ(FormNames("a+b=c&%26x&&=y"), (std::vector<std::string>{"a b", "&x", ""}));
  EXPECT_TRUE(FormNames("").empty());
}

}  // namespace
}  // namespace deltaic
