#include "delta/actions/action_text.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

namespace deltaic::delta {
namespace {

std::vector<Action> Read(std::string_view json) {
  return ReadActions(json, {"_delta_log/00000000000000000005.json", 5});
}

std::string Written(const std::vector<Action>& actions) {
  std::string text;
  for (const Action& action : actions) AppendActionLine(action, text);
  return text;
}

std::string Failure(std::string_view json) {
  try {
    Read(json);
    return "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptLog);
    return error.message();
  }
}

// Every member that the protocol names, in its order, and one that it does not name.
constexpr std::string_view kEveryMember =
    R"json({"add":{"path":"p=1/a%20b","partitionValues":{"p":"1","q":null},"size":12,"modificationTime":-3,"dataChange":false,"stats":"{\"numRecords\":1}","tags":{"x":"y","z":null},"deletionVector":{"storageType":"u","pathOrInlineDv":"abc","offset":1,"sizeInBytes":2,"cardinality":3,"new":[1]},"baseRowId":0,"defaultRowCommitVersion":9223372036854775807,"clusteringProvider":"liquid","new":{"a":[1e400,18446744073709551616,-0.0,"é\u0001"]}}}
{"remove":{"path":"old","deletionTimestamp":1,"dataChange":true,"extendedFileMetadata":true,"partitionValues":{"p":"1"},"size":5,"stats":"{}","tags":{},"deletionVector":{"storageType":"i","pathOrInlineDv":"xyz","sizeInBytes":2,"cardinality":3},"baseRowId":1,"defaultRowCommitVersion":2,"new":null1}}
{"cdc":{"path":"_change_data/x","partitionValues":{},"size":1,"dataChange":false,"tags":{"a":"b"},"new":1.50}}
{"metaData":{"id":"i","name":"n","description":"d","format":{"provider":"parquet","options":{"a":"b"},"new":true},"schemaString":"{\"type\":\"struct\",\"fields\":[]}","partitionColumns":["p","q"],"createdTime":9,"configuration":{"delta.appendOnly":"true"},"new":[]}}
{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["timestampNtz"],"writerFeatures":["timestampNtz","appendOnly"],"new":{}}}
{"txn":{"appId":"app","version":-4,"lastUpdated":5,"new":"x"}}
{"domainMetadata":{"domain":"d","configuration":"{\"a\":\"\\n\"}","removed":true,"new":false}}
{"commitInfo":{"timestamp":66,"operationParameters":{"mode":["a",1]},"inCommitTimestamp":77}}
{"sidecar":{"path":"s.parquet","sizeInBytes":7,"modificationTime":8,"tags":{"a":null},"new":0}}
{"checkpointMetadata":{"version":5,"tags":{"a":"b"},"new":0}}
{"someday":[1,{"y":"z"}]}
{"someday":7}
)json";

std::string EveryMember() {
  std::string text(kEveryMember);
  text.replace(text.find("null1"), 5, "17");
  return text;
}

TEST(ActionText, IsTheSameAfterReadingAndWriting) {
  const std::string text = EveryMember();
  const std::vector<Action> actions = Read(text);
  EXPECT_EQ(actions.size(), 12u);
  EXPECT_EQ(Written(actions), text);
  EXPECT_EQ(Read(Written(actions)), actions);
}

TEST(ActionText, ReadsEveryMember) {
  const std::vector<Action> actions = Read(EveryMember());
  const auto& add = std::get<AddFile>(actions[0]);
  EXPECT_EQ(add.path, "p=1/a%20b");
  EXPECT_EQ(add.partition_values, (NullableTexts{{"p", "1"}, {"q", std::nullopt}}));
  EXPECT_FALSE(add.data_change);
  EXPECT_EQ(add.tags, (NullableTexts{{"x", "y"}, {"z", std::nullopt}}));
  ASSERT_TRUE(add.deletion_vector);
  EXPECT_EQ(add.deletion_vector->descriptor(), (DeletionVectorDescriptor{'u', "abc", 1, 2, 3}));
  EXPECT_EQ(add.clustering_provider, "liquid");
  const auto& remove = std::get<RemoveFile>(actions[1]);
  EXPECT_EQ(remove.deletion_timestamp, 1);
  EXPECT_EQ(remove.extended_file_metadata, true);
  EXPECT_EQ(remove.unknown_members, (UnknownMembers{{"new", "17"}}));
  EXPECT_EQ(std::get<CommitInfo>(actions[7]).in_commit_timestamp, 77);
  EXPECT_EQ(std::get<UnknownAction>(actions[10]), (UnknownAction{"someday", R"([1,{"y":"z"}])"}));
}

TEST(ActionText, KeepsMembersOfUnexpectedTypesThatItOnlyHandsOn) {
  for (const char* member : {R"("tags":[1])", R"("tags":{"a":1})", R"("tags":{"a":"1","a":"2"})",
                             R"("tags":{"a":"1","b":{"c":[]}})", R"("tags":7)",
                             R"("clusteringProvider":17)", R"("clusteringProvider":{"a":1})"}) {
    const std::string line =
        R"({"add":{"path":"a","partitionValues":{},"size":1,"modificationTime":2,"dataChange":true,)" +
        std::string(member) + "}}\n";
    EXPECT_EQ(Written(Read(line)), line);
  }
}

TEST(ActionText, PutsIndentedObjectsIntoOneLine) {
  const std::vector<Action> actions = Read(R"({
  "commitInfo": {
    "operation": "a\n b"
  },
  "someday": [
    1
  ]
}
{"txn":{"appId":"a","version":1,
  "new": {
    "x" : " y "
  }
}})");
  EXPECT_EQ(Written(actions), R"({"commitInfo":{    "operation": "a\n b"  }}
{"someday":[    1  ]}
{"txn":{"appId":"a","version":1,"new":{    "x" : " y "  }}}
)");
}

TEST(ActionText, TakesNullForAbsent) {
  EXPECT_TRUE(Read(R"({"add":null,"someday":null})").empty());
  EXPECT_EQ(Written(Read(R"({"txn":{"appId":"a","version":1,"lastUpdated":null}})")),
            "{\"txn\":{\"appId\":\"a\",\"version\":1}}\n");
  EXPECT_EQ(
      Written(Read(
          R"({"remove":{"path":"a","dataChange":true,"size":null,"tags":null,"deletionVector":null}})")),
      "{\"remove\":{\"path\":\"a\",\"dataChange\":true}}\n");
}

TEST(ActionText, RefusesWhatIsNoAction) {
  const auto expect = [](std::string_view json, std::string_view problem) {
    const std::string message = Failure(json);
    EXPECT_NE(message.find(problem), std::string::npos) << message;
    EXPECT_NE(message.find("00000000000000000005.json, line 1"), std::string::npos) << message;
  };
  expect(R"({"add":{"path":"a"}})", "add.partitionValues is missing");
  expect(R"({"add":{"path":"a","path":"b"}})", "add.path occurs twice");
  expect(R"({"remove":{"path":"","dataChange":true}})", "remove.path is empty");
  expect(R"({"remove":{"path":"a","dataChange":true,"size":-1}})", "remove.size is negative");
  expect(R"({"cdc":{"path":"a","partitionValues":{"a":1}}})", "cdc.partitionValues");
  expect(R"({"remove":{"path":"a","dataChange":true,"deletionVector":{"storageType":"q"}}})",
         "remove.deletionVector");
  expect(R"({"someday":[nul]})", "someday is malformed");
  expect(R"({"someday":{"a":01}})", "someday is malformed");
  expect(R"({"txn":{"appId":"a","version":1,"new":[1,]}})", "new is malformed");
  expect(R"({"commitInfo":{"a":tru}})", "commitInfo is malformed");
  expect(R"({"someday":1}})", "after an action");
  expect("17", "not a JSON object");
}

}  // namespace
}  // namespace deltaic::delta
