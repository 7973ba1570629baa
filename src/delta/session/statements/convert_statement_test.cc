#include "delta/session/statements/convert_statement.h"

#include <gtest/gtest.h>

#include <deltaic/datafusion/sql_error.h>

#include "testing/error_of.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;

std::optional<ConvertStatement> Read(std::string_view sql) {
  return ReadConvert(datafusion::Tokenize(sql), false);
}

TEST(ConvertStatement, ReadsTheFormsOfSpark) {
  const auto read = Read(
      "convert to delta parquet.`s3://b/my orders` NO STATISTICS "
      "PARTITIONED BY (year INT, \"Country\" STRING);");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->location, "s3://b/my orders");
  EXPECT_FALSE(read->collects_statistics);
  ASSERT_EQ(read->partition_columns.size(), 2U);
  EXPECT_EQ(read->partition_columns[0].type.kind(), TypeKind::kInteger);
  EXPECT_EQ(read->partition_columns[1].name, "Country");
}

TEST(ConvertStatement, TakesAPathInQuotes) {
  const auto read = Read("CONVERT TO DELTA './orders'");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->location, "./orders");
  EXPECT_TRUE(read->collects_statistics);
  EXPECT_TRUE(read->partition_columns.empty());
}

TEST(ConvertStatement, LeavesOtherStatementsAlone) {
  EXPECT_FALSE(Read("SELECT 1"));
  EXPECT_FALSE(Read(""));
}

TEST(ConvertStatement, PointsAtWhatItCannotRead) {
  for (const auto& [sql, found] : std::vector<std::pair<std::string, std::string>>{
           {"CONVERT TO DELTA", "the end"},
           {"CONVERT TO DELTA iceberg.`x`", "iceberg"},
           {"CONVERT TO DELTA parquet.x", "x"},
           {"CONVERT TO DELTA 'x' PARTITIONED BY (p)", ")"},
           {"CONVERT TO DELTA 'x' PARTITIONED BY (p NUMBR)", "NUMBR"},
           {"CONVERT TO DELTA 'x' LOCATION 'y'", "LOCATION"}}) {
    const Error error = ErrorOf([&] { Read(sql); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidSql) << sql;
    EXPECT_NE(error.message().find("found: " + found), std::string::npos) << error.message();
  }
}

}  // namespace
}  // namespace deltaic::delta
