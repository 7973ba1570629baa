#include "base/text/json_text.h"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

namespace deltaic {
namespace {

TEST(JsonText, TakesValidTexts) {
  for (std::string_view text :
       {"{}", "[]", " { } ", "null", "true", "false", "0", "-0.5e+10", R"("a\"\\\u00e9\n")",
        R"({"a":1})", R"({"a":[1,{"b":null},[]],"c":{"d":{}}})", "[1 , 2\n,\t3]", "[[],[]]",
        "123456789012345678901234567890", "1e400", R"({"":""})"}) {
    EXPECT_TRUE(IsJsonText(text)) << text;
  }
}

TEST(JsonText, RefusesInvalidTexts) {
  for (std::string_view text : {"",
                                " ",
                                "{",
                                "}",
                                "[",
                                "]",
                                "{]",
                                "[}",
                                "[1,]",
                                "[,1]",
                                "[1 2]",
                                "{1:2}",
                                R"({"a"})",
                                R"({"a":})",
                                R"({"a":1,})",
                                R"({"a" 1})",
                                R"({"a":1 "b":2})",
                                "nul",
                                "truee",
                                "nullnull",
                                "01",
                                "-",
                                "1.",
                                ".5",
                                "1e",
                                "1e+",
                                "+1",
                                "0x10",
                                "NaN",
                                R"("a)",
                                R"("\x")",
                                R"("\u12g4")",
                                R"("\u12)",
                                "\"\n\"",
                                "{} {}",
                                "[1]]",
                                R"({"a":1}})",
                                "1,2"}) {
    EXPECT_FALSE(IsJsonText(text)) << text;
  }
}

TEST(JsonText, EveryCutOfATextIsRefused) {
  std::string text = R"({"a":[1.5e3,{"b":null,"c":"d\u00e9"},[true,false]],"e":{}})";
  ASSERT_TRUE(IsJsonText(text));
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(IsJsonText(std::string_view(text).substr(0, size))) << size;
  }
}

TEST(JsonText, DepthCostsNoStack) {
  constexpr size_t kDepth = 200'000;
  std::string text = std::string(kDepth, '[') + std::string(kDepth, ']');
  EXPECT_TRUE(IsJsonText(text));
  text.pop_back();
  EXPECT_FALSE(IsJsonText(text));
}

TEST(JsonText, Numbers) {
  for (std::string_view text : {"0", "-0", "10", "0.5", "1E5", "-1.25e-7"}) {
    EXPECT_TRUE(IsJsonNumber(text)) << text;
  }
  for (std::string_view text : {"", " 1", "1 ", "00", "1.e5", "--1", "1a", "true"}) {
    EXPECT_FALSE(IsJsonNumber(text)) << text;
  }
}

TEST(JsonInOneLine, TakesOutWhatIsBetweenTheParts) {
  EXPECT_EQ(JsonInOneLine("{\n \"a\": \"\\n\",\r\n \"b\": 1\n}"), R"({ "a": "\n", "b": 1})");
  EXPECT_EQ(JsonInOneLine("17"), "17");
}

}  // namespace
}  // namespace deltaic
