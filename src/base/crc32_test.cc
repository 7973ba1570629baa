#include "base/crc32.h"

#include <string>

#include <gtest/gtest.h>

namespace deltaic {
namespace {

TEST(Crc32, IsThatOfZlib) {
  EXPECT_EQ(Crc32(""), 0u);
  EXPECT_EQ(Crc32("123456789"), 0xCBF43926u);
  EXPECT_EQ(Crc32(std::string(32, '\xFF')), 0xFF6CAB0Bu);
}

}  // namespace
}  // namespace deltaic
