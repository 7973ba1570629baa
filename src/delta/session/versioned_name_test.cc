#include "delta/session/versioned_name.h"

#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

TEST(VersionedName, SaysAVersionOrATime) {
  const auto version = ParseVersionedName("s3://b/orders@v12");
  ASSERT_TRUE(version.has_value());
  EXPECT_EQ(version->name, "s3://b/orders");
  EXPECT_EQ(version->version.version, 12);
  EXPECT_EQ(version->version.timestamp_us, std::nullopt);
  const auto time = ParseVersionedName("orders@19700101000001002");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(time->name, "orders");
  EXPECT_EQ(time->version.timestamp_us, 1002000);
}

TEST(VersionedName, OtherNamesSayNone) {
  for (const char* name : {"orders", "orders@", "@v1", "orders@v", "orders@v-1", "orders@v1x",
                           "orders@1", "orders@99999999999999999", "abfss://container@account/t",
                           "orders@v99999999999999999999", "orders@v1/"}) {
    EXPECT_FALSE(ParseVersionedName(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace deltaic::delta
