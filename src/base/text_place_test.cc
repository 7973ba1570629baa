#include "base/text_place.h"

#include <gtest/gtest.h>

namespace deltaic {
namespace {

TEST(ShowPlace, PutsACaretBelowThePlace) {
  EXPECT_EQ(ShowPlace("SELECT *\nFORM t\n", {2, 1}), "LINE 2: FORM t\n        ^");
  EXPECT_EQ(ShowPlace("SELECT * FORM t", {1, 10}), "LINE 1: SELECT * FORM t\n                 ^");
}

TEST(ShowPlace, CountsCharactersAndShowsTabsAsBlanks) {
  EXPECT_EQ(ShowPlace("é\t日 x", {1, 5}), "LINE 1: é 日 x\n            ^");
  EXPECT_EQ(ShowPlace("a\r\nb", {1, 1}), "LINE 1: a\n        ^");
}

TEST(ShowPlace, ShowsWhatIsNearThePlace) {
  const std::string line = std::string(100, 'a') + "X" + std::string(100, 'b');
  EXPECT_EQ(ShowPlace(line, {1, 101}), "LINE 1: …" + std::string(50, 'a') + "X" +
                                           std::string(29, 'b') + "…\n" + std::string(59, ' ') +
                                           "^");
}

TEST(ShowPlace, PointsBehindTheEndAndHasNoPlaceOutside) {
  EXPECT_EQ(ShowPlace("SELECT", {1, 40}), "LINE 1: SELECT\n              ^");
  EXPECT_EQ(ShowPlace("SELECT", {2, 1}), "");
  EXPECT_EQ(ShowPlace("", {1, 1}), "");
  EXPECT_EQ(ShowPlace("SELECT", {1, 0}), "LINE 1: SELECT\n        ^");
}

}  // namespace
}  // namespace deltaic
