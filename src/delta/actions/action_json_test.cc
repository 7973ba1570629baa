#include "delta/actions/action_json.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/error.h>

namespace deltaic::delta {
namespace {

constexpr char kLocation[] = "_delta_log/00000000000000000005.json";

CommitActions Parse(std::string_view json) { return ParseCommitActions(json, {kLocation, 5}); }

Error Failure(std::string_view json) {
  // In a buffer of its own size, so that address sanitizers see reads past its end.
  const std::vector<char> exact(json.begin(), json.end());
  try {
    Parse({exact.data(), exact.size()});
    return {ErrorCode::kInternal, "no error"};
  } catch (const Error& error) {
    return error;
  }
}

void ExpectCorrupt(std::string_view json, std::string_view names, int line = 1) {
  const Error error = Failure(json);
  EXPECT_EQ(error.code(), ErrorCode::kCorruptLog) << json.substr(0, 200);
  EXPECT_NE(error.message().find(names), std::string::npos) << error.message();
  EXPECT_NE(error.message().find("Commit 5 "), std::string::npos) << error.message();
  EXPECT_NE(error.message().find(std::string(kLocation) + ", line " + std::to_string(line) + ","),
            std::string::npos)
      << error.message();
}

std::string AddWith(std::string_view member, std::string_view value) {
  std::string json = R"({"add":{)";
  const std::pair<std::string_view, std::string_view> members[] = {
      {"path", R"("a")"},        {"partitionValues", "{}"}, {"size", "1"},
      {"modificationTime", "2"}, {"dataChange", "true"},
  };
  bool replaced = false;
  for (const auto& [name, standard] : members) {
    replaced = replaced || name == member;
    json += fmt::format("\"{}\":{},", name, name == member ? value : standard);
  }
  if (!replaced) json += fmt::format("\"{}\":{},", member, value);
  json.back() = '}';
  return json + "}";
}

TEST(ParseCommitActions, ReadsEveryKnownAction) {
  const CommitActions actions = Parse(R"json(
{"commitInfo":{"inCommitTimestamp":77,"operation":"WRITE","operationParameters":{"mode":["a",1]},"timestamp":66}}
{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["timestampNtz"],"writerFeatures":["timestampNtz","appendOnly"]}}
{"metaData":{"id":"i","name":"n","description":null,"format":{"provider":"parquet","options":{"a":"b"}},"schemaString":"{\"type\":\"struct\",\"fields\":[]}","partitionColumns":["p","q"],"configuration":{"delta.appendOnly":"true","gone":null},"createdTime":9}}
{"add":{"path":"p=1\/a%20b","partitionValues":{"p":"1","q":null},"size":12,"modificationTime":-3,"dataChange":true,"stats":"{\"numRecords\":1}","tags":{"x":"y"}}}
{"add":{"size":9223372036854775807,"modificationTime":4,"dataChange":false,"path":"\u00fc","partitionValues":{"q":"z","p":"1"},"stats":null,"deletionVector":{"storageType":"u","pathOrInlineDv":"abc","offset":1,"sizeInBytes":2,"cardinality":3}}}
{"remove":{"path":"old","dataChange":true,"deletionTimestamp":1}}
{"remove":{"path":"old","dataChange":true,"deletionVector":{"storageType":"i","pathOrInlineDv":"xyz","sizeInBytes":2,"cardinality":3}}}
{"txn":{"appId":"app","version":4,"lastUpdated":5}}
{"domainMetadata":{"domain":"d","configuration":"{}","removed":false}}
{"cdc":{"path":"_change_data/x","partitionValues":{},"size":1,"dataChange":false}}
{"someday":{"x":[1,{"y":null}]}})json");
  EXPECT_EQ(actions.num_objects, 11u);
  ASSERT_TRUE(actions.commit_info);
  EXPECT_EQ(actions.commit_info->timestamp, 66);
  EXPECT_EQ(actions.commit_info->in_commit_timestamp, 77);
  EXPECT_EQ(actions.commit_info->json.front(), '{');
  EXPECT_TRUE(actions.commit_info->json.ends_with(R"("timestamp":66})"))
      << actions.commit_info->json;

  ASSERT_TRUE(actions.protocol);
  EXPECT_EQ(actions.protocol->min_reader_version, 3);
  EXPECT_EQ(actions.protocol->min_writer_version, 7);
  EXPECT_EQ(actions.protocol->reader_features, (std::vector<std::string>{"timestampNtz"}));
  EXPECT_EQ(actions.protocol->writer_features,
            (std::vector<std::string>{"timestampNtz", "appendOnly"}));

  ASSERT_TRUE(actions.metadata);
  EXPECT_EQ(actions.metadata->id, "i");
  EXPECT_EQ(actions.metadata->name, "n");
  EXPECT_EQ(actions.metadata->description, std::nullopt);
  EXPECT_EQ(actions.metadata->format_provider, "parquet");
  EXPECT_EQ(actions.metadata->format_options.at("a"), "b");
  EXPECT_EQ(actions.metadata->schema_string, R"({"type":"struct","fields":[]})");
  EXPECT_EQ(actions.metadata->partition_columns, (std::vector<std::string>{"p", "q"}));
  EXPECT_EQ(actions.metadata->configuration,
            (std::map<std::string, std::string>{{"delta.appendOnly", "true"}}));
  EXPECT_EQ(actions.metadata->created_time, 9);

  const AddedFiles& added = *actions.files;
  ASSERT_EQ(added.num_rows(), 2u);
  EXPECT_EQ(added.paths[0], "p=1/a%20b");
  EXPECT_EQ(added.paths[1], "\xC3\xBC");
  EXPECT_EQ(added.sizes[0], 12);
  EXPECT_EQ(added.sizes[1], INT64_MAX);
  EXPECT_EQ(added.modification_times[0], -3);
  const LeafColumn* records =
      added.statistics.Find(StatisticsSection::kNumRecords, {})[LeafKind::kInteger];
  ASSERT_NE(records, nullptr);
  ASSERT_EQ(records->Find(0), 0u);
  EXPECT_EQ(records->integer(0), 1);
  EXPECT_EQ(records->Find(1), std::nullopt);
  EXPECT_EQ(added.key(0).deletion_vector_id, "");
  EXPECT_EQ(added.key(1).deletion_vector_id, "uabc@1");
  EXPECT_EQ(added.deletion_vectors.Find(0), std::nullopt);
  EXPECT_EQ(added.deletion_vectors.Find(1), (DeletionVectorDescriptor{'u', "abc", 1, 2, 3}));
  EXPECT_EQ(added.key_hashes[1], HashFileKey("\xC3\xBC", "uabc@1"));
  EXPECT_NE(added.key_hashes[1], HashFileKey("\xC3\xBC", ""));
  const PartitionMaps& values = added.partition_values;
  const uint32_t p = values.FindName("p").value();
  const uint32_t q = values.FindName("q").value();
  EXPECT_EQ(values.FindName("r"), std::nullopt);
  EXPECT_EQ(values.Find(0, p), "1");
  EXPECT_EQ(values.Find(0, q), std::nullopt);
  EXPECT_EQ(values.Find(1, p), "1");
  EXPECT_EQ(values.Find(1, q), "z");

  ASSERT_EQ(actions.removed.num_rows(), 2u);
  EXPECT_EQ(actions.removed.key(0), (FileKey{"old", ""}));
  EXPECT_EQ(actions.removed.key(1), (FileKey{"old", "ixyz"}));
  ASSERT_EQ(actions.transactions.size(), 1u);
  EXPECT_EQ(actions.transactions[0], (SetTransaction{"app", 4, 5}));
  ASSERT_EQ(actions.domains.size(), 1u);
  EXPECT_EQ(actions.domains[0], (DomainMetadata{"d", "{}", false}));
}

TEST(ParseCommitActions, AcceptsWhatEditorsDoToLines) {
  EXPECT_EQ(Parse("\xEF\xBB\xBF" + AddWith("size", "1")).num_added(), 1u);
  EXPECT_EQ(Parse(AddWith("size", "1") + "\r\n\r\n" + AddWith("path", "\"b\"")).num_added(), 2u);
  EXPECT_EQ(Parse("\n \t\n" + AddWith("size", "1") + "\n\n").num_added(), 1u);
  EXPECT_EQ(Parse("{}\n").num_objects, 1u);
  EXPECT_EQ(Parse("").num_objects, 0u);
  EXPECT_EQ(Parse(" \n\n").num_objects, 0u);
}

TEST(ParseCommitActions, ReadsIndentedObjects) {
  const CommitActions actions = Parse(R"json({
  "commitInfo": {
    "operation": "}{\""
  }
}
{
  "add": {
    "path": "a",
    "partitionValues": {},
    "size": 1,
    "modificationTime": 2,
    "dataChange": true
  }
}
)json");
  EXPECT_EQ(actions.num_objects, 2u);
  ASSERT_EQ(actions.num_added(), 1u);
  EXPECT_EQ(actions.files->paths[0], "a");
}

TEST(ParseCommitActions, NamesTheLine) {
  ExpectCorrupt(AddWith("size", "1") + "\n\n" + AddWith("size", "-1") + "\n", "add.size", 3);
  ExpectCorrupt("{\n\"a\":1\n}\n" + AddWith("size", "-1") + "\n", "add.size", 4);
  try {
    ParseCommitActions(AddWith("size", "x"), {kLocation, 5, 1000});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("line 1000"), std::string::npos) << error.message();
  }
}

TEST(ParseCommitActions, RefusesBytesThatAreNoActions) {
  const std::string add = AddWith("size", "1");
  for (size_t length = 1; length < add.size(); ++length) ExpectCorrupt(add.substr(0, length), "");
  for (size_t length = 1; length < add.size(); ++length) {
    ExpectCorrupt(add.substr(0, length) + "\n" + add + "\n", "");
  }
  ExpectCorrupt(std::string(4096, '\0'), "not a JSON object");
  ExpectCorrupt(add + std::string(10, '\0'), "not a JSON object");
  ExpectCorrupt(add + "\n" + std::string(10, '\0') + "\n", "not a JSON object", 2);
  ExpectCorrupt("\x8f\x02garbage\xff\n", "not a JSON object");
  ExpectCorrupt("[1,2,3]\n", "not a JSON object");
  ExpectCorrupt("17\n", "not a JSON object");
  ExpectCorrupt("null\n", "not a JSON object");
  ExpectCorrupt("}\n", "not a JSON object");
  ExpectCorrupt(add + " x\n", "not a JSON object");
  ExpectCorrupt(add + "}\n", "after an action");
  ExpectCorrupt(add + " " + add + "\n", "after an action");
  ExpectCorrupt("{\"add\" {}}\n", "malformed");
  ExpectCorrupt("{add:{}}\n", "malformed");
  ExpectCorrupt("{\"add\":{\"path\":\"a\x01\"}}\n", "malformed");
  ExpectCorrupt(AddWith("path", "\"\xff\xfe\""), "malformed");
  ExpectCorrupt(AddWith("path", R"("\ud800")"), "add.path");
  ExpectCorrupt(AddWith("path", R"("\q")"), "add.path");
  ExpectCorrupt(AddWith("size", "nul"), "add.size");
  ExpectCorrupt(AddWith("dataChange", "tru"), "add.dataChange");
}

TEST(ParseCommitActions, RefusesWrongMembersOfAdd) {
  for (const char* member : {"path", "partitionValues", "size", "modificationTime", "dataChange"}) {
    ExpectCorrupt(AddWith(member, "null"), fmt::format("add.{} is missing", member));
    ExpectCorrupt(AddWith(member, "[]"), fmt::format("add.{}", member));
  }
  ExpectCorrupt(R"({"add":"a"})", "add is not an object");
  ExpectCorrupt(R"({"add":[]})", "add is not an object");
  ExpectCorrupt(R"({"add":{}})", "add.path is missing");
  ExpectCorrupt(AddWith("path", "7"), "add.path is not a text");
  ExpectCorrupt(AddWith("path", "\"\""), "add.path is empty");
  for (const char* number : {"\"12\"", "1.5", "1.0", "1e30", "1e2", "18446744073709551616",
                             "9223372036854775808", "-9223372036854775809", "true", "{}", "01"}) {
    ExpectCorrupt(AddWith("size", number), "add.size");
    ExpectCorrupt(AddWith("modificationTime", number), "add.modificationTime");
  }
  ExpectCorrupt(AddWith("size", "-1"), "add.size is negative");
  ExpectCorrupt(AddWith("partitionValues", R"({"p":5})"), "add.partitionValues");
  ExpectCorrupt(AddWith("partitionValues", R"({"p":"1","p":"2"})"), "add.partitionValues");
  ExpectCorrupt(AddWith("stats", "{}"), "add.stats");
  ExpectCorrupt(AddWith("dataChange", "1"), "add.dataChange");
  ExpectCorrupt(AddWith("deletionVector", "5"), "add.deletionVector");
  ExpectCorrupt(AddWith("deletionVector", "{}"), "add.deletionVector");
  for (const char* members :
       {R"("sizeInBytes":1)", R"("cardinality":1)", R"("sizeInBytes":1,"cardinality":-1)",
        R"("sizeInBytes":-1,"cardinality":1)", R"("sizeInBytes":2147483648,"cardinality":1)",
        R"("sizeInBytes":1,"cardinality":1,"offset":-1)",
        R"("sizeInBytes":1,"cardinality":1,"offset":2147483648)"}) {
    ExpectCorrupt(AddWith("deletionVector",
                          fmt::format(R"({{"storageType":"u","pathOrInlineDv":"x",{}}})", members)),
                  "add.deletionVector");
  }
  ExpectCorrupt(AddWith("deletionVector", R"({"storageType":"q","pathOrInlineDv":"x",)"
                                          R"("sizeInBytes":1,"cardinality":1})"),
                "add.deletionVector");
  ExpectCorrupt(R"({"add":{"path":"a","path":"b"}})", "add.path occurs twice");
}

TEST(ParseCommitActions, RefusesWrongMembersOfOtherActions) {
  ExpectCorrupt(R"({"remove":{"dataChange":true}})", "remove.path is missing");
  ExpectCorrupt(R"({"remove":{"path":"a"}})", "remove.dataChange is missing");
  ExpectCorrupt(R"({"remove":{"path":"","dataChange":true}})", "remove.path is empty");
  ExpectCorrupt(R"({"protocol":{"minWriterVersion":2}})", "minReaderVersion");
  ExpectCorrupt(R"({"protocol":{"minReaderVersion":0,"minWriterVersion":2}})", "minReaderVersion");
  ExpectCorrupt(R"({"protocol":{"minReaderVersion":"1","minWriterVersion":2}})",
                "minReaderVersion");
  ExpectCorrupt(R"({"protocol":{"minReaderVersion":1,"minWriterVersion":4294967298}})",
                "minWriterVersion");
  ExpectCorrupt(R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":"x"}})",
                "readerFeatures");
  ExpectCorrupt(R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":[1]}})",
                "readerFeatures");
  const std::string_view start = R"({"metaData":{"id":"i","format":{"provider":"parquet"},)";
  ExpectCorrupt(R"({"metaData":{}})", "metaData.id");
  ExpectCorrupt(R"({"metaData":{"id":"i","partitionColumns":[]}})", "metaData.format");
  ExpectCorrupt(fmt::format(R"({}"partitionColumns":"x"}}}})", start), "partitionColumns");
  ExpectCorrupt(fmt::format(R"({}"partitionColumns":[null]}}}})", start), "partitionColumns");
  ExpectCorrupt(fmt::format(R"({}"partitionColumns":[],"configuration":1}}}})", start),
                "configuration");
  ExpectCorrupt(fmt::format(R"({}"partitionColumns":[],"configuration":{{"a":1}}}}}})", start),
                "configuration");
  ExpectCorrupt(R"({"txn":{}})", "txn.appId");
  ExpectCorrupt(R"({"txn":{"appId":"a","version":"1"}})", "txn.version");
  ExpectCorrupt(R"({"domainMetadata":{"domain":"d","configuration":"{}"}})", "removed");
  ExpectCorrupt(R"({"domainMetadata":{"domain":"d","removed":false}})", "configuration");
  ExpectCorrupt(R"({"commitInfo":7})", "commitInfo");
}

TEST(ParseCommitActions, RefusesASecondProtocolOrMetadata) {
  const std::string protocol = R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})";
  ExpectCorrupt(protocol + "\n" + protocol, "second protocol", 2);
  const std::string metadata =
      R"({"metaData":{"id":"i","format":{"provider":"parquet"},"partitionColumns":[]}})";
  ExpectCorrupt(metadata + "\n" + metadata, "second metaData", 2);
}

TEST(ParseCommitActions, IgnoresWhatItDoesNotKnow) {
  const size_t depth = 100'000;
  const std::string deep =
      "{\"someday\":" + std::string(depth, '[') + std::string(depth, ']') + "}\n";
  EXPECT_EQ(Parse(deep + AddWith("size", "1")).num_added(), 1u);
  std::string deep_objects = "{\"someday\":";
  for (size_t i = 0; i < depth; ++i) deep_objects += "{\"a\":";
  deep_objects += "1" + std::string(depth, '}') + "}\n";
  EXPECT_EQ(Parse(deep_objects).num_objects, 1u);
  EXPECT_EQ(Parse(AddWith("tags", deep.substr(11, 2 * depth))).num_added(), 1u);
  EXPECT_EQ(Parse(AddWith("clusteringProvider", "17")).num_added(), 1u);
  EXPECT_EQ(Parse(R"({"add":null,"remove":null,"txn":null})").num_added(), 0u);
  const CommitActions info =
      Parse(R"({"commitInfo":{"timestamp":"soon","inCommitTimestamp":1.5}})");
  EXPECT_EQ(info.commit_info->timestamp, std::nullopt);
  EXPECT_EQ(info.commit_info->in_commit_timestamp, std::nullopt);
}

TEST(ParseCommitActions, KeepsUpWithManyPartitionNames) {
  // Names that differ from file to file must cost no more than their texts.
  std::string json;
  for (int i = 0; i < 20'000; ++i) {
    json += AddWith("partitionValues", fmt::format("{{\"p{}\":\"{}\"}}", i, i)) + "\n";
  }
  const CommitActions actions = Parse(json);
  const PartitionMaps& values = actions.files->partition_values;
  EXPECT_EQ(actions.num_added(), 20'000u);
  EXPECT_EQ(values.num_names(), 20'000u);
  EXPECT_EQ(values.Find(77, *values.FindName("p77")), "77");
  EXPECT_EQ(values.Find(77, *values.FindName("p78")), std::nullopt);
}

}  // namespace
}  // namespace deltaic::delta
