#include "datafusion/option_value.h"

#include <string>

#include <gtest/gtest.h>

namespace deltaic::datafusion {
namespace {

TEST(OptionValue, DurationsAreNumbersWithUnits) {
  constexpr uint64_t kSecond = 1'000'000'000;
  for (const auto& [text, nanoseconds] : {
           std::pair<std::string_view, uint64_t>{"0", 0},
           {"0s", 0},
           {"30s", 30 * kSecond},
           {" 30 s ", 30 * kSecond},
           {"1.5s", kSecond + kSecond / 2},
           {"500ms", kSecond / 2},
           {"7us", 7'000},
           {"9ns", 9},
           {"1 minute", 60 * kSecond},
           {"1minute30s", 90 * kSecond},
           {"1h 2m 3s", 3'723 * kSecond},
           {"1M", 2'630'016 * kSecond},
           {"99years", kSecond * 99 * 31'557'600},
       }) {
    EXPECT_EQ(ParseDuration(text), nanoseconds) << text;
  }
}

TEST(OptionValue, OtherTextsAreNoDurations) {
  for (const char* text :
       {"", " ", "30", "s", "abc", "30 apples", "30s x", "-1s", "1,5s", "1.2.3s", "1..s", "inf",
        "nan s", "1e3s", "101years", "99999999999999999999s", "0x10s", "30S"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

TEST(OptionValue, HasOneSpelling) {
  using enum OptionType;
  for (const char* text : {"1", "true", "ON", "Yes", "y"}) {
    EXPECT_EQ(ReadOptionValue(kBoolean, text), "true") << text;
  }
  for (const char* text : {"0", "FALSE", "off", "no", "N"}) {
    EXPECT_EQ(ReadOptionValue(kBoolean, text), "false") << text;
  }
  EXPECT_EQ(ReadOptionValue(kCount, "007"), "7");
  EXPECT_EQ(ReadOptionValue(kFactor, "2.50"), "2.5");
  EXPECT_EQ(ReadOptionValue(kDuration, "2s"), "2000000000ns");
  EXPECT_EQ(ReadOptionValue(kAddressing, "virtual"), "true");
  EXPECT_EQ(ReadOptionValue(kAddressing, "path"), "false");
  EXPECT_EQ(ReadOptionValue(kDurability, "none"), "none");
  EXPECT_EQ(ReadOptionValue(kUrl, "http://h:1/x"), "http://h:1/x");
  EXPECT_EQ(ReadOptionValue(kText, "a\nb"), "a\nb");
  EXPECT_EQ(ReadOptionValue(kLine, "a b/+="), "a b/+=");
}

TEST(OptionValue, IsNoneWhereItDoesNotFit) {
  using enum OptionType;
  for (const auto& [type, text] : {
           std::pair<OptionType, std::string_view>{kBoolean, ""},
           {kBoolean, "maybe"},
           {kCount, "-1"},
           {kCount, "1.5"},
           {kCount, "4294967296"},
           {kCount, ""},
           {kLimit, "0"},
           {kFactor, "1"},
           {kFactor, "nan"},
           {kFactor, "inf"},
           {kFactor, "x"},
           {kUrl, "localhost:9000"},
           {kUrl, "ftp://h"},
           {kUrl, "http://a b"},
           {kUrl, "http://a\n"},
           {kLine, "secret\n"},
           {kLine, "s\u00e9cret"},
           {kAddressing, "auto"},
           {kDurability, "perhaps"},
       }) {
    EXPECT_EQ(ReadOptionValue(type, text), std::nullopt) << text;
    EXPECT_FALSE(FormOf(type).empty());
  }
}

}  // namespace
}  // namespace deltaic::datafusion
