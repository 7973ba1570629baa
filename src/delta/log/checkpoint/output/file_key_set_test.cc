#include "delta/log/checkpoint/output/file_key_set.h"

#include <string>

#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

TEST(FileKeySet, HoldsEachKeyOnce) {
  FileKeySet keys;
  EXPECT_FALSE(keys.Contains("a", ""));
  EXPECT_TRUE(keys.Insert("a", ""));
  EXPECT_FALSE(keys.Insert("a", ""));
  EXPECT_TRUE(keys.Insert("a", "u1"));
  EXPECT_FALSE(keys.Contains("a", "u2"));
  EXPECT_EQ(keys.size(), 2);
}

TEST(FileKeySet, TellsManyKeysApart) {
  FileKeySet keys;
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(keys.Insert(std::to_string(i), ""));
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(keys.Contains(std::to_string(i), ""));
    ASSERT_FALSE(keys.Contains(std::to_string(i), "u"));
  }
}

}  // namespace
}  // namespace deltaic::delta
