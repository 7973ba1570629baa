#include "delta/statistics/deletion_vector_column.h"

#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

TEST(DeletionVectorColumn, KnowsTheVectorsOfItsRows) {
  const DeletionVectorDescriptor in_file{'u', "ab@cd", 12, 34, 5};
  const DeletionVectorDescriptor in_log{'i', "@@", std::nullopt, 4, 0};
  DeletionVectorColumn column;
  EXPECT_TRUE(column.empty());
  EXPECT_EQ(column.Find(0), std::nullopt);
  EXPECT_EQ(column.id(0), "");
  column.Append(1, in_file);
  column.Append(4, in_log);
  EXPECT_FALSE(column.empty());
  for (const size_t row : {0, 2, 3, 5, 1000}) {
    EXPECT_EQ(column.Find(row), std::nullopt) << row;
    EXPECT_EQ(column.cardinality(row), std::nullopt) << row;
    EXPECT_EQ(column.id(row), "") << row;
  }
  EXPECT_EQ(column.Find(1), in_file);
  EXPECT_EQ(column.cardinality(1), 5);
  EXPECT_EQ(column.id(1), "uab@cd@12");
  EXPECT_EQ(column.Find(4), in_log);
  EXPECT_EQ(column.cardinality(4), 0);
  EXPECT_EQ(column.id(4), "i@@");
}

}  // namespace
}  // namespace deltaic::delta
