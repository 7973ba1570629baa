#include <deltaic/delta/write/data_checker.h>

#include <gtest/gtest.h>

#include <deltaic/datafusion/session_context.h>
#include <deltaic/delta/protocol/schema_json.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "testing/error_of.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;

const DataType kLong = DataType::Primitive(TypeKind::kLong);

DeltaDataChecker Checker() {
  Metadata metadata = testing::SomeMetadata({{"delta.constraints.small", "a < 10"}}, {});
  metadata.schema_string = SchemaToJson(
      DataType::Struct({{"a", kLong, false},
                        {"s", DataType::Struct({{"x", kLong, false}})},
                        {"l", DataType::Array(kLong, false)},
                        {"b", kLong, true, R"({"delta.generationExpression":"a + 1"})"}}));
  testing::TableBuilder table;
  table.Commit({Protocol{1, 4}, metadata});
  return DeltaDataChecker(*LoadLatestSnapshot(table.access()));
}

RecordBatch Row(const std::string& values) {
  const datafusion::SessionContext session;
  return session.Sql("SELECT " + values).Collect().at(0);
}

constexpr char kGood[] = "1 AS a, named_struct('x', 1) AS s, make_array(1, 2) AS l, 2 AS b";

TEST(DataChecker, LetsGoodRowsPass) {
  EXPECT_NO_THROW(Checker().CheckBatch(Row(kGood)));
  EXPECT_NO_THROW(Checker().CheckBatch(
      Row("1 AS a, CAST(NULL AS STRUCT<x BIGINT>) AS s, CAST(NULL AS BIGINT[]) AS l, 2 AS b")));
}

TEST(DataChecker, NamesWhatARowBreaksAndShowsIt) {
  for (const auto& [row, what] : std::vector<std::pair<std::string, std::string>>{
           {"11 AS a, named_struct('x', 1) AS s, make_array(1) AS l, 12 AS b", "small"},
           {"1 AS a, named_struct('x', 1) AS s, make_array(1) AS l, 7 AS b", "'b'"},
           {"CAST(NULL AS BIGINT) AS a, named_struct('x', 1) AS s, make_array(1) AS l, 7 AS b",
            "NOT NULL of the column 'a'"},
           {"1 AS a, named_struct('x', CAST(NULL AS BIGINT)) AS s, make_array(1) AS l, 2 AS b",
            "NOT NULL of the column 's.x'"},
           {"1 AS a, named_struct('x', 1) AS s, make_array(1, NULL) AS l, 2 AS b",
            "NOT NULL of the column 'l.element'"}}) {
    const Error error = ErrorOf([&] { Checker().CheckBatch(Row(row)); });
    EXPECT_EQ(error.code(), ErrorCode::kConstraintViolation) << row;
    EXPECT_NE(error.message().find(what), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("\"b\":"), std::string::npos) << error.message();
  }
}

TEST(DataChecker, RefusesOtherColumns) {
  EXPECT_EQ(ErrorOf([] { Checker().CheckBatch(Row("1 AS a")); }).code(),
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace deltaic::delta
