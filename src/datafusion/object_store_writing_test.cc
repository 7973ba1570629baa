// What every store promises to those who write, asked of a store of each kind. The variable
// DELTAIC_TEST_STORE adds the store that it names, with the options of the environment.

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/object_store.h>

#include "base/parallel_for.h"
#include "testing/error_of.h"

namespace deltaic::datafusion {
namespace {

using testing::ErrorOf;
using Names = std::vector<std::string>;

// Longer than a part of an upload, and no multiple of one.
constexpr size_t kSeveralParts = (20 << 20) + 12345;

std::string Noise(size_t size) {
  std::string text(size, '\0');
  uint64_t state = size + 1;
  for (char& c : text) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    c = static_cast<char>(state >> 56);
  }
  return text;
}

struct Kind {
  std::string name;
  std::string url;
};

std::vector<Kind> Kinds() {
  std::vector<Kind> kinds = {
      {"memory", "memory://object_store_writing_test/"},
      {"local", ::testing::TempDir() + "object_store_writing_test/"},
  };
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing else runs yet.
  if (const char* url = std::getenv("DELTAIC_TEST_STORE")) kinds.push_back({"server", url});
  return kinds;
}

Names LocationsOf(const ObjectStore& store, std::string_view prefix = "",
                  std::string_view start_after = "") {
  Names found;
  const std::unique_ptr<ObjectListing> listing = store.ListBelow(prefix, start_after);
  for (auto page = listing->Next(); !page.empty(); page = listing->Next()) {
    for (const ObjectMeta& object : page) found.push_back(object.location);
  }
  std::ranges::sort(found);
  return found;
}

class ObjectStoreWriting : public ::testing::TestWithParam<Kind> {
 protected:
  ObjectStoreWriting() : store_(ObjectStore::Open(GetParam().url + NewFolder())) {}
  ~ObjectStoreWriting() override { store_.DeleteMany(LocationsOf(store_)); }

  const ObjectStore& store() const { return store_; }

 private:
  static std::string NewFolder() {
    static std::atomic<int> count = 0;
    return fmt::format("{}_{}", ++count, std::hash<std::thread::id>()(std::this_thread::get_id()));
  }

  ObjectStore store_;
};

TEST_P(ObjectStoreWriting, ListsWhatIsBelowAFolder) {
  EXPECT_EQ(LocationsOf(store()), Names{});
  const Names all = {"a-b", "a/1", "a/b/2", "a/b/c d=%2F/3", "ab/4"};
  for (const std::string& name : all) store().Put(name, name);
  EXPECT_EQ(LocationsOf(store()), all);
  EXPECT_EQ(LocationsOf(store(), "a"), (Names{"a/1", "a/b/2", "a/b/c d=%2F/3"}));
  EXPECT_EQ(LocationsOf(store(), "a/b"), (Names{"a/b/2", "a/b/c d=%2F/3"}));
  EXPECT_EQ(LocationsOf(store(), "none"), Names{});
  EXPECT_EQ(LocationsOf(store(), "", "a/b/2"), (Names{"a/b/c d=%2F/3", "ab/4"}));
  EXPECT_EQ(LocationsOf(store(), "a", "a/b"), (Names{"a/b/2", "a/b/c d=%2F/3"}));
  EXPECT_EQ(store().ListBelow("", "a/b/c d=%2F/3")->Next().at(0).size, 4);
  EXPECT_TRUE(store().HasObjects("a"));
  EXPECT_FALSE(store().HasObjects("none"));
}

TEST_P(ObjectStoreWriting, ListsInPagesAndDeletesManyAtOnce) {
  Names all;
  for (int i = 0; i < 1100; ++i) all.push_back(fmt::format("p{}/{:04}", i % 3, i));
  ParallelFor(
      all.size(), [&](size_t i) { store().Put(all[i], "x"); }, 16);
  std::set<std::string> found;
  size_t pages = 0;
  const auto listing = store().ListBelow("");
  for (auto page = listing->Next(); !page.empty(); page = listing->Next()) {
    ++pages;
    EXPECT_LE(page.size(), 1000u);
    for (const ObjectMeta& object : page) found.insert(object.location);
  }
  EXPECT_GE(pages, 2u);
  EXPECT_EQ(found, std::set<std::string>(all.begin(), all.end()));
  EXPECT_TRUE(listing->Next().empty());

  all.pop_back();
  all.emplace_back("there/is/none");
  store().DeleteMany(all);
  EXPECT_EQ(LocationsOf(store()), Names{"p1/1099"});
  store().DeleteMany({});
}

TEST_P(ObjectStoreWriting, PutIfAbsentHasOneWinner) {
  constexpr int kWriters = 8;
  std::atomic<int> winners = 0;
  std::atomic<int> winner = -1;
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] {
      if (!store().PutIfAbsent("log/1", std::string(100000, static_cast<char>('a' + i)))) return;
      ++winners;
      winner = i;
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(store().Get("log/1").view(), std::string(100000, static_cast<char>('a' + winner)));
  EXPECT_EQ(LocationsOf(store()), Names{"log/1"}) << "No writer leaves anything else.";
}

TEST_P(ObjectStoreWriting, NobodySeesAPartOfAnObject) {
  const std::string texts[] = {std::string(3 << 20, 'a'), std::string(2 << 20, 'b')};
  store().Put("x", texts[0]);
  std::atomic<bool> ended = false;
  std::thread writer([&] {
    for (int i = 1; i <= 6; ++i) store().Put("x", texts[i % 2]);
    ended = true;
  });
  do {
    const Bytes bytes = store().Get("x");
    EXPECT_TRUE(bytes.view() == texts[0] || bytes.view() == texts[1]);
  } while (!ended);
  writer.join();
}

TEST_P(ObjectStoreWriting, CopiesIfAbsent) {
  store().Put("from", "one");
  EXPECT_TRUE(store().CopyIfAbsent("from", "log/to"));
  EXPECT_FALSE(store().CopyIfAbsent("from", "log/to"));
  EXPECT_EQ(store().Get("log/to").view(), "one");
  EXPECT_EQ(ErrorOf([&] { store().CopyIfAbsent("none", "other"); }).code(),
            ErrorCode::kFileNotFound);
  EXPECT_FALSE(store().Head("other"));
}

TEST_P(ObjectStoreWriting, WritesPieceByPiece) {
  constexpr size_t kLocalPart = 1 << 20, kPart = 8 << 20;
  for (const size_t size : {size_t{0}, size_t{5}, kLocalPart, kPart, kSeveralParts}) {
    const std::string text = Noise(size);
    store().Put("folder/x", "what is replaced");
    const std::unique_ptr<ObjectWriter> writer = store().OpenWriter("folder/x");
    for (size_t at = 0; at < size; at += 3 << 20) {
      writer->Append(std::string_view(text).substr(at, 3 << 20));
    }
    EXPECT_EQ(store().Get("folder/x").view(), "what is replaced");
    writer->Finish();
    EXPECT_TRUE(store().Get("folder/x").view() == text) << size;
    EXPECT_EQ(ErrorOf([&] { writer->Append("x"); }).code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(ErrorOf([&] { writer->Finish(); }).code(), ErrorCode::kInvalidArgument);
    writer->Abort();
    EXPECT_TRUE(store().Get("folder/x").view() == text) << size;
  }
  EXPECT_EQ(LocationsOf(store()), Names{"folder/x"});
}

TEST_P(ObjectStoreWriting, NothingIsLeftOfAnObjectThatIsGivenUp) {
  const std::string text = Noise(kSeveralParts);
  for (const bool is_destroyed : {false, true}) {
    std::unique_ptr<ObjectWriter> writer = store().OpenWriter("x");
    writer->Append(text);
    if (is_destroyed) {
      writer.reset();
    } else {
      writer->Abort();
      writer->Abort();
      EXPECT_EQ(ErrorOf([&] { writer->Finish(); }).code(), ErrorCode::kInvalidArgument);
    }
    EXPECT_EQ(LocationsOf(store()), Names{});
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, ObjectStoreWriting, ::testing::ValuesIn(Kinds()),
                         [](const auto& info) { return info.param.name; });

TEST(LocalStore, NoTemporaryFileIsLeftWhereAWriteFails) {
  const std::filesystem::path root = std::filesystem::path(::testing::TempDir()) / "failing_put";
  std::filesystem::create_directories(root / "taken" / "inside");
  const ObjectStore store = ObjectStore::Open(root.string());
  EXPECT_EQ(ErrorOf([&] { store.Put("taken", "x"); }).code(), ErrorCode::kIo);
  EXPECT_FALSE(store.PutIfAbsent("taken", "x"));
  store.Put("file", "x");
  EXPECT_NE(ErrorOf([&] { store.Put("file/below", "x"); }).message().find("file/below"),
            std::string::npos);
  const auto writer = store.OpenWriter("taken");
  writer->Append(Noise(kSeveralParts));
  EXPECT_EQ(ErrorOf([&] { writer->Finish(); }).code(), ErrorCode::kIo);
  Names left;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    left.push_back(entry.path().lexically_relative(root).string());
  }
  std::ranges::sort(left);
  EXPECT_EQ(left, (Names{"file", "taken", "taken/inside"}));
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace deltaic::datafusion
