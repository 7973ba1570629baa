#include "delta/transaction/commit_info.h"

#include <string>

#include <gtest/gtest.h>

#include <deltaic/delta/transaction/commit_properties.h>

#include "base/version.h"
#include "delta/actions/action_text.h"
#include "testing/error_of.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;
using Texts = std::map<std::string, std::string>;

TEST(CommitInfo, SaysWhatSparkSays) {
  const CommitOperation operation = {.name = "WRITE",
                                     .parameters = {{"mode", "Append"}, {"partitionBy", "[\"p\"]"}},
                                     .metrics = {{"numFiles", "1"}}};
  const Texts custom = {{"mine", "{\"a\":\n1}"}, {"userMetadata", "\"u\""}};
  const CommitInfo info = MakeCommitInfo({.timestamp_ms = 5,
                                          .operation = operation,
                                          .read_version = 3,
                                          .isolation_level = IsolationLevel::kWriteSerializable,
                                          .is_blind_append = true,
                                          .txn_id = "t",
                                          .in_commit_timestamp_ms = 7,
                                          .row_ids_preserved = true,
                                          .custom_metadata = custom});
  EXPECT_EQ(info.json,
            R"({"inCommitTimestamp":7,"timestamp":5,"operation":"WRITE",)"
            R"("operationParameters":{"mode":"Append","partitionBy":"[\"p\"]"},"readVersion":3,)"
            R"("isolationLevel":"WriteSerializable","isBlindAppend":true,)"
            R"("operationMetrics":{"numFiles":"1"},"tags":{"delta.rowTracking.preserved":"true"},)"
            R"("engineInfo":"deltaic/)" +
                std::string(Version()) + R"(","txnId":"t","mine":{"a":1},"userMetadata":"u"})");
  EXPECT_EQ(info.timestamp, 5);
  EXPECT_EQ(info.in_commit_timestamp, 7);
}

TEST(CommitInfo, ParametersOfTheCallerAreAdded) {
  const CommitOperation operation = {.name = "WRITE", .parameters = {{"a", "1"}, {"b", "2"}}};
  const Texts custom = {{"operationParameters", R"({"b":[3], "c":null})"}};
  const CommitInfo info =
      MakeCommitInfo({.operation = operation, .txn_id = "t", .custom_metadata = custom});
  EXPECT_NE(info.json.find(R"("operationParameters":{"a":"1","b":[3],"c":null},)"),
            std::string::npos)
      << info.json;
  EXPECT_EQ(info.json.find("operationParameters"), info.json.rfind("operationParameters"));
}

TEST(CommitInfo, IsUnderstoodAgain) {
  const CommitInfoFacts facts =
      ReadCommitInfoFacts(R"({"operation":"MERGE","txnId":"t","isBlindAppend":true})");
  EXPECT_EQ(facts.operation, "MERGE");
  EXPECT_EQ(facts.txn_id, "t");
  EXPECT_TRUE(facts.is_blind_append);
  const CommitInfoFacts odd =
      ReadCommitInfoFacts(R"({"operation":7,"txnId":null,"isBlindAppend":"true"})");
  EXPECT_FALSE(odd.operation || odd.txn_id || odd.is_blind_append);
  EXPECT_FALSE(ReadCommitInfoFacts("{").operation);
}

std::string Refusal(CommitProperties properties) {
  const Error error = ErrorOf([&] { CheckCommitProperties(properties); });
  return error.code() == ErrorCode::kInvalidArgument ? error.message() : "";
}

TEST(CommitProperties, MembersThatAreWrongAreNamed) {
  std::string deep;
  for (int i = 0; i < 2000; ++i) deep += '[';
  for (int i = 0; i < 2000; ++i) deep += ']';
  const std::pair<std::string, std::string> cases[] = {{"timestamp", "1"},
                                                       {"operation", "\"x\""},
                                                       {"engineInfo", "\"x\""},
                                                       {"txnId", "\"x\""},
                                                       {"isBlindAppend", "true"},
                                                       {"inCommitTimestamp", "1"},
                                                       {"tags", "{}"},
                                                       {"operationParameters", "[]"},
                                                       {"userId", "1"},
                                                       {"userName", "null"},
                                                       {"userMetadata", "{}"},
                                                       {"mine", "{"},
                                                       {"mine", ""},
                                                       {"mine", "1 2"},
                                                       {"mine", "\"\xff\""},
                                                       {"mine", deep},
                                                       {"mine", "1},\"txnId\":{\"a\":1"}};
  for (const auto& [name, json] : cases) {
    const std::string refusal = Refusal({.custom_metadata = {{name, json}}});
    EXPECT_NE(refusal.find("'" + name + "'"), std::string::npos) << name << " " << json;
  }
  EXPECT_NO_THROW(CheckCommitProperties(
      {.custom_metadata = {{"mine", "[1, {\"a\": null}]"}, {"userId", "\"u\""}, {"a\"b", "1"}}}));
}

TEST(CommitProperties, NumbersAndApplicationsAreChecked) {
  EXPECT_NE(Refusal({.max_commit_retries = -1}), "");
  EXPECT_NE(Refusal({.min_back_off = std::chrono::milliseconds(-1)}), "");
  EXPECT_NE(Refusal({.app_transactions = {{"", 1, {}, {}}}}), "");
  EXPECT_NE(Refusal({.app_transactions = {{"job", 1, {}, {}}, {"job", 2, {}, {}}}}).find("'job'"),
            std::string::npos);
}

}  // namespace
}  // namespace deltaic::delta
