#include "base/uuid.h"

#include <regex>

#include <gtest/gtest.h>

namespace deltaic {
namespace {

TEST(NewUuid, HasVersionAndVariantAndDiffersEachTime) {
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = NewUuid();
    EXPECT_TRUE(std::regex_match(uuid, form)) << uuid;
    EXPECT_NE(uuid, NewUuid());
  }
}

}  // namespace
}  // namespace deltaic
