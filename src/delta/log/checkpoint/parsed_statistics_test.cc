#include "delta/log/checkpoint/parsed_statistics.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/datafusion/batch_formatter.h>
#include <deltaic/datafusion/session_context.h>

#include "delta/statistics/file_statistics.h"
#include "delta/statistics/statistics_columns.h"

namespace deltaic::delta {
namespace {

DataType Of(TypeKind kind) { return DataType::Primitive(kind); }

const std::vector<StructField>& Fields() {
  static const std::vector<StructField> kFields = {
      {"l", Of(TypeKind::kLong)},
      {"i", Of(TypeKind::kInteger)},
      {"f", Of(TypeKind::kFloat)},
      {"g", Of(TypeKind::kDouble)},
      {"b", Of(TypeKind::kBoolean)},
      {"s", Of(TypeKind::kString)},
      {"d", Of(TypeKind::kDate)},
      {"t", Of(TypeKind::kTimestamp)},
      {"n", Of(TypeKind::kTimestampNtz)},
      {"u", Of(TypeKind::kTimestampNanos)},
      {"w", Of(TypeKind::kTimestampNanosNtz)},
      {"c", DataType::Decimal(20, 2)},
      {"q", DataType::Struct({{"x", Of(TypeKind::kLong)}, {"y", Of(TypeKind::kString)}})},
  };
  return kFields;
}

std::string Shown(const RecordBatch& batch) {
  std::string text;
  for (int64_t i = 0; i < batch.num_columns(); ++i) {
    text += std::string(batch.schema().column_name(i)) + "\n";
  }
  return text + datafusion::FormatBatches(batch.schema(), {batch}, datafusion::TextFormat::kNdjson);
}

// The fields' statistics that the column `s` of the rows of a query holds.
std::string FromColumn(const std::string& sql) {
  datafusion::SessionContext session;
  const std::vector<RecordBatch> batches = session.Sql(sql).Collect();
  StatisticsLeavesBuilder builder_of_leaves;
  for (const RecordBatch& batch : batches) {
    nanoarrow::UniqueArrayView view;
    EXPECT_EQ(ArrowArrayViewInitFromSchema(view.get(), batch.schema().c_schema(), nullptr), 0);
    EXPECT_EQ(ArrowArrayViewSetArray(view.get(), batch.c_array(), nullptr), 0);
    std::vector<int64_t> rows;
    for (int64_t row = 0; row < batch.num_rows(); ++row) rows.push_back(row);
    AppendParsedStatistics(ArrowColumn(batch.schema().c_schema(), view.get()).Child("s"), rows,
                           builder_of_leaves);
  }
  const StatisticsLeaves leaves = builder_of_leaves.Finish();
  const LeafRows rows{.size = leaves.num_rows()};
  std::vector<int64_t> counts;
  const DeletionVectorColumn no_vectors;
  AppendRowCounts(leaves, no_vectors, rows, counts);
  std::vector<ColumnStatistics> columns;
  for (const StructField& field : Fields()) {
    StatisticsColumnBuilder builder(field);
    builder.Append(leaves, no_vectors, rows);
    columns.push_back(builder.Finish());
  }
  return Shown(MakeStatistics(counts, columns));
}

std::string FromTexts(const std::vector<std::string>& texts) {
  return Shown(ParseFileStatistics(
      {Fields()}, 0, static_cast<int64_t>(texts.size()),
      [&](int64_t row) -> std::string_view { return texts[static_cast<size_t>(row)]; }));
}

TEST(ParsedStatistics, SayWhatTheTextsSay) {
  const std::string sql = R"(SELECT named_struct('numRecords', CAST(9 AS BIGINT),
      'nullCount', named_struct('l', CAST(1 AS BIGINT), 'q', named_struct('x', CAST(9 AS BIGINT))),
      'minValues', named_struct('l', CAST(-5 AS BIGINT), 'i', CAST(3 AS INT), 'f', CAST(-0.5 AS REAL),
        'g', CAST(0 AS DOUBLE), 'b', false, 's', arrow_cast('ab', 'Utf8View'), 'd', CAST('2024-02-29' AS DATE),
        't', arrow_cast('2024-01-01T00:00:00.123', 'Timestamp(Microsecond, Some("UTC"))'),
        'n', arrow_cast('1969-12-31T23:59:59.999', 'Timestamp(Nanosecond, None)'),
        'u', arrow_cast('1969-12-31T23:59:59.123456789', 'Timestamp(Nanosecond, Some("UTC"))'),
        'w', arrow_cast('2024-01-01T00:00:00.123456', 'Timestamp(Microsecond, None)'),
        'c', arrow_cast('-1.5', 'Decimal128(20, 2)'), 'q', named_struct('y', arrow_cast('k', 'Utf8View'))),
      'maxValues', named_struct('l', CAST(7 AS BIGINT), 'i', CAST(4 AS SMALLINT), 'f', CAST(2 AS REAL),
        'g', CAST(1.5 AS DOUBLE), 'b', true, 's', arrow_cast('b', 'Utf8View'), 'd', CAST('2024-03-01' AS DATE),
        't', arrow_cast('2024-01-01T00:00:01', 'Timestamp(Second, Some("UTC"))'),
        'n', arrow_cast('1970-01-01T00:00:00.001', 'Timestamp(Millisecond, None)'),
        'u', arrow_cast('2262-04-11T23:47:16.854775807', 'Timestamp(Nanosecond, Some("UTC"))'),
        'w', arrow_cast('9999-12-31T00:00:00', 'Timestamp(Second, None)'),
        'c', arrow_cast('123456789012345678.25', 'Decimal128(20, 2)'), 'q', named_struct('y', arrow_cast('z', 'Utf8View')))
      ) AS s)";
  const std::string text = R"({"numRecords":9,"nullCount":{"l":1,"q":{"x":9}},
      "minValues":{"l":-5,"i":3,"f":-0.5,"g":0.0,"b":false,"s":"ab","d":"2024-02-29",
        "t":"2024-01-01T00:00:00.123Z","n":"1969-12-31T23:59:59.999",
        "u":"1969-12-31T23:59:59.123456789Z","w":"2024-01-01 00:00:00.123456","c":-1.5,"q":{"y":"k"}},
      "maxValues":{"l":7,"i":4,"f":2.0,"g":1.5,"b":true,"s":"b","d":"2024-03-01",
        "t":"2024-01-01T00:00:01.000Z","n":"1970-01-01T00:00:00.001",
        "u":"2262-04-11T23:47:16.854775807Z","w":"9999-12-31T00:00:00",
        "c":123456789012345678.25,"q":{"y":"z"}}})";
  EXPECT_EQ(FromColumn(sql), FromTexts({text}));
}

TEST(ParsedStatistics, WhatIsNullIsUnknown) {
  const std::string sql = R"(SELECT s FROM (VALUES
      (1, named_struct('numRecords', CAST(2 AS BIGINT), 'tightBounds', false,
          'minValues', named_struct('l', CAST(1 AS BIGINT)))),
      (2, NULL),
      (3, named_struct('numRecords', NULL, 'tightBounds', NULL,
          'minValues', named_struct('l', CAST(3 AS BIGINT)))),
      (4, named_struct('numRecords', CAST(4 AS BIGINT), 'tightBounds', true, 'minValues', NULL))
      ) AS v(k, s) ORDER BY k)";
  EXPECT_EQ(FromColumn(sql),
            FromTexts({R"({"numRecords":2,"tightBounds":false,"minValues":{"l":1}})", "",
                       R"({"minValues":{"l":3}})", R"({"numRecords":4})"}));
}

TEST(ParsedStatistics, MembersOfOtherTypesAreLeftOut) {
  const std::string sql = R"(SELECT named_struct('numRecords', 'three', 'tightBounds', 7,
      'nullCount', named_struct('l', 1.5, 'i', named_struct('x', CAST(1 AS BIGINT))),
      'minValues', 4, 'maxValues', named_struct('l', [1], 'q', CAST(1 AS BIGINT),
      's', arrow_cast('x', 'Binary'), 'd', arrow_cast('no date', 'Utf8View'), 'b', CAST(1 AS BIGINT))) AS s)";
  EXPECT_EQ(FromColumn(sql), FromTexts({R"({"maxValues":{"d":"no date"}})"}));
}

}  // namespace
}  // namespace deltaic::delta
