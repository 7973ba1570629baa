#include "delta/scan/compared_value.h"

#include <ostream>

#include <gtest/gtest.h>

#include "delta/protocol/schema/type_name.h"

namespace deltaic::delta {

bool operator==(const ComparedValue& a, const ComparedValue& b) {
  return a.fit == b.fit && a.text == b.text;
}

std::ostream& operator<<(std::ostream& out, const ComparedValue& value) {
  return out << static_cast<int>(value.fit) << " '" << value.text << "'";
}

namespace {

ComparedValue Compare(const std::string& type, std::string_view text) {
  return CompareWithType(ParseTypeName(type), text);
}

TEST(CompareWithType, FindsNumbersAmongIntegers) {
  using enum ValueFit;
  EXPECT_EQ(Compare("integer", "2022.0"), (ComparedValue{kExact, "2022"}));
  EXPECT_EQ(Compare("integer", "-3e1"), (ComparedValue{kExact, "-30"}));
  EXPECT_EQ(Compare("integer", "2.5"), (ComparedValue{kBetween, "2"}));
  EXPECT_EQ(Compare("integer", "-2.5"), (ComparedValue{kBetween, "-3"}));
  EXPECT_EQ(Compare("integer", "1e-300"), (ComparedValue{kBetween, "0"}));
  EXPECT_EQ(Compare("integer", "-1e-300"), (ComparedValue{kBetween, "-1"}));
  EXPECT_EQ(Compare("integer", "2147483647"), (ComparedValue{kExact, "2147483647"}));
  EXPECT_EQ(Compare("integer", "2147483647.5"), (ComparedValue{kAboveAll, ""}));
  EXPECT_EQ(Compare("integer", "2147483648"), (ComparedValue{kAboveAll, ""}));
  EXPECT_EQ(Compare("integer", "-2147483648.5"), (ComparedValue{kBelowAll, ""}));
  EXPECT_EQ(Compare("integer", "-2147483648"), (ComparedValue{kExact, "-2147483648"}));
  EXPECT_EQ(Compare("byte", "128"), (ComparedValue{kAboveAll, ""}));
  EXPECT_EQ(Compare("short", "-1e300"), (ComparedValue{kBelowAll, ""}));
  EXPECT_EQ(Compare("long", "inf"), (ComparedValue{kAboveAll, ""}));
  EXPECT_EQ(Compare("long", "-inf"), (ComparedValue{kBelowAll, ""}));
  EXPECT_EQ(Compare("long", "9223372036854775807"), (ComparedValue{kExact, "9223372036854775807"}));
  EXPECT_EQ(Compare("long", "0"), (ComparedValue{kExact, "0"}));
}

TEST(CompareWithType, FindsNumbersAmongDecimals) {
  using enum ValueFit;
  EXPECT_EQ(Compare("decimal(5,2)", "1.5"), (ComparedValue{kExact, "150e-2"}));
  EXPECT_EQ(Compare("decimal(5,2)", "1.505"), (ComparedValue{kBetween, "150e-2"}));
  EXPECT_EQ(Compare("decimal(5,2)", "-1.505"), (ComparedValue{kBetween, "-151e-2"}));
  EXPECT_EQ(Compare("decimal(5,2)", "999.99"), (ComparedValue{kExact, "99999e-2"}));
  EXPECT_EQ(Compare("decimal(5,2)", "999.991"), (ComparedValue{kAboveAll, ""}));
  EXPECT_EQ(Compare("decimal(38,0)", "1e38"), (ComparedValue{kAboveAll, ""}));
  EXPECT_EQ(Compare("decimal(38,0)", "99999999999999999999999999999999999999"),
            (ComparedValue{kExact, "99999999999999999999999999999999999999"}));
  // More digits than a decimal has.
  EXPECT_EQ(Compare("decimal(5,2)", "0.1000000000000000055511151231257827021181583404541015625"),
            (ComparedValue{kBetween, "10e-2"}));
}

TEST(CompareWithType, FindsTimesAmongDates) {
  using enum ValueFit;
  EXPECT_EQ(Compare("date", "2020-01-31"), (ComparedValue{kExact, "2020-01-31"}));
  EXPECT_EQ(Compare("date", "2020-01-31 00:00:00"), (ComparedValue{kExact, "2020-01-31"}));
  EXPECT_EQ(Compare("date", "2020-01-31T12:00:00"), (ComparedValue{kBetween, "2020-01-31"}));
  EXPECT_EQ(Compare("date", "1969-01-31 00:00:00.000001"), (ComparedValue{kBetween, "1969-01-31"}));
}

TEST(CompareWithType, LeavesOtherTexts) {
  for (const char* type : {"integer", "decimal(5,2)", "date", "string", "double", "boolean"}) {
    for (const char* text : {"x", "", "1x", "nan"}) {
      EXPECT_EQ(Compare(type, text), (ComparedValue{ValueFit::kExact, text})) << type;
    }
  }
  EXPECT_EQ(Compare("double", "2.0"), (ComparedValue{ValueFit::kExact, "2.0"}));
  EXPECT_EQ(Compare("string", "2.0"), (ComparedValue{ValueFit::kExact, "2.0"}));
}

}  // namespace
}  // namespace deltaic::delta
