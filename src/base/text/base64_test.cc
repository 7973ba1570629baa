#include "base/text/base64.h"

#include <gtest/gtest.h>

namespace deltaic {
namespace {

// The vectors of RFC 4648, section 10.
TEST(Base64Encode, EncodesTheVectorsOfTheStandard) {
  EXPECT_EQ(Base64Encode(""), "");
  EXPECT_EQ(Base64Encode("f"), "Zg==");
  EXPECT_EQ(Base64Encode("fo"), "Zm8=");
  EXPECT_EQ(Base64Encode("foo"), "Zm9v");
  EXPECT_EQ(Base64Encode("foob"), "Zm9vYg==");
  EXPECT_EQ(Base64Encode("fooba"), "Zm9vYmE=");
  EXPECT_EQ(Base64Encode("foobar"), "Zm9vYmFy");
}

TEST(Base64Encode, EncodesBytesOfEveryValue) {
  EXPECT_EQ(Base64Encode("\xFB\xEF\xBE\xFF"), "++++/w==");
  EXPECT_EQ(Base64Encode(std::string("\0\0", 2)), "AAA=");
}

}  // namespace
}  // namespace deltaic
