#include "delta/operations/vector_updates.h"

#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

TEST(WithWideBounds, KeepsWhatIsThereAsItIsSpelled) {
  EXPECT_EQ(WithWideBounds(
                R"({ "numRecords" : 7, "minValues":{"d":1.50,"x":{"y":"\u00e9"}} ,)"
                R"("maxValues":{"d":99999999999999999999.000},"tightBounds":true,"other":[1, 2]})",
                9),
            R"({"numRecords":9,"minValues":{"d":1.50,"x":{"y":"\u00e9"}},)"
            R"("maxValues":{"d":99999999999999999999.000},"other":[1, 2],"tightBounds":false})");
}

TEST(WithWideBounds, MakesStatisticsWhereThereAreNone) {
  const std::string made = R"({"numRecords":3,"tightBounds":false})";
  EXPECT_EQ(WithWideBounds(std::nullopt, 3), made);
  EXPECT_EQ(WithWideBounds("", 3), made);
  EXPECT_EQ(WithWideBounds("{\"minValues\":", 3), made);
  EXPECT_EQ(WithWideBounds("[1]", 3), made);
  EXPECT_EQ(WithWideBounds("{}", 3), made);
}

}  // namespace
}  // namespace deltaic::delta
