#include <deltaic/datafusion/object_store.h>
#include <deltaic/datafusion/parquet_file.h>

#include <filesystem>
#include <functional>

#include <gtest/gtest.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>

namespace deltaic::datafusion {
namespace {

ErrorCode CodeOf(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::kInternal;
}

TEST(ObjectStore, MemoryStoresOfOneNameShareTheirObjects) {
  ObjectStore writer = ObjectStore::Open("memory://object_store_test/a/");
  writer.Put("x", "one");
  EXPECT_EQ(ObjectStore::Open("memory://object_store_test/").Get("a/x").view(), "one");
  EXPECT_EQ(CodeOf([] { ObjectStore::Open("memory://another/").Get("a/x"); }),
            ErrorCode::kFileNotFound);
}

TEST(ObjectStore, ListsAFolderSortedAndWithoutItsSubfolders) {
  ObjectStore store = ObjectStore::Open("memory://list/table");
  EXPECT_EQ(store.root(), "memory://list/table/");
  for (const char* location : {"log/2", "log/1", "log/sub/3", "other/4", "log/10"}) {
    store.Put(location, "x");
  }
  std::vector<std::string> found;
  for (const ObjectMeta& meta : store.List("log")) found.push_back(meta.location);
  EXPECT_EQ(found, (std::vector<std::string>{"log/1", "log/10", "log/2"}));
  found.clear();
  for (const ObjectMeta& meta : store.List("log", "log/1")) found.push_back(meta.location);
  EXPECT_EQ(found, (std::vector<std::string>{"log/10", "log/2"}));
  EXPECT_TRUE(store.List("nowhere").empty());
}

TEST(ObjectStore, PutIfAbsentWritesOnce) {
  ObjectStore store = ObjectStore::Open("memory://put");
  EXPECT_TRUE(store.PutIfAbsent("x", "one"));
  EXPECT_FALSE(store.PutIfAbsent("x", "two"));
  EXPECT_EQ(store.Get("x").view(), "one");
  store.Delete("x");
  store.Delete("x");
  EXPECT_FALSE(store.Head("x").has_value());
}

TEST(ObjectStore, GetManyKeepsTheOrderAndFailsAsAWhole) {
  ObjectStore store = ObjectStore::Open("memory://many");
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) {
    names.push_back("n" + std::to_string(i));
    store.Put(names.back(), names.back());
  }
  std::vector<Bytes> blobs = store.GetMany(names);
  ASSERT_EQ(blobs.size(), names.size());
  for (size_t i = 0; i < names.size(); ++i) EXPECT_EQ(blobs[i].view(), names[i]);
  names.push_back("missing");
  EXPECT_EQ(CodeOf([&] { store.GetMany(names); }), ErrorCode::kFileNotFound);
}

TEST(ObjectStore, GetRangeReadsExactlyThatMuch) {
  ObjectStore store = ObjectStore::Open("memory://range");
  store.Put("x", "0123456789");
  EXPECT_EQ(store.GetRange("x", 2, 3).view(), "234");
  EXPECT_EQ(CodeOf([&] { store.GetRange("x", 8, 30); }), ErrorCode::kCorruptData);
  EXPECT_EQ(CodeOf([&] { store.GetRange("x", -1, 3); }), ErrorCode::kInvalidArgument);
}

TEST(ObjectStore, LocalPathMayStepUp) {
  const std::string root = testing::TempDir() + "step_up";
  ObjectStore::Open(root + "/a/b").Put("x", "1");
  EXPECT_EQ(ObjectStore::Open(root + "/a/../a/b").Get("x").view(), "1");
  EXPECT_EQ(ObjectStore::Open(root + "/none/../a").root(), root + "/a/");
  std::filesystem::remove_all(root);
}

TEST(ObjectStore, LocalNamesAreLiteral) {
  std::filesystem::path root = std::filesystem::path(testing::TempDir()) / "a b#%25é";
  ObjectStore store = ObjectStore::Open(root.string());
  const std::string name = "p=%2F x/#1?.txt";
  store.Put(name, "x");
  EXPECT_TRUE(std::filesystem::exists(root / name));
  EXPECT_EQ(store.List("p=%2F x").at(0).location, name);
  ObjectStore by_url = ObjectStore::Open(store.url());
  EXPECT_EQ(by_url.Get(name).view(), "x");
  EXPECT_EQ(by_url.root(), root.string() + "/");
  std::filesystem::remove_all(root);
}

TEST(ObjectStore, BadUrlsAndLocationsAreInvalidArguments) {
  for (const char* url : {"", "ftp://host/x", "s3://", "http://[", "hdfs://x/y"}) {
    EXPECT_EQ(CodeOf([&] { ObjectStore::Open(url); }), ErrorCode::kInvalidArgument) << url;
  }
  ObjectStore store = ObjectStore::Open("memory://bad");
  for (const char* location : {"../x", "a//b", "a/./b"}) {
    EXPECT_EQ(CodeOf([&] { store.Get(location); }), ErrorCode::kInvalidArgument) << location;
  }
  EXPECT_EQ(CodeOf([&] { store.Get("\xff"); }), ErrorCode::kInvalidArgument);
}

TEST(ObjectStore, UnknownOptionIsNamed) {
  try {
    ObjectStore::Open("s3://bucket/x", {{"AWS_REGIO", "eu"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(error.message().find("AWS_REGIO"), std::string::npos);
  }
}

TEST(ObjectStore, SecretsNeverAppear) {
  const Options options = {{"aws_secret_access_key", "hush-hush-canary"},
                           {"aws_access_key_id", "x"},
                           {"aws_region", "hush-hush-canary"},
                           {"aws_endpoint", "http://127.0.0.1:1"},
                           {"allow_http", "true"}};
  ObjectStore store = ObjectStore::Open("http://user:word-canary@127.0.0.1:1/x?sig=url-canary");
  EXPECT_EQ(store.url(), "http://127.0.0.1:1/x/");
  try {
    CancelScope soon([calls = 0]() mutable { return ++calls > 3; });
    ObjectStore::Open("s3://bucket/hush-hush-canary", options).Get("x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message().find("canary"), std::string::npos) << error.message();
  }
}

TEST(ParquetFile, GarbageInsteadOfParquetIsCorruptDataThatNamesTheFile) {
  ObjectStore store = ObjectStore::Open("memory://garbage");
  store.Put("dir/x.parquet", std::string(100, 'x'));
  try {
    ParquetFile::Open(store, "dir/x.parquet", 100);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
    EXPECT_NE(error.message().find("dir/x.parquet"), std::string::npos) << error.message();
  }
  EXPECT_EQ(CodeOf([&] { ParquetFile::Open(store, "dir/x.parquet", 1000); }),
            ErrorCode::kCorruptData);
  EXPECT_EQ(CodeOf([&] { ParquetFile::Open(store, "none.parquet", 100); }),
            ErrorCode::kFileNotFound);
}

TEST(ObjectStore, LinksLeadIntoLinkedFoldersAlone) {
  const std::filesystem::path root = std::filesystem::path(testing::TempDir()) / "linked";
  const ObjectStore beside = ObjectStore::Open((root / "beside").string());
  beside.Put("x", "1");
  std::filesystem::create_directories(root / "table");
  std::filesystem::create_symlink(root / "beside", root / "table" / "link");
  const std::string table = (root / "table").string();
  EXPECT_EQ(CodeOf([&] { ObjectStore::Open(table).Get("link/x"); }), ErrorCode::kPermissionDenied);
  EXPECT_EQ(ObjectStore::Open(table, {}, {beside}).Get("link/x").view(), "1");
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace deltaic::datafusion
