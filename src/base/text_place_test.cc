#include <deltaic/base/text_place.h>

#include <gtest/gtest.h>

namespace deltaic {
namespace {

TEST(TextPlace, IsFoundInALargerText) {
  EXPECT_EQ((TextPlace{1, 5}.After({3, 10})), (TextPlace{3, 14}));
  EXPECT_EQ((TextPlace{2, 5}.After({3, 10})), (TextPlace{4, 5}));
  EXPECT_EQ((TextPlace{7, 2}.After({1, 1})), (TextPlace{7, 2}));
}

TEST(ShowPlace, PutsACaretBelowThePlace) {
  EXPECT_EQ(ShowPlace("SELECT *\nFORM t\n", {2, 1}), "FORM t\n^");
  EXPECT_EQ(ShowPlace("SELECT * FORM t", {1, 10}), "SELECT * FORM t\n         ^");
}

TEST(ShowPlace, CountsCharactersAndShowsTabsAsBlanks) {
  EXPECT_EQ(ShowPlace("é\t日 x", {1, 5}), "é 日 x\n    ^");
  EXPECT_EQ(ShowPlace("a\r\nb", {1, 1}), "a\n^");
}

TEST(ShowPlace, ShowsWhatIsNearThePlace) {
  const std::string line = std::string(100, 'a') + "X" + std::string(100, 'b');
  EXPECT_EQ(ShowPlace(line, {1, 101}), "…" + std::string(50, 'a') + "X" + std::string(29, 'b') +
                                           "…\n" + std::string(51, ' ') + "^");
}

TEST(ShowPlace, PointsBehindTheEndAndHasNoPlaceOutside) {
  EXPECT_EQ(ShowPlace("SELECT", {1, 40}), "SELECT\n      ^");
  EXPECT_EQ(ShowPlace("SELECT", {2, 1}), "");
  EXPECT_EQ(ShowPlace("", {1, 1}), "");
  EXPECT_EQ(ShowPlace("SELECT", {1, 0}), "SELECT\n^");
}

}  // namespace
}  // namespace deltaic
