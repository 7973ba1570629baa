#include "base/text/decimal_text.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace deltaic {
namespace {

std::string ToText(Int128 value) {
  if (value == 0) return "0";
  std::string text;
  for (Int128 rest = value < 0 ? -value : value; rest > 0; rest /= 10) {
    text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  }
  return value < 0 ? "-" + text : text;
}

// The unscaled value, or "none".
std::string Unscaled(std::string_view text, int precision, int scale) {
  auto number = ParseDecimal(text);
  if (!number) return "none";
  auto value = ToUnscaled(*number, precision, scale);
  return value ? ToText(*value) : "none";
}

TEST(DecimalText, MadeOfACoefficient) {
  const auto made = [](Int128 coefficient, int64_t exponent) {
    const auto number = MakeDecimal(coefficient, exponent);
    return number && ToUnscaled(*number, 38, 2) == ToUnscaled(*ParseDecimal("-1.5"), 38, 2);
  };
  EXPECT_TRUE(made(-15, -1));
  EXPECT_TRUE(made(-1500, -3));
  EXPECT_FALSE(made(15, -1));
  EXPECT_EQ(MakeDecimal(0, 7)->num_digits, 0);
  EXPECT_EQ(MakeDecimal(-1200, 0)->num_digits, 2);
  EXPECT_EQ(MakeDecimal(-1200, 0)->exponent, 2);
  // 2^127 - 1 has 39 digits.
  EXPECT_FALSE(MakeDecimal(((Int128{1} << 126) - 1) * 2 + 1, 0));
}

TEST(DecimalText, Spellings) {
  EXPECT_EQ(Unscaled("0", 1, 0), "0");
  EXPECT_EQ(Unscaled("-0.00", 1, 0), "0");
  EXPECT_EQ(Unscaled("1.5", 5, 2), "150");
  EXPECT_EQ(Unscaled("-1.50", 5, 2), "-150");
  EXPECT_EQ(Unscaled("+007", 5, 2), "700");
  EXPECT_EQ(Unscaled("1E+2", 5, 2), "10000");
  EXPECT_EQ(Unscaled("12e-1", 5, 2), "120");
  EXPECT_EQ(Unscaled("0E-10", 5, 2), "0");
  EXPECT_EQ(Unscaled("0e99999999999999999999", 5, 2), "0");
  EXPECT_EQ(Unscaled("3.1661E-8", 20, 18), "31661000000");
  EXPECT_EQ(Unscaled(".5", 5, 2), "50");
  EXPECT_EQ(Unscaled("5.", 5, 2), "500");
}

TEST(DecimalText, WhatIsNoNumber) {
  for (std::string_view text : {"", "-", "+", ".", "-.", "e5", "1e", "1e+", "1e5.0", "1.2.3", "--1",
                                "1 ", " 1", "1,5", "0x1", "NaN", "Infinity", "1e5e5", "1_0"}) {
    EXPECT_FALSE(ParseDecimal(text)) << text;
  }
}

TEST(DecimalText, WhatDoesNotFit) {
  EXPECT_EQ(Unscaled("1.55", 5, 1), "none");
  EXPECT_EQ(Unscaled("1.50", 5, 1), "15");
  EXPECT_EQ(Unscaled("1000", 5, 2), "none");
  EXPECT_EQ(Unscaled("999.99", 5, 2), "99999");
  EXPECT_EQ(Unscaled("1e3", 5, 2), "none");
  EXPECT_EQ(Unscaled("1e999999999999999999999", 38, 0), "none");
  EXPECT_EQ(Unscaled("1e-999999999999999999999", 38, 38), "none");
  EXPECT_EQ(Unscaled(std::string(38, '9'), 38, 0), std::string(38, '9'));
  EXPECT_EQ(Unscaled("-" + std::string(38, '9'), 38, 0), "-" + std::string(38, '9'));
  EXPECT_EQ(Unscaled(std::string(39, '9'), 38, 0), "none");
  EXPECT_EQ(Unscaled("0." + std::string(37, '0') + "1", 38, 38), "1");
  EXPECT_EQ(Unscaled("0." + std::string(38, '0') + "1", 38, 38), "none");
}

TEST(DecimalText, LongTextsOfZeros) {
  std::string zeros(1'000'000, '0');
  EXPECT_EQ(Unscaled(zeros + "7." + zeros, 5, 2), "700");
  EXPECT_EQ(Unscaled("7" + zeros + "e-1000000", 5, 2), "700");
  EXPECT_EQ(Unscaled("7" + zeros, 38, 0), "none");
  EXPECT_EQ(Unscaled("0." + zeros + "7", 38, 38), "none");
}

TEST(DecimalText, EveryValueSurvivesItsText) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20'000; ++round) {
    int precision = 1 + static_cast<int>(random() % 38);
    int scale = static_cast<int>(random() % (precision + 1));
    int digits = 1 + static_cast<int>(random() % precision);
    Int128 value = 0;
    for (int i = 0; i < digits; ++i) value = value * 10 + static_cast<int>(random() % 10);
    if (random() % 2 == 0) value = -value;
    std::string magnitude = ToText(value < 0 ? -value : value);
    if (magnitude.size() <= static_cast<size_t>(scale)) {
      magnitude.insert(0, scale + 1 - magnitude.size(), '0');
    }
    std::string text = (value < 0 ? "-" : "") + magnitude.substr(0, magnitude.size() - scale);
    if (scale > 0) text += "." + magnitude.substr(magnitude.size() - scale);
    ASSERT_EQ(Unscaled(text, precision, scale), ToText(value)) << text;
    std::string exponent_form = ToText(value) + "E-" + std::to_string(scale);
    ASSERT_EQ(Unscaled(exponent_form, precision, scale), ToText(value)) << exponent_form;
  }
}

TEST(FormatDecimal, HasTheDigitsOfItsScale) {
  EXPECT_EQ(FormatDecimal(0, 0), "0");
  EXPECT_EQ(FormatDecimal(0, 2), "0.00");
  EXPECT_EQ(FormatDecimal(-1, 2), "-0.01");
  EXPECT_EQ(FormatDecimal(150, 2), "1.50");
  EXPECT_EQ(FormatDecimal(-12345, 5), "-0.12345");
  EXPECT_EQ(FormatDecimal(7, 0), "7");
}

TEST(FormatDecimal, IsReadAsTheSameNumber) {
  Int128 value = 1;
  for (int digits = 1; digits <= 38; ++digits, value = value * 10 + digits % 10) {
    for (int scale = 0; scale <= digits; ++scale) {
      for (const Int128 unscaled : {value, -value}) {
        const auto number = ParseDecimal(FormatDecimal(unscaled, scale));
        ASSERT_TRUE(number);
        EXPECT_TRUE(ToUnscaled(*number, 38, scale) == unscaled) << digits << " " << scale;
      }
    }
  }
}

}  // namespace
}  // namespace deltaic
