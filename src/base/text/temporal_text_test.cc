#include "base/text/temporal_text.h"

#include <chrono>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace deltaic {
namespace {

TEST(TemporalText, Dates) {
  EXPECT_EQ(ParseDate("1970-01-01"), 0);
  EXPECT_EQ(ParseDate("1969-12-31"), -1);
  EXPECT_EQ(ParseDate("2000-02-29"), 11'016);
  EXPECT_EQ(ParseDate("9999-12-31"), 2'932'896);
  EXPECT_EQ(ParseDate("0001-01-01"), -719'162);
  EXPECT_EQ(ParseDate("0000-01-01"), -719'528);
  EXPECT_EQ(ParseDate("-0001-01-01"), -719'893);
  EXPECT_EQ(ParseDate("+10000-01-01"), 2'932'897);
  EXPECT_EQ(ParseDate("12345-01-01"), *ParseDate("+12345-01-01"));
}

TEST(TemporalText, EveryDayOfTenThousandYears) {
  using std::chrono::month;
  using std::chrono::month_day_last;
  using std::chrono::year;
  using std::chrono::year_month_day_last;
  int32_t day = -719'528;
  for (int y = 0; y < 10'000; ++y) {
    for (unsigned m = 1; m <= 12; ++m) {
      auto last =
          static_cast<unsigned>(year_month_day_last(year(y), month_day_last(month(m))).day());
      for (unsigned d : {1u, 15u, last, last + 1}) {
        auto days = ParseDate(fmt::format("{:04}-{:02}-{:02}", y, m, d));
        if (d > last) {
          ASSERT_FALSE(days) << y << "-" << m << "-" << d;
        } else {
          ASSERT_EQ(days, day + static_cast<int>(d) - 1) << y << "-" << m << "-" << d;
        }
      }
      day += static_cast<int>(last);
    }
  }
}

TEST(TemporalText, WhatIsNoDate) {
  for (std::string_view text : {"",
                                "0000-00-00",
                                "2021-00-01",
                                "2021-01-00",
                                "2021-13-01",
                                "2021-02-29",
                                "1900-02-29",
                                "2021-04-31",
                                "2021-1-1",
                                "21-01-01",
                                "2021/01/01",
                                "2021-01-01 ",
                                " 2021-01-01",
                                "2021-01-01T00:00:00",
                                "20210101",
                                "1234567-01-01",
                                "2021-01",
                                "today",
                                "-",
                                "--2021-01-01",
                                "2021-01-0x"}) {
    EXPECT_FALSE(ParseDate(text)) << text;
  }
}

TEST(TemporalText, Timestamps) {
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:00"), 0);
  EXPECT_EQ(ParseTimestamp("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseTimestamp("1970-01-01"), 0);
  EXPECT_EQ(ParseTimestamp("1969-12-31 23:59:59.999999"), -1);
  EXPECT_EQ(ParseTimestamp("2021-09-08T11:11:11.123Z"), 1'631'099'471'123'000);
  EXPECT_EQ(ParseTimestamp("2021-09-08 11:11:11.123456"), 1'631'099'471'123'456);
  EXPECT_EQ(ParseTimestamp("2021-09-08T04:11:11.123-07:00"), 1'631'099'471'123'000);
  EXPECT_EQ(ParseTimestamp("2021-09-08T13:11:11.123+0200"), 1'631'099'471'123'000);
  EXPECT_EQ(ParseTimestamp("2021-09-08T13:11:11.123+02"), 1'631'099'471'123'000);
  EXPECT_EQ(ParseTimestamp("2021-09-08T16:41:11.123+05:30"), 1'631'099'471'123'000);
  EXPECT_EQ(ParseTimestamp("1970-01-01T00:30:00+01:00"), -1'800'000'000);
}

TEST(TemporalText, FractionsAreCutToMicroseconds) {
  std::string text = "1970-01-01 00:00:00.";
  int64_t expected[] = {900'000, 980'000, 987'000, 987'600, 987'650,
                        987'654, 987'654, 987'654, 987'654};
  for (int digits = 1; digits <= 9; ++digits) {
    text += static_cast<char>('0' + 10 - digits);
    EXPECT_EQ(ParseTimestamp(text), expected[digits - 1]) << text;
    EXPECT_EQ(ParseTimestampNtz(text), expected[digits - 1]) << text;
  }
  EXPECT_FALSE(ParseTimestamp(text + "0"));
}

TEST(TemporalText, NanosecondsAreKept) {
  const auto nanos = [](std::string_view text) {
    const std::optional<TimestampText> time = ReadTimestamp(text);
    const std::optional<TimestampText> wall = ReadTimestampNtz(text);
    EXPECT_TRUE(time && wall) << text;
    EXPECT_EQ(time->Nanos(), wall->Nanos()) << text;
    return time->Nanos();
  };
  EXPECT_EQ(nanos("1970-01-01T00:00:00.123456789Z"), 123'456'789);
  EXPECT_EQ(nanos("1970-01-01 00:00:00.000000001"), 1);
  EXPECT_EQ(nanos("1970-01-01 00:00:00.1"), 100'000'000);
  EXPECT_EQ(nanos("1969-12-31 23:59:59.999999999"), -1);
  EXPECT_EQ(nanos("1969-12-31"), -86'400'000'000'000);
  EXPECT_EQ(ReadTimestamp("1970-01-01 01:00:00.000000007+01:00")->Nanos(), 7);
  EXPECT_FALSE(ReadTimestampNtz("1970-01-01 01:00:00.000000007+01:00"));
  // Both ends, and what is next to them.
  EXPECT_EQ(nanos("1677-09-21T00:12:43.145224192Z"), INT64_MIN);
  EXPECT_EQ(nanos("1677-09-21T00:12:43.145224191Z"), std::nullopt);
  EXPECT_EQ(nanos("2262-04-11 23:47:16.854775807"), INT64_MAX);
  EXPECT_EQ(nanos("2262-04-11 23:47:16.854775808"), std::nullopt);
  EXPECT_EQ(nanos("0001-01-01 00:00:00"), std::nullopt);
  EXPECT_EQ(nanos("-999999-01-01 00:00:00"), std::nullopt);
}

TEST(TemporalText, WhatIsNoTimestamp) {
  for (std::string_view text : {"",
                                "2021-01-01 ",
                                "2021-01-01T",
                                "2021-01-01T00:00",
                                "2021-01-01T24:00:00",
                                "2021-01-01T00:60:00",
                                "2021-01-01T00:00:60",
                                "2021-01-01T00:00:00.",
                                "2021-01-01T0:00:00",
                                "2021-01-01X00:00:00",
                                "2021-01-01T00:00:00z",
                                "2021-01-01T00:00:00ZZ",
                                "2021-01-01T00:00:00+",
                                "2021-01-01T00:00:00+1",
                                "2021-01-01T00:00:00+01:",
                                "2021-01-01T00:00:00+01:0",
                                "2021-01-01T00:00:00+19:00",
                                "2021-01-01T00:00:00+01:60",
                                "2021-01-01T00:00:00+01:00:00",
                                "2021-01-01T00:00:00 UTC",
                                "2021-02-30T00:00:00",
                                "2021-01-01Z",
                                "0000-00-00T00:00:00Z",
                                "999999-01-01T00:00:00Z",
                                "-999999-01-01T00:00:00Z"}) {
    EXPECT_FALSE(ParseTimestamp(text)) << text;
    EXPECT_FALSE(ParseTimestampNtz(text)) << text;
    const std::optional<TimestampText> time = ReadTimestamp(text);
    EXPECT_FALSE(time && time->Nanos()) << text;
  }
}

TEST(TemporalText, WallClockTimeHasNoOffset) {
  EXPECT_EQ(ParseTimestampNtz("2021-09-08T11:11:11.123"), 1'631'099'471'123'000);
  EXPECT_EQ(ParseTimestampNtz("2021-09-08 11:11:11.123Z"), 1'631'099'471'123'000);
  EXPECT_FALSE(ParseTimestampNtz("2021-09-08 11:11:11.123+00:00"));
}

TEST(TemporalText, TheEndsOfTime) {
  EXPECT_EQ(ParseTimestamp("294247-01-10T04:00:54.775807Z"), INT64_MAX);
  EXPECT_FALSE(ParseTimestamp("294247-01-10T04:00:54.775808Z"));
  EXPECT_EQ(ParseTimestamp("-290308-12-21T19:59:06Z"), INT64_MIN + 775'808);
  EXPECT_EQ(ParseTimestamp("-290308-12-21T19:59:05.224192Z"), INT64_MIN);
  EXPECT_FALSE(ParseTimestamp("-290308-12-21T19:59:05.224191Z"));
  EXPECT_FALSE(ParseTimestamp("-290308-12-21T19:59:05Z"));
}

TEST(FormatDate, IsReadAsTheSameDay) {
  EXPECT_EQ(FormatDate(0), "1970-01-01");
  EXPECT_EQ(FormatDate(-1), "1969-12-31");
  EXPECT_EQ(FormatDate(19'782), "2024-02-29");
  EXPECT_EQ(FormatDate(2'932'897), "+10000-01-01");
  EXPECT_EQ(FormatDate(-719'529), "-0001-12-31");
  EXPECT_EQ(FormatDate(-719'528), "0000-01-01");
  for (int32_t days = -364'000'000; days < 364'000'000; days += 9'973) {
    const auto text = FormatDate(days);
    ASSERT_TRUE(text) << days;
    ASSERT_EQ(ParseDate(*text), days) << *text;
  }
  for (int32_t days = -800'000; days < 800'000; ++days) {
    ASSERT_EQ(ParseDate(FormatDate(days).value()), days) << days;
  }
  EXPECT_EQ(FormatDate(INT32_MAX), std::nullopt);
  EXPECT_EQ(FormatDate(INT32_MIN), std::nullopt);
}

TEST(FormatTimestamp, IsReadAsTheSameInstant) {
  EXPECT_EQ(FormatTimestamp(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatTimestamp(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatTimestampNtz(1'631'099'471'123'456), "2021-09-08 11:11:11.123456");
  constexpr int64_t kDay = 86'400'000'000;
  for (const int64_t micros : {INT64_MIN + 1'000'000, -kDay, -kDay - 1, -kDay + 1, int64_t{-1},
                               int64_t{0}, kDay - 1, kDay, INT64_MAX - 1, INT64_MAX}) {
    EXPECT_EQ(ParseTimestamp(FormatTimestamp(micros)), micros) << FormatTimestamp(micros);
    EXPECT_EQ(ParseTimestampNtz(FormatTimestampNtz(micros)), micros);
  }
}

TEST(FormatTimestamp, WritesEveryNanosecond) {
  EXPECT_EQ(FormatTimestampNanos(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(FormatTimestampNanosNtz(1'631'099'471'123'456'789), "2021-09-08 11:11:11.123456789");
  for (const int64_t nanos : {INT64_MIN, int64_t{-1}, int64_t{0}, INT64_MAX}) {
    EXPECT_EQ(ReadTimestamp(FormatTimestampNanos(nanos))->Nanos(), nanos);
    EXPECT_EQ(ReadTimestampNtz(FormatTimestampNanosNtz(nanos))->Nanos(), nanos);
  }
}

}  // namespace
}  // namespace deltaic
