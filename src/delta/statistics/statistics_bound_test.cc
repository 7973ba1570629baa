#include "delta/statistics/statistics_bound.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

DataType Of(TypeKind kind) { return DataType::Primitive(kind); }

// The text of a bound lasts until the next call.
Bound Parse(const DataType& type, BoundSide side, const StatisticsScalar& scalar) {
  static std::string text;
  return ParseBound(type, side, scalar, text);
}

Bound Number(const DataType& type, std::string_view token, BoundSide side = BoundSide::kMin) {
  return Parse(type, side, {.is_string = false, .text = token});
}

Bound Text(const DataType& type, std::string_view text, BoundSide side = BoundSide::kMin) {
  return Parse(type, side, {.is_string = true, .text = text});
}

std::string TextOf(std::string_view text, BoundSide side) {
  return std::string(Text(Of(TypeKind::kString), text, side).text);
}

TEST(StatisticsBound, IntegersInAnySpelling) {
  for (std::string_view token : {"1000", "1000.0", "1e3", "1E+3", "10000e-1", "1000.000"}) {
    for (TypeKind kind : {TypeKind::kLong, TypeKind::kInteger, TypeKind::kShort}) {
      Bound bound = Number(Of(kind), token);
      EXPECT_TRUE(bound.is_known && bound.is_certain) << token;
      EXPECT_EQ(bound.integer, 1000);
    }
    EXPECT_FALSE(Number(Of(TypeKind::kByte), token).is_known);
  }
  for (std::string_view token : {"1.5", "1e-1", "-", "01", "1x", "", "nan", "1e400",
                                 "9223372036854775808", "-9223372036854775809"}) {
    EXPECT_FALSE(Number(Of(TypeKind::kLong), token).is_known) << token;
  }
  EXPECT_FALSE(Text(Of(TypeKind::kLong), "5").is_known);
}

TEST(StatisticsBound, IntegersKeepTheirRange) {
  EXPECT_EQ(Number(Of(TypeKind::kLong), "9223372036854775807").integer, INT64_MAX);
  EXPECT_EQ(Number(Of(TypeKind::kLong), "-9223372036854775808").integer, INT64_MIN);
  EXPECT_TRUE(Number(Of(TypeKind::kByte), "-128").is_known);
  EXPECT_FALSE(Number(Of(TypeKind::kByte), "-129").is_known);
  EXPECT_TRUE(Number(Of(TypeKind::kShort), "32767").is_known);
  EXPECT_FALSE(Number(Of(TypeKind::kShort), "32768").is_known);
  EXPECT_FALSE(Number(Of(TypeKind::kInteger), "2147483648").is_known);
  // A double would have rounded these.
  EXPECT_TRUE(Number(Of(TypeKind::kLong), "9007199254740991.0").is_known);
  EXPECT_FALSE(Number(Of(TypeKind::kLong), "9007199254740992.0").is_known);
  EXPECT_FALSE(Number(Of(TypeKind::kLong), "9.007199254740993E15").is_known);
  EXPECT_TRUE(Number(Of(TypeKind::kLong), "9007199254740993").is_known);
}

TEST(StatisticsBound, FloatsAreNeverCertain) {
  for (TypeKind kind : {TypeKind::kFloat, TypeKind::kDouble}) {
    DataType type = Of(kind);
    Bound bound = Number(type, "1.5");
    EXPECT_TRUE(bound.is_known);
    EXPECT_FALSE(bound.is_certain);
    EXPECT_EQ(bound.floating, 1.5);
    EXPECT_EQ(Text(type, "Infinity").floating, std::numeric_limits<double>::infinity());
    EXPECT_EQ(Text(type, "-Infinity").floating, -std::numeric_limits<double>::infinity());
    EXPECT_TRUE(Text(type, "NaN").is_nan);
    for (std::string_view text : {"NaN", "1.5", "inf", ""}) {
      EXPECT_FALSE(Text(type, text).is_known) << text;
    }
    for (std::string_view token : {"1e999", "nan", "inf", "0x1p1", "1.", "NaN"}) {
      EXPECT_FALSE(Number(type, token).is_known) << token;
    }
  }
  EXPECT_EQ(Number(Of(TypeKind::kFloat), "0.1").floating, 0.1f);
  EXPECT_EQ(Number(Of(TypeKind::kDouble), "0.1").floating, 0.1);
  EXPECT_FALSE(Number(Of(TypeKind::kFloat), "1e39").is_known);
}

TEST(StatisticsBound, ZerosCoverBothZeros) {
  for (TypeKind kind : {TypeKind::kFloat, TypeKind::kDouble}) {
    for (std::string_view token : {"0", "-0", "0.0", "-0.0"}) {
      EXPECT_TRUE(std::signbit(Number(Of(kind), token, BoundSide::kMin).floating)) << token;
      EXPECT_FALSE(std::signbit(Number(Of(kind), token, BoundSide::kMax).floating)) << token;
    }
  }
}

TEST(StatisticsBound, DecimalsKeepTheirDigits) {
  DataType type = DataType::Decimal(20, 2);
  for (std::string_view token : {"12.5", "12.50", "1.25E+1", "1250e-2"}) {
    Bound bound = Number(type, token);
    EXPECT_TRUE(bound.is_known && bound.is_certain) << token;
    EXPECT_TRUE(bound.decimal == 1250) << token;
    EXPECT_TRUE(Text(type, token).decimal == 1250) << token;
  }
  for (std::string_view token : {"12.505", "1e18", "NaN", "x", ""}) {
    EXPECT_FALSE(Number(type, token).is_known) << token;
    EXPECT_FALSE(Text(type, token).is_known) << token;
  }
}

// What is out of the range of integers becomes the limit.
int64_t AsInteger(double value) {
  constexpr double kLimit = 9223372036854775808.0;
  if (value >= kLimit) return std::numeric_limits<int64_t>::max();
  if (value < -kLimit) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

// A writer that takes decimals through a double must not make us skip.
TEST(StatisticsBound, DecimalsThatADoubleMayHaveRoundedAreWidened) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 20'000; ++round) {
    int precision = 1 + static_cast<int>(random() % 38);
    int scale = static_cast<int>(random() % (precision + 1));
    int digits = 1 + static_cast<int>(random() % precision);
    Int128 value = 0;
    for (int i = 0; i < digits; ++i) value = value * 10 + static_cast<int>(random() % 10);
    if (random() % 2 == 0) value = -value;
    const double rounded = static_cast<double>(value) / std::pow(10.0, scale);
    DataType type = DataType::Decimal(precision, scale);
    std::vector<std::string> tokens = {fmt::format("{}", rounded)};
    if (scale == 0) tokens.push_back(fmt::to_string(AsInteger(rounded)));
    for (const std::string& token : tokens) {
      for (const bool is_string : {false, true}) {
        Bound min = Parse(type, BoundSide::kMin, {is_string, token});
        Bound max = Parse(type, BoundSide::kMax, {is_string, token});
        ASSERT_EQ(min.is_known, max.is_known);
        if (!min.is_known) continue;
        ASSERT_TRUE(min.decimal <= value) << token << " " << type.name();
        ASSERT_TRUE(max.decimal >= value) << token << " " << type.name();
        if (min.is_certain) {
          ASSERT_TRUE(min.decimal == value && max.decimal == value) << token << " " << type.name();
        }
      }
    }
  }
}

// All digits are there, but the writer has rounded them.
TEST(StatisticsBound, LargeDecimalsAreWidenedHoweverManyDigitsTheyHave) {
  for (std::string_view token : {"1212092628029698048", "1125899906842624"}) {
    for (const bool is_string : {false, true}) {
      DataType type = DataType::Decimal(20, 0);
      Bound min = Parse(type, BoundSide::kMin, {is_string, token});
      Bound max = Parse(type, BoundSide::kMax, {is_string, token});
      EXPECT_TRUE(min.is_known && max.is_known);
      EXPECT_FALSE(min.is_certain || max.is_certain);
      EXPECT_TRUE(min.decimal < max.decimal);
    }
  }
  EXPECT_TRUE(Number(DataType::Decimal(20, 0), "1212092628029698048").decimal <
              Int128{1'212'092'628'029'698'043});
  EXPECT_FALSE(Number(DataType::Decimal(20, 2), "123456789012345678.91").is_certain);
  EXPECT_FALSE(DecimalBound(DataType::Decimal(20, 2), BoundSide::kMin,
                            *ParseDecimal("123456789012345678.91"))
                   .is_certain);
  // Such a number comes back from a double as it was.
  EXPECT_TRUE(Number(DataType::Decimal(20, 0), "1125899906842623").is_certain);
  EXPECT_TRUE(Number(DataType::Decimal(20, 2), "11258999068426.23").is_certain);
}

// Conversions to an integer end there.
TEST(StatisticsBound, DecimalsAtTheLimitsOfIntegersAreNoBounds) {
  for (std::string_view token :
       {"9223372036854775807", "-9223372036854775807", "-9223372036854775808"}) {
    for (const DataType& type :
         {DataType::Decimal(20, 0), DataType::Decimal(38, 0), DataType::Decimal(38, 6)}) {
      for (BoundSide side : {BoundSide::kMin, BoundSide::kMax}) {
        EXPECT_FALSE(Number(type, token, side).is_known) << token;
        EXPECT_FALSE(Text(type, token, side).is_known) << token;
        EXPECT_FALSE(DecimalBound(type, side, *ParseDecimal(token)).is_known) << token;
      }
      EXPECT_TRUE(Number(type, token, BoundSide::kAsWritten).is_known) << token;
    }
  }
  EXPECT_FALSE(Number(DataType::Decimal(38, 2), "92233720368547758.07").is_known);
  EXPECT_TRUE(Number(DataType::Decimal(38, 0), "9223372036854775806").is_known);
}

TEST(StatisticsBound, WidenedDecimalsStayInTheirType) {
  DataType type = DataType::Decimal(38, 0);
  Int128 limit = 1;
  for (int i = 0; i < 38; ++i) limit *= 10;
  std::string token = "9" + std::string(16, '9') + "e21";
  Bound max = Number(type, token, BoundSide::kMax);
  EXPECT_TRUE(max.is_known && !max.is_certain);
  EXPECT_TRUE(max.decimal == limit - 1);
  EXPECT_TRUE(Number(type, "-" + token, BoundSide::kMin).decimal == 1 - limit);
}

TEST(StatisticsBound, Dates) {
  Bound bound = Text(Of(TypeKind::kDate), "1970-01-02");
  EXPECT_TRUE(bound.is_known && bound.is_certain);
  EXPECT_EQ(bound.integer, 1);
  for (std::string_view text : {"0000-00-00", "2021-02-30", "", "2021-01-01T00:00:00Z"}) {
    EXPECT_FALSE(Text(Of(TypeKind::kDate), text).is_known) << text;
  }
  EXPECT_FALSE(Number(Of(TypeKind::kDate), "1").is_known);
}

TEST(StatisticsBound, TimestampsWereCutToMilliseconds) {
  for (TypeKind kind : {TypeKind::kTimestamp, TypeKind::kTimestampNtz}) {
    Bound min = Text(Of(kind), "1970-01-01T00:00:00.123", BoundSide::kMin);
    Bound max = Text(Of(kind), "1970-01-01T00:00:00.123", BoundSide::kMax);
    EXPECT_TRUE(min.is_known && max.is_known);
    EXPECT_FALSE(min.is_certain || max.is_certain);
    EXPECT_EQ(min.integer, 123'000);
    EXPECT_EQ(max.integer, 123'999);
    EXPECT_FALSE(Text(Of(kind), "294247-01-10T04:00:54.775", BoundSide::kMax).is_known);
    EXPECT_FALSE(Number(Of(kind), "123").is_known);
    // Downwards or towards zero.
    EXPECT_EQ(Text(Of(kind), "1969-12-31T23:59:59.123").integer, -877'999);
    EXPECT_EQ(Text(Of(kind), "1969-12-31T23:59:59.123", BoundSide::kMax).integer, -876'001);
  }
  EXPECT_FALSE(Text(Of(TypeKind::kTimestampNtz), "1970-01-01T01:00:00.000+01:00").is_known);
}

TEST(StatisticsBound, NanosecondsWereCutToMilliseconds) {
  for (TypeKind kind : {TypeKind::kTimestampNanos, TypeKind::kTimestampNanosNtz}) {
    const DataType type = Of(kind);
    for (std::string_view text : {"1970-01-01T00:00:00.123", "1970-01-01 00:00:00.123456789"}) {
      const int64_t nanos = text.size() > 23 ? 123'456'789 : 123'000'000;
      Bound min = Text(type, text, BoundSide::kMin);
      Bound max = Text(type, text, BoundSide::kMax);
      EXPECT_TRUE(min.is_known && max.is_known);
      EXPECT_FALSE(min.is_certain || max.is_certain);
      EXPECT_EQ(min.integer, nanos);
      EXPECT_EQ(max.integer, nanos + 999'999);
      EXPECT_EQ(Text(type, text, BoundSide::kAsWritten).integer, nanos);
    }
    EXPECT_FALSE(Number(type, "123").is_known);
    EXPECT_FALSE(Text(type, "1970-01-01 00:00:00.1234567890").is_known);
    // The least value, cut: below all that the type holds.
    constexpr std::string_view kBelow = "1677-09-21T00:12:43.145";
    EXPECT_EQ(Text(type, kBelow, BoundSide::kMin).integer, INT64_MIN);
    EXPECT_EQ(Text(type, kBelow, BoundSide::kMax).integer, INT64_MIN + 775'807);
    EXPECT_FALSE(Text(type, kBelow, BoundSide::kAsWritten).is_known);
    EXPECT_EQ(Text(type, "0001-01-01", BoundSide::kMin).integer, INT64_MIN);
    EXPECT_FALSE(Text(type, "0001-01-01", BoundSide::kMax).is_known);
    constexpr std::string_view kLast = "2262-04-11T23:47:16.854";
    EXPECT_EQ(Text(type, kLast, BoundSide::kMin).integer, INT64_MAX - 775'807);
    EXPECT_EQ(Text(type, kLast, BoundSide::kMax).integer, INT64_MAX);
    EXPECT_EQ(Text(type, "9999-12-31", BoundSide::kMax).integer, INT64_MAX);
    EXPECT_FALSE(Text(type, "9999-12-31", BoundSide::kMin).is_known);
  }
  const DataType instant = Of(TypeKind::kTimestampNanos);
  // Cut towards zero.
  EXPECT_EQ(Text(instant, "1969-12-31T23:59:59.999Z", BoundSide::kMin).integer, -1'999'999);
  EXPECT_EQ(Text(instant, "1969-12-31T23:59:59.999Z", BoundSide::kMax).integer, -1);
  // Of an offset that was cut to minutes.
  constexpr std::string_view kOffset = "1970-01-01T01:00:00.000+01:00";
  EXPECT_EQ(Text(instant, kOffset, BoundSide::kAsWritten).integer, 0);
  EXPECT_EQ(Text(instant, kOffset, BoundSide::kMin).integer, -59'000'000'000);
  EXPECT_EQ(Text(instant, kOffset, BoundSide::kMax).integer, 59'000'999'999);
  EXPECT_FALSE(Text(Of(TypeKind::kTimestampNanosNtz), "1970-01-01T01:00:00.000+01:00").is_known);
}

TEST(StatisticsBound, TypedTimestampsGetTheUnitOfTheColumn) {
  constexpr BoundSide kSide = BoundSide::kAsWritten;
  for (TypeKind kind : {TypeKind::kTimestampNanos, TypeKind::kTimestampNanosNtz}) {
    EXPECT_EQ(TimestampNanosBound(Of(kind), kSide, -123'456'789).integer, -123'456'789);
    EXPECT_EQ(TimestampNanosBound(Of(kind), BoundSide::kMax, -1).integer, 999'998);
    EXPECT_EQ(TimestampBound(Of(kind), kSide, -7).integer, -7'000);
    EXPECT_FALSE(TimestampBound(Of(kind), kSide, INT64_MAX).is_known);
    EXPECT_EQ(TimestampBound(Of(kind), BoundSide::kMax, INT64_MAX).integer, INT64_MAX);
    EXPECT_EQ(InstantBound(kind, kSide, -7).integer, -7'000'000);
    // Such a change of a type is none of the protocol's.
    EXPECT_FALSE(DateBound(Of(kind), kSide, 1).is_known);
  }
  for (TypeKind kind : {TypeKind::kTimestamp, TypeKind::kTimestampNtz}) {
    EXPECT_EQ(TimestampNanosBound(Of(kind), kSide, -1).integer, -1);
    EXPECT_EQ(TimestampNanosBound(Of(kind), kSide, 1'999).integer, 1);
  }
  EXPECT_EQ(TimestampNanosBound(Of(TypeKind::kTimestampNtz), BoundSide::kMax, 1'999).integer,
            1'000);
  EXPECT_FALSE(TimestampNanosBound(Of(TypeKind::kLong), kSide, 1).is_known);
}

// A mean local time of +01:12:12, say, is then one of +01:12.
TEST(StatisticsBound, OffsetsWereCutToMinutes) {
  DataType type = Of(TypeKind::kTimestamp);
  for (std::string_view text : {"1970-01-01T01:00:00.000+01:00", "1969-12-31T19:04:00.000-04:56"}) {
    EXPECT_EQ(Text(type, text, BoundSide::kMin).integer, -59'000'000) << text;
    EXPECT_EQ(Text(type, text, BoundSide::kMax).integer, 59'000'999) << text;
    EXPECT_EQ(Text(type, text, BoundSide::kAsWritten).integer, 0) << text;
  }
  for (std::string_view text : {"1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00"}) {
    EXPECT_EQ(Text(type, text, BoundSide::kMin).integer, 0) << text;
    EXPECT_EQ(Text(type, text, BoundSide::kMax).integer, 999) << text;
  }
}

// Typed statistics come from texts, and do not show their offsets. None had seconds since 1972.
TEST(StatisticsBound, OldTypedTimestampsMayHaveHadCutOffsets) {
  constexpr int64_t kYear1973 = 94'694'400'000'000;
  DataType type = Of(TypeKind::kTimestamp);
  EXPECT_EQ(TimestampBound(type, BoundSide::kMin, 0).integer, -59'000'000);
  EXPECT_EQ(TimestampBound(type, BoundSide::kMax, 0).integer, 59'000'999);
  EXPECT_EQ(TimestampBound(type, BoundSide::kMax, kYear1973 - 1).integer, kYear1973);
  EXPECT_EQ(TimestampBound(type, BoundSide::kMin, kYear1973).integer, kYear1973);
  EXPECT_EQ(TimestampBound(type, BoundSide::kMax, kYear1973).integer, kYear1973 + 999);
  EXPECT_EQ(TimestampBound(Of(TypeKind::kTimestampNtz), BoundSide::kMin, 0).integer, 0);
  for (BoundSide side : {BoundSide::kMin, BoundSide::kMax}) {
    int64_t last = std::numeric_limits<int64_t>::min();
    for (int64_t micros = kYear1973 - 200'000'000; micros < kYear1973 + 200'000'000;
         micros += 1'234'567) {
      const Bound bound = TimestampBound(type, side, micros);
      ASSERT_TRUE(bound.is_known && !bound.is_certain);
      ASSERT_GE(bound.integer, last) << micros;
      last = bound.integer;
    }
  }
}

TEST(StatisticsBound, AsWrittenNothingIsWidened) {
  constexpr BoundSide kSide = BoundSide::kAsWritten;
  for (TypeKind kind : {TypeKind::kTimestamp, TypeKind::kTimestampNtz}) {
    EXPECT_EQ(Text(Of(kind), "1970-01-01T00:00:00.123", kSide).integer, 123'000);
    EXPECT_EQ(TimestampBound(Of(kind), kSide, 123'456).integer, 123'456);
  }
  EXPECT_EQ(InstantBound(TypeKind::kTimestamp, kSide, 7).integer, 7'000);
  EXPECT_EQ(DateBound(Of(TypeKind::kTimestampNtz), kSide, 1).integer, 86'400'000'000);
  EXPECT_TRUE(std::signbit(Number(Of(TypeKind::kDouble), "-0.0", kSide).floating));
  EXPECT_FALSE(std::signbit(Number(Of(TypeKind::kDouble), "0.0", kSide).floating));
  EXPECT_TRUE(Number(DataType::Decimal(20, 0), "1234567890123456700", kSide).decimal ==
              Int128{1'234'567'890'123'456'700});
}

TEST(StatisticsBound, StringsAreNeverCertain) {
  DataType type = Of(TypeKind::kString);
  for (BoundSide side : {BoundSide::kMin, BoundSide::kMax, BoundSide::kAsWritten}) {
    for (const std::string& text : {std::string(), std::string("a"), std::string("\u6f22\u5b57"),
                                    std::string(32, 'a'), std::string(5000, 'a')}) {
      Bound bound = Text(type, text, side);
      EXPECT_TRUE(bound.is_known);
      EXPECT_FALSE(bound.is_certain) << text;
    }
  }
  EXPECT_FALSE(Number(type, "1").is_known);
  EXPECT_FALSE(Text(type, std::string((1 << 20) + 1, 'a')).is_known);
}

TEST(StatisticsBound, StringsAreWidened) {
  constexpr char kLast[] = "\U0010FFFF";
  for (const char* text : {"a", "a\x7f", "\U0010FFFF", "\u6f22", "a b"}) {
    EXPECT_EQ(TextOf(text, BoundSide::kMin), text);
    EXPECT_EQ(TextOf(text, BoundSide::kMax), std::string(text) + kLast);
    EXPECT_EQ(TextOf(text, BoundSide::kAsWritten), text);
  }
  // A character that was put there for half a one, or so that the rest is large enough.
  for (const char* end : {"\uFFFD", "\uFFFD\uFFFD", "?\uFFFD", "?"}) {
    EXPECT_EQ(TextOf(std::string("a") + end, BoundSide::kMax), std::string("a") + kLast) << end;
    EXPECT_EQ(TextOf(end, BoundSide::kMax), kLast) << end;
    EXPECT_EQ(TextOf(std::string("a") + end, BoundSide::kAsWritten), std::string("a") + end);
  }
  EXPECT_EQ(TextOf("a\uFFFD", BoundSide::kMin), "a");
  EXPECT_EQ(TextOf("a?", BoundSide::kMin), "a?");
  EXPECT_EQ(TextOf("", BoundSide::kMin), "");
  EXPECT_EQ(TextOf("", BoundSide::kMax), "");
}

TEST(StatisticsBound, TypesWithoutBounds) {
  for (TypeKind kind : {TypeKind::kBinary, TypeKind::kVoid, TypeKind::kVariant}) {
    EXPECT_FALSE(HasBounds(kind));
    EXPECT_FALSE(Text(Of(kind), "true").is_known);
    EXPECT_FALSE(Number(Of(kind), "1").is_known);
  }
}

TEST(StatisticsBound, Order) {
  // By bytes, not by signed characters.
  const auto of = [](std::string_view text) { return Bound{.is_known = true, .text = text}; };
  EXPECT_TRUE(AreInOrder(TypeKind::kString, of("z"), of("\u00e9")));
  EXPECT_FALSE(AreInOrder(TypeKind::kString, of("\u00e9"), of("z")));
  EXPECT_TRUE(AreInOrder(TypeKind::kString, of(""), of("")));
  DataType number = Of(TypeKind::kLong);
  EXPECT_FALSE(AreInOrder(TypeKind::kLong, Number(number, "2"), Number(number, "1")));
  EXPECT_FALSE(AreInOrder(TypeKind::kLong, Number(number, "x"), Number(number, "1")));
}

}  // namespace
}  // namespace deltaic::delta
