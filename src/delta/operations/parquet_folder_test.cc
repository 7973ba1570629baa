#include "delta/operations/parquet_folder.h"

#include <gtest/gtest.h>

#include "testing/error_of.h"
#include "testing/faulty_store.h"

namespace deltaic::delta {
namespace {

TEST(ParquetFolder, PassesOverWhatToolsHide) {
  for (const char* hidden :
       {"_SUCCESS", "_a.parquet", ".a.parquet.crc", "_temporary/0/a.parquet", ".tmp/a.parquet",
        "x/_y/a.parquet", "_p=1.parquet", ".p=1/a.parquet"}) {
    EXPECT_TRUE(IsHidden(hidden)) << hidden;
  }
  for (const char* shown : {"a.parquet", "_p=1/a.parquet", "x/y_z/a.b.parquet", ""}) {
    EXPECT_FALSE(IsHidden(shown)) << shown;
  }
}

TEST(ParquetFolder, ListsParquetFilesInOrder) {
  const testing::FaultyStore store;
  for (const char* location :
       {"b/c.parquet", "a.PARQUET", "_x.parquet", "notes.txt", "b.parquet"}) {
    store.store().Put(location, "x");
  }
  std::vector<std::string> listed;
  for (const auto& file : ListParquetFiles(store.store())) listed.push_back(file.location);
  EXPECT_EQ(listed, (std::vector<std::string>{"a.PARQUET", "b.parquet", "b/c.parquet"}));
}

TEST(ParquetFolder, RefusesATableBelow) {
  const testing::FaultyStore store;
  store.store().Put("a.parquet", "x");
  store.store().Put("my_delta_log/a.parquet", "x");
  EXPECT_EQ(ListParquetFiles(store.store()).size(), 2U);
  store.store().Put("old/t/_delta_log/00000000000000000000.json", "{}");
  const Error error = testing::ErrorOf([&] { ListParquetFiles(store.store()); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(error.message().find("'old/t'"), std::string::npos) << error.message();
}

}  // namespace
}  // namespace deltaic::delta
