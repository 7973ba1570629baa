#include "delta/session/history_rows.h"

#include <string>

#include <gtest/gtest.h>

#include <deltaic/datafusion/batch_formatter.h>

namespace deltaic::delta {
namespace {

std::string Json(const RecordBatch& rows) {
  return datafusion::FormatBatches(rows.schema(), {rows}, datafusion::TextFormat::kNdjson);
}

TEST(DescribeHistory, HasTheColumnsOfSparkInItsTypes) {
  const std::vector<HistoryEntry> history = {
      {.version = 2,
       .timestamp_ms = 1500,
       .json = R"({"userId":"7","userName":"me","operation":"WRITE","operationParameters":{"mode":
          "Append","partitionBy":["a"],"x":null},"job":{"jobId":1,"runId":"r"},"notebook":
          {"notebookId":"n"},"clusterId":"c","readVersion":1,"isolationLevel":"Serializable",
          "isBlindAppend":true,"operationMetrics":{"numFiles":1},"userMetadata":"m",
          "engineInfo":"e","txnId":"t"})"},
      {.version = 1, .timestamp_ms = 0, .json = R"({"timestamp":0,"version":1})"},
  };
  EXPECT_EQ(
      Json(DescribeHistory(history)),
      R"({"version":2,"timestamp":"1970-01-01T00:00:01.500Z","userId":"7","userName":"me",)"
      R"("operation":"WRITE","operationParameters":{"mode":"Append","partitionBy":"[\"a\"]",)"
      R"("x":null},"job":{"jobId":"1","jobName":null,"jobRunId":null,"runId":"r",)"
      R"("jobOwnerId":null,"triggerType":null},"notebook":{"notebookId":"n"},"clusterId":"c",)"
      R"("readVersion":1,"isolationLevel":"Serializable","isBlindAppend":true,)"
      R"("operationMetrics":{"numFiles":"1"},"userMetadata":"m","engineInfo":"e"})"
      "\n"
      R"({"version":1,"timestamp":"1970-01-01T00:00:00Z","userId":null,"userName":null,)"
      R"("operation":null,"operationParameters":null,"job":null,"notebook":null,)"
      R"("clusterId":null,"readVersion":null,"isolationLevel":null,"isBlindAppend":null,)"
      R"("operationMetrics":null,"userMetadata":null,"engineInfo":null})"
      "\n");
}

// A commitInfo may hold anything.
TEST(DescribeHistory, LeavesOutMembersOfOtherTypes) {
  for (const char* value : {"1", "-1.5", "\"x\"", "true", "[]", "[{}]", "{}", "{\"jobId\":{}}",
                            "99999999999999999999", "null"}) {
    std::string json = "{";
    for (const char* member :
         {"userId", "operationParameters", "job", "notebook", "readVersion", "isBlindAppend"}) {
      json += (json.size() > 1 ? ",\"" : "\"") + std::string(member) + "\":" + value;
    }
    const RecordBatch rows = DescribeHistory({{.version = 0, .timestamp_ms = 0, .json = json + "}"},
                                              {.version = 0, .timestamp_ms = 0, .json = value}});
    EXPECT_EQ(rows.num_rows(), 2) << value;
    EXPECT_FALSE(Json(rows).empty()) << value;
  }
}

TEST(DescribeHistory, HasItsColumnsWithoutRows) {
  EXPECT_EQ(DescribeHistory({}).schema().num_columns(), 15);
}

}  // namespace
}  // namespace deltaic::delta
