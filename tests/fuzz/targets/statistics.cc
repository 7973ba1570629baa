// Statistics, a text a line: read one after the other, once more when their shapes are known, and
// each alone. All ways lead to the same values, which are then typed as columns of every type.

#include <vector>

#include "delta/statistics/statistics_columns.h"
#include "delta/statistics/statistics_text.h"
#include "fuzz/arrow_checks.h"
#include "fuzz/fuzz.h"

namespace deltaic::fuzz {
namespace {

using delta::DataType;
using delta::StatisticsLeaves;
using delta::StatisticsLeavesBuilder;
using delta::StatisticsTextParser;
using delta::StructField;
using delta::TypeKind;

constexpr size_t kMaxLines = 8;

// Columns named by a letter, as short inputs have them.
std::vector<StructField> Columns() {
  const DataType kLong = DataType::Primitive(TypeKind::kLong);
  return {
      {"l", kLong},
      {"i", DataType::Primitive(TypeKind::kInteger)},
      {"s", DataType::Primitive(TypeKind::kShort)},
      {"b", DataType::Primitive(TypeKind::kByte)},
      {"f", DataType::Primitive(TypeKind::kFloat)},
      {"d", DataType::Primitive(TypeKind::kDouble)},
      {"c", DataType::Decimal(38, 10)},
      {"e", DataType::Decimal(5, 2)},
      {"t", DataType::Primitive(TypeKind::kString)},
      {"o", DataType::Primitive(TypeKind::kBoolean)},
      {"y", DataType::Primitive(TypeKind::kDate)},
      {"m", DataType::Primitive(TypeKind::kTimestamp)},
      {"n", DataType::Primitive(TypeKind::kTimestampNtz)},
      {"p", DataType::Primitive(TypeKind::kTimestampNanos)},
      {"q", DataType::Primitive(TypeKind::kTimestampNanosNtz)},
      {"z", DataType::Primitive(TypeKind::kBinary)},
      {"v", DataType::Primitive(TypeKind::kVoid)},
      {"x", DataType::Struct({{"l", kLong}, {"x", DataType::Struct({{"l", kLong}})}})},
      {"a", DataType::Array(kLong, true)},
  };
}

}  // namespace

void Run(std::string_view input) {
  std::vector<std::string_view> texts;
  while (!input.empty() && texts.size() < kMaxLines) texts.push_back(TakeLine(input));

  StatisticsLeavesBuilder builder_of_all;
  StatisticsTextParser parser(builder_of_all);
  std::vector<bool> are_good;
  for (const std::string_view text : texts) are_good.push_back(parser.Append(text));
  for (size_t i = 0; i < texts.size(); ++i) {
    Expect(parser.Append(texts[i]) == are_good[i], "a text is as good as before");
  }
  const StatisticsLeaves all = builder_of_all.Finish();
  for (size_t i = 0; i < texts.size(); ++i) {
    StatisticsLeavesBuilder builder_of_one;
    StatisticsTextParser fresh(builder_of_one);
    Expect(fresh.Append(texts[i]) == are_good[i], "a text is as good as alone");
    const StatisticsLeaves one = builder_of_one.Finish();
    const auto row = static_cast<uint32_t>(i);
    const auto again = static_cast<uint32_t>(i + texts.size());
    Expect(all.RowEquals(row, one, 0) && one.RowEquals(0, all, row), "a text reads as alone");
    Expect(all.RowEquals(again, one, 0) && one.RowEquals(0, all, again), "a text reads as before");
  }

  const delta::LeafRows rows{.size = all.num_rows()};
  std::vector<int64_t> counts;
  delta::AppendRecordCounts(all, rows, counts);
  std::vector<delta::ColumnStatistics> columns;
  for (const StructField& column : Columns()) {
    delta::StatisticsColumnBuilder builder(column);
    builder.Append(all, {}, rows);
    columns.push_back(builder.Finish());
  }
  ExpectValid(delta::MakeStatistics(counts, columns));
}

}  // namespace deltaic::fuzz
