#include "base/text/excerpt.h"

#include <gtest/gtest.h>

namespace deltaic {
namespace {

TEST(Excerpt, KeepsShortTexts) {
  EXPECT_EQ(Excerpt(""), "''");
  EXPECT_EQ(Excerpt(std::string(100, 'a')), "'" + std::string(100, 'a') + "'");
}

TEST(Excerpt, CutsLongTextsBetweenCharacters) {
  EXPECT_EQ(Excerpt(std::string(101, 'a')), "'" + std::string(100, 'a') + "...' (101 bytes)");
  std::string text(99, 'a');
  text += "\u00e9 and more";
  EXPECT_EQ(Excerpt(text), "'" + std::string(99, 'a') + "...' (110 bytes)");
}

}  // namespace
}  // namespace deltaic
