#include "delta/write/written_statistics.h"

#include <gtest/gtest.h>

#include <nanoarrow/nanoarrow.hpp>

#include "columnar/batch_builder.h"
#include "columnar/column_builder.h"

namespace deltaic::delta {
namespace {

const DataType kLong = DataType::Primitive(TypeKind::kLong);
const DataType kString = DataType::Primitive(TypeKind::kString);

// One file with a column of texts.
std::string TextStatistics(std::string_view min, std::string_view max, int max_characters = 4) {
  const auto bound = [](std::string_view text) {
    BatchBuilder builder(1);
    builder.AddStrings("0", {std::string(text)});
    return builder.Finish();
  };
  BatchBuilder nulls(1);
  nulls.AddInt64("0", {2});
  BatchBuilder files(1);
  files.AddInt64("num_rows", {7});
  files.AddStruct("null_count", nulls.Finish());
  files.AddStruct("min", bound(min));
  files.AddStruct("max", bound(max));
  return StatisticsOfFiles(files.Finish(), StatisticsLeavesOf({{"s", kString}}),
                           {.max_characters = max_characters})
      .front();
}

TEST(WrittenStatistics, ShortTextsAreTheirOwnBounds) {
  EXPECT_EQ(TextStatistics("a", "zz"),
            R"({"numRecords":7,"minValues":{"s":"a"},"maxValues":{"s":"zz"},"nullCount":{"s":2}})");
}

TEST(WrittenStatistics, LongTextsAreCutAndTheMaximumGoesUp) {
  EXPECT_NE(TextStatistics("abcdef", "abcdef").find(R"("minValues":{"s":"abcd"})"),
            std::string::npos);
  EXPECT_NE(TextStatistics("abcdef", "abcdef").find(R"("maxValues":{"s":"abce"})"),
            std::string::npos);
}

TEST(WrittenStatistics, CharactersAreCutAsAWhole) {
  EXPECT_NE(TextStatistics("éééééé", "éééééé").find("\"éééê\""), std::string::npos);
}

TEST(WrittenStatistics, TheLastCharacterGivesWayToTheOneBefore) {
  EXPECT_NE(
      TextStatistics("a", "a\U0010FFFF\U0010FFFF\U0010FFFFx").find(R"("maxValues":{"s":"b"})"),
      std::string::npos);
  EXPECT_NE(TextStatistics("a", "abc\xED\x9F\xBFx").find("\"abc\xEE\x80\x80\""), std::string::npos);
}

TEST(WrittenStatistics, ThereIsNoMaximumBeyondTheLastCharacters) {
  EXPECT_NE(TextStatistics("a", "\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF")
                .find(R"("maxValues":{})"),
            std::string::npos);
}

TEST(WrittenStatistics, FieldsOfStructsAreObjectsUnderTheirStoredNames) {
  const DataType inner = DataType::Struct({{"x", kLong}, {"y", DataType::Array(kLong, true)}});
  StructField outer{"s", inner};
  outer.physical_name = "col-1";
  const std::vector<StatisticsLeaf> leaves = StatisticsLeavesOf({outer, {"z", kLong}});
  ASSERT_EQ(leaves.size(), 3U);
  EXPECT_EQ(leaves[1].path, (std::vector<std::string>{"s", "y"}));
  BatchBuilder nulls(1);
  BatchBuilder bounds(1);
  for (const char* name : {"0", "1", "2"}) {
    nulls.AddInt64(name, {0});
    bounds.AddInt64(name, {5});
  }
  const RecordBatch values = bounds.Finish();
  BatchBuilder files(1);
  files.AddInt64("num_rows", {1});
  files.AddStruct("null_count", nulls.Finish());
  files.AddStruct("min", values);
  files.AddStruct("max", values);
  EXPECT_EQ(StatisticsOfFiles(files.Finish(), leaves, {.says_tight_bounds = true}).front(),
            R"({"numRecords":1,"minValues":{"col-1":{"x":5},"z":5},)"
            R"("maxValues":{"col-1":{"x":5},"z":5},)"
            R"("nullCount":{"col-1":{"x":0,"y":0},"z":0},"tightBounds":true})");
}

}  // namespace
}  // namespace deltaic::delta
