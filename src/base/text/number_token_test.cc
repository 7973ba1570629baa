#include "base/text/number_token.h"

#include <gtest/gtest.h>

namespace deltaic {
namespace {

std::string BackAgain(std::string_view token) {
  std::string text;
  AppendNumber(PackNumber(token), text);
  return text;
}

TEST(NumberToken, ComesBackAsItWas) {
  for (const char* token :
       {"0", "7", "-7", "0.0", "0.5", "-0.5", "12.50", "-93750062.125", "99999999999999999",
        "-99999999999999999", "0.0000000000000001", "-0.9999999999999999", "1234567890123456.7"}) {
    EXPECT_NE(PackNumber(token), kNotPacked) << token;
    EXPECT_EQ(BackAgain(token), token);
  }
}

TEST(NumberToken, LeavesWhatWouldNotComeBack) {
  for (const char* token : {"-0", "-0.0", "1e5", "1.5E-3", "123456789012345678",
                            "0.00000000000000001", "123456789.0123456789"}) {
    EXPECT_EQ(PackNumber(token), kNotPacked) << token;
  }
}

TEST(NumberToken, MatchesWhatJsonCallsANumber) {
  for (const std::string token : {"1", "1.5", "-1.5e+10", "2E7", "0"}) {
    int64_t packed;
    const std::string text = token + ",";
    EXPECT_EQ(MatchNumber(text.data(), text.data() + text.size(), packed),
              text.data() + token.size());
  }
  for (const std::string text : {"", "-", "01", ".5", "1.", "1.e5", "1e", "1e+", "x"}) {
    int64_t packed;
    EXPECT_EQ(MatchNumber(text.data(), text.data() + text.size(), packed), nullptr) << text;
  }
}

}  // namespace
}  // namespace deltaic
