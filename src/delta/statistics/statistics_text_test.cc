#include "delta/statistics/statistics_text.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

// Texts of some shapes in turn, whose values differ in kind and length.
std::vector<std::string> Texts() {
  const std::vector<std::string> others = {
      R"(1)",       R"(-17)",  R"(2.5)",     R"(1e300)",
      R"("text")",  R"("")",   R"("\"\\")",  R"("2024-02-29T12:34:56.789Z")",
      R"(true)",    R"(null)", R"({"a":1})", R"("9999-99-99T99:99:99.999Z")",
      R"([1,"2"])", R"("ü€😀")"};
  std::vector<std::string> texts;
  for (size_t i = 0; i < 40; ++i) {
    for (const std::string& other : others) {
      const size_t number = texts.size();
      texts.push_back(
          fmt::format(R"({{"numRecords":{0},"minValues":{{"x":{1},"y":{2},"s":{{"z":{0}}}}},)"
                      R"("maxValues":{{"y":{2},"x":{3}}},"nullCount":{{"x":0,"y":{1}}}}})",
                      number, number * 7, other, number * 11));
    }
  }
  for (const char* broken : {"", "{", "[]", R"({"numRecords":1)", R"({"numRecords":1}})"}) {
    texts.emplace_back(broken);
  }
  return texts;
}

StatisticsLeaves Read(std::optional<std::set<std::string, std::less<>>> columns) {
  StatisticsLeavesBuilder builder;
  StatisticsTextParser parser(builder, std::move(columns));
  for (const std::string& text : Texts()) parser.Append(text);
  return builder.Finish();
}

// The values with their places, by kind.
std::string Describe(const StatisticsLeaves& leaves, StatisticsSection section,
                     const LeafPath& path, uint32_t row) {
  std::string described;
  const StatisticsLeaves::Columns columns = leaves.Find(section, path);
  for (size_t kind = 0; kind < kNumLeafKinds; ++kind) {
    if (columns.by_kind[kind] == nullptr) continue;
    const LeafColumn& values = *columns.by_kind[kind];
    const auto at = values.Find(row);
    if (!at) continue;
    const bool is_text = static_cast<LeafKind>(kind) == LeafKind::kString ||
                         static_cast<LeafKind>(kind) == LeafKind::kNumber;
    described += fmt::format("{}: {};", kind,
                             is_text ? values.text(*at) : fmt::to_string(values.integer(*at)));
  }
  return described;
}

TEST(StatisticsTextParser, SomeColumnsAreReadAsAllAre) {
  const StatisticsLeaves all = Read(std::nullopt);
  const StatisticsLeaves some = Read(std::set<std::string, std::less<>>{"x"});
  const size_t num_texts = Texts().size();
  ASSERT_EQ(all.num_rows(), num_texts);
  ASSERT_EQ(some.num_rows(), num_texts);
  for (uint32_t row = 0; row < num_texts; ++row) {
    for (const auto section :
         {StatisticsSection::kMin, StatisticsSection::kMax, StatisticsSection::kNullCount}) {
      EXPECT_EQ(Describe(some, section, {"x"}, row), Describe(all, section, {"x"}, row))
          << Texts()[row];
      EXPECT_EQ(Describe(some, section, {"y"}, row), "");
    }
    EXPECT_EQ(Describe(some, StatisticsSection::kMin, {"s", "z"}, row), "");
    EXPECT_EQ(Describe(some, StatisticsSection::kNumRecords, {}, row),
              Describe(all, StatisticsSection::kNumRecords, {}, row));
  }
  EXPECT_EQ(Describe(all, StatisticsSection::kMin, {"x"}, 3), "0: 21;");
  EXPECT_EQ(Describe(all, StatisticsSection::kMin, {"y"}, 4), "3: text;");
}

TEST(StatisticsTextParser, NoColumnsAreTheNumbersOfRecords) {
  const StatisticsLeaves none = Read(std::set<std::string, std::less<>>{});
  EXPECT_EQ(Describe(none, StatisticsSection::kNumRecords, {}, 17), "0: 17;");
  EXPECT_EQ(Describe(none, StatisticsSection::kMin, {"x"}, 17), "");
}

}  // namespace
}  // namespace deltaic::delta
