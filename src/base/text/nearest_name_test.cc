#include "base/text/nearest_name.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace deltaic {
namespace {

TEST(NearestName, IsTheOneWithTheFewestDifferences) {
  const std::vector<std::string_view> names = {"region", "aws_region", "timeout", "retry_timeout"};
  EXPECT_EQ(NearestName("aws_regoin", names), "aws_region");
  EXPECT_EQ(NearestName("regio", names), "region");
  EXPECT_EQ(NearestName("timeot", names), "timeout");
  EXPECT_EQ(NearestName("region", names), "region");
}

TEST(NearestName, IsNoneWhereMostDiffers) {
  EXPECT_EQ(NearestName("foo", std::vector<std::string_view>{"timeout", "bar"}), std::nullopt);
  EXPECT_EQ(NearestName("", std::vector<std::string_view>{"timeout"}), std::nullopt);
  EXPECT_EQ(NearestName("x", {}), std::nullopt);
  const std::string long_name(1000, 'x');
  EXPECT_EQ(NearestName(long_name, std::vector<std::string_view>{long_name}), std::nullopt);
}

}  // namespace
}  // namespace deltaic
