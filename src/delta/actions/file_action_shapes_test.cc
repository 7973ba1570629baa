#include "delta/actions/file_action_shapes.h"

#include <random>
#include <string>
#include <vector>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "delta/actions/action_json.h"

namespace deltaic::delta {
namespace {

using Random = std::mt19937_64;

std::string Pick(Random& random, const std::vector<std::string>& texts) {
  return texts[random() % texts.size()];
}

// Values for a bound, as JSON for an escaped text.
std::string Bound(Random& random) {
  return Pick(random, {"1",
                       "-7",
                       "0",
                       "-0",
                       "123456789012345678",
                       "1234567890123456789",
                       "1.5",
                       "-0.25",
                       "1e3",
                       "2E-4",
                       "01",
                       "1.",
                       "true",
                       "false",
                       "null",
                       "[1,2]",
                       R"({\"y\":3})",
                       R"(\"abc\")",
                       R"(\"\")",
                       R"(\"2024-02-29T01:02:03.004Z\")",
                       R"(\"2023-02-29T01:02:03.004Z\")",
                       R"(\"2024-02-29 01:02:03\")",
                       R"(\"a\\\"b\")",
                       R"(\"\u00e9\")",
                       "\\\"\xC3\xA9\\\"",
                       R"(\"a\\\\b\")"});
}

std::string Statistics(Random& random) {
  if (random() % 8 == 0) return Pick(random, {"", "{}", "no json", R"({\"numRecords\":5)"});
  std::string json = "{";
  json += fmt::format(R"(\"numRecords\":{},)", Pick(random, {"10", "0", "-1", "2.0", "1000"}));
  if (random() % 6 == 0) {
    json += fmt::format(R"(\"tightBounds\":{},)", Pick(random, {"true", "false", "null", "1"}));
  }
  json += fmt::format(R"(\"minValues\":{{\"a\":{},\"s\":{{\"b\":{}}}}},)", Bound(random),
                      Bound(random));
  json += fmt::format(R"(\"maxValues\":{{\"a\":{}}},)", Bound(random));
  if (random() % 9 == 0) json += fmt::format(R"(\"minValues\":{{\"a\":{}}},)", Bound(random));
  return json + fmt::format(R"(\"nullCount\":{{\"a\":{}}}}})", Pick(random, {"0", "3", "null"}));
}

std::string Line(Random& random, int number) {
  const std::string path =
      Pick(random, {fmt::format("p=1/f{}.parquet", number), fmt::format("f%20{}", number),
                    fmt::format("\xC3\xA9-{}", number), fmt::format(R"(a\/b\u0041{})", number)});
  if (random() % 6 == 0) {
    return fmt::format(
        R"({{"remove":{{"path":"{}","deletionTimestamp":{},"dataChange":true{}}}}})", path, number,
        Pick(random, {"", R"(,"size":12,"stats":"{\"numRecords\":4}")", R"(,"tags":{"k":"v"})"}));
  }
  std::string line = fmt::format(
      R"({{"add":{{"path":"{}","partitionValues":{{{}}},"size":{},"modificationTime":{},)"
      R"("dataChange":{})",
      path,
      Pick(random, {"", R"("p":"1")", R"("p":null,"q":"x")", R"("q":"y","p":"2")", R"("p":"")",
                    R"("p":"\u0031")"}),
      Pick(random, {"0", "7", "999999999999999999", "9223372036854775807",
                    fmt::to_string(random() >> (1 + random() % 63))}),
      Pick(random, {"0", "-5", "1704067200000"}), Pick(random, {"true", "false"}));
  if (random() % 5 != 0) line += fmt::format(R"(,"stats":"{}")", Statistics(random));
  if (random() % 5 == 0)
    line += Pick(random, {R"(,"tags":null)", R"(,"tags":{"k":"v"})", R"(,"baseRowId":5)",
                          R"(,"baseRowId":77,"defaultRowCommitVersion":12)",
                          R"(,"baseRowId":null,"defaultRowCommitVersion":0)",
                          R"(,"deletionVector":null)", R"(,"other":[1])", R"(,"other":"q\"q")"});
  return line + Pick(random, {"}}", "} }", "}}\r", "}}"});
}

// The lines of one commit give the same whether a line's shape is known from those before it or
// each of them is parsed for itself.
TEST(FileActionShapes, KnownShapesReadAsParsedLines) {
  size_t num_added = 0, num_removed = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    std::vector<std::string> lines;
    // More than are put into columns at a time.
    for (int i = 0; i < 200; ++i) {
      // Few shapes at a time, so that they come again.
      Random shape(seed * 7 + random() % 5);
      lines.push_back(Line(shape, i));
    }
    std::string json;
    for (const std::string& line : lines) json += line + "\n";
    const CommitActions all = ParseCommitActions(json, {"commit", 1});
    uint32_t row = all.added_begin;
    size_t removed = 0;
    for (const std::string& line : lines) {
      const CommitActions one = ParseCommitActions(line, {"commit", 1});
      if (one.num_added() == 1) {
        EXPECT_TRUE(SameFile(*all.files, row, *one.files, one.added_begin)) << seed << ": " << line;
        EXPECT_EQ(all.files->key_hashes[row], one.files->key_hashes[one.added_begin]);
        ++row;
      }
      if (one.removed.num_rows() == 1) {
        EXPECT_EQ(all.removed.key(removed), one.removed.key(0)) << seed << ": " << line;
        ++removed;
      }
    }
    EXPECT_EQ(row, all.added_end);
    EXPECT_EQ(removed, all.removed.num_rows());
    num_added += all.num_added();
    num_removed += removed;
  }
  EXPECT_GT(num_added, 10'000u);
  EXPECT_GT(num_removed, 1'000u);
}

// Takes what it has learned from `first` for `second`, or does not.
size_t TakeAfter(const std::string& first, const std::string& second) {
  AddedFilesBuilder files;
  FileActionShapes shapes(files);
  shapes.Learn(first);
  RemovedFiles removed;
  return shapes.Take(second, removed);
}

std::string Add(const std::string& path, const std::string& size, const std::string& end = "}}") {
  return fmt::format(R"({{"add":{{"path":"{}","partitionValues":{{}},"size":{},)"
                     R"("modificationTime":1,"dataChange":true{})",
                     path, size, end);
}

TEST(FileActionShapes, TakesLinesOfTheSameShape) {
  EXPECT_EQ(TakeAfter(Add("a", "1"), Add("bcd", "234")), Add("bcd", "234").size());
  EXPECT_EQ(TakeAfter(Add("a", "1"), Add("b", "2") + "\nmore"), Add("b", "2").size());
}

TEST(FileActionShapes, LeavesToTheParserWhatItRefuses) {
  const std::string first = Add("a", "1");
  EXPECT_EQ(TakeAfter(first, Add("", "1")), 0u) << "An empty path.";
  EXPECT_EQ(TakeAfter(first, Add("b", "-1")), 0u) << "A negative size.";
  EXPECT_EQ(TakeAfter(first, Add("b", "1.5")), 0u);
  const auto tracked = [](const char* numbers) { return Add("a", "1", numbers); };
  const std::string ids = tracked(R"(,"baseRowId":1,"defaultRowCommitVersion":2}})");
  EXPECT_NE(TakeAfter(ids, tracked(R"(,"baseRowId":9,"defaultRowCommitVersion":0}})")), 0u);
  EXPECT_EQ(TakeAfter(ids, tracked(R"(,"baseRowId":-9,"defaultRowCommitVersion":2}})")), 0u);
  EXPECT_EQ(TakeAfter(ids, tracked(R"(,"baseRowId":9,"defaultRowCommitVersion":-2}})")), 0u);
  EXPECT_EQ(TakeAfter(first, Add("b", "01")), 0u);
  EXPECT_EQ(TakeAfter(first, Add(std::string("b\0c", 3), "1")), 0u) << "A raw control character.";
  EXPECT_EQ(TakeAfter(first, Add("b\xFF", "1")), 0u) << "Bytes that may be no UTF-8.";
  EXPECT_EQ(TakeAfter(first, Add("b\\u0041", "1")), 0u) << "An escape.";
  EXPECT_EQ(TakeAfter(first, Add("b", "1") + "x"), 0u) << "Text after the object.";
  EXPECT_EQ(TakeAfter(first, Add("b", "1").substr(0, 60)), 0u) << "A cut line.";
  EXPECT_EQ(TakeAfter(first, Add("b", "1", R"(,"stats":"{}"}})")), 0u) << "Another shape.";
}

TEST(FileActionShapes, LearnsNothingFromWhatMayMeanMore) {
  const std::string vector =
      Add("a", "1",
          R"(,"deletionVector":{"storageType":"u","pathOrInlineDv":"x","sizeInBytes":1,)"
          R"("cardinality":1}}})");
  EXPECT_EQ(TakeAfter(vector, vector), 0u);
  const std::string two = Add("a", "1", R"(},"txn":{"appId":"x","version":1}})");
  EXPECT_EQ(TakeAfter(two, two), 0u);
  const std::string twice = Add("a", "1", R"(,"stats":"{\"numRecords\":1,\"numRecords\":2}"}})");
  EXPECT_EQ(TakeAfter(twice, twice), 0u);
}

}  // namespace
}  // namespace deltaic::delta
