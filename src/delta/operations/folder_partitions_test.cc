#include "delta/operations/folder_partitions.h"

#include <gtest/gtest.h>

#include "testing/error_of.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;

StructField Column(std::string name, TypeKind kind, bool nullable = true) {
  return {std::move(name), DataType::Primitive(kind), nullable};
}

const std::vector<StructField> kColumns = {Column("year", TypeKind::kInteger),
                                           Column("city", TypeKind::kString)};

NullableTexts Of(const std::string& location, PartitionFolders folders = PartitionFolders::kHive) {
  return PartitionsOfFolders(kColumns, folders, {location}).front();
}

std::string RefusalOf(const std::string& location,
                      PartitionFolders folders = PartitionFolders::kHive) {
  const Error error = ErrorOf([&] { Of(location, folders); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(error.message().find(location), std::string::npos) << error.message();
  return error.message();
}

TEST(FolderPartitions, HiveNamesItsColumnsInAnyOrderAndEscapesValues) {
  const NullableTexts wanted = {{"year", "2024"}, {"city", "Å/b=c"}};
  EXPECT_EQ(Of("year=2024/city=Å%2Fb%3Dc/a.parquet"), wanted);
  EXPECT_EQ(Of("city=Å%2Fb%3Dc/Year=2024/a.parquet"), wanted);
}

TEST(FolderPartitions, ValuesAreWrittenAsTheLogWritesThem) {
  EXPECT_EQ(Of("year=002024/city=x/a.parquet").at("year"), "2024");
}

TEST(FolderPartitions, HivesNullAndNothingAreNull) {
  EXPECT_EQ(Of("year=__HIVE_DEFAULT_PARTITION__/city=/a.parquet"),
            (NullableTexts{{"year", std::nullopt}, {"city", std::nullopt}}));
}

TEST(FolderPartitions, DirectoriesAreValuesByTheirPlace) {
  EXPECT_EQ(Of("2024/a%2Fb=c/x.parquet", PartitionFolders::kDirectory),
            (NullableTexts{{"year", "2024"}, {"city", "a%2Fb=c"}}));
}

TEST(FolderPartitions, FilesMustBeInAFolderForEachColumn) {
  for (const char* location : {"a.parquet", "year=1/a.parquet", "year=1/city=x/day=2/a.parquet"}) {
    EXPECT_NE(RefusalOf(location).find("folders"), std::string::npos);
    RefusalOf(location, PartitionFolders::kDirectory);
  }
  EXPECT_NE(RefusalOf("year=1/town=x/a.parquet").find("'town=x'"), std::string::npos);
  EXPECT_NE(RefusalOf("year=1/x/a.parquet").find("'x'"), std::string::npos);
  EXPECT_NE(RefusalOf("year=1/year=2/a.parquet").find("'year'"), std::string::npos);
}

TEST(FolderPartitions, AValueThatDoesNotFitNamesFileAndColumn) {
  const std::string bad = "year=soon/city=x/a.parquet";
  const Error error = ErrorOf([&] {
    PartitionsOfFolders(kColumns, PartitionFolders::kHive, {"year=1/city=x/a.parquet", bad});
  });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  for (const std::string& part : {std::string("year"), std::string("soon"), bad}) {
    EXPECT_NE(error.message().find(part), std::string::npos) << error.message();
  }
}

TEST(FolderPartitions, ColumnsThatAreNotNullableHaveValues) {
  const Error error = ErrorOf([] {
    PartitionsOfFolders({Column("p", TypeKind::kLong, false)}, PartitionFolders::kHive,
                        {"p=__HIVE_DEFAULT_PARTITION__/a.parquet"});
  });
  EXPECT_NE(error.message().find("NOT NULL"), std::string::npos) << error.message();
}

TEST(FolderPartitions, FoldersOfPartitionsNeedColumns) {
  const auto read = [](const std::string& location) {
    return PartitionsOfFolders({}, PartitionFolders::kHive, {location}).size();
  };
  EXPECT_EQ(read("any/folder/a.parquet"), 1U);
  EXPECT_NE(ErrorOf([&] { read("p=1/a.parquet"); }).message().find("'p=1'"), std::string::npos);
}

}  // namespace
}  // namespace deltaic::delta
