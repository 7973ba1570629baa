#include "delta/protocol/table_properties.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

namespace deltaic::delta {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;

Metadata With(std::map<std::string, std::string> configuration) {
  Metadata metadata;
  metadata.configuration = std::move(configuration);
  return metadata;
}

TEST(TableProperties, HasTheDefaultsOfTheProtocol) {
  const Metadata metadata;
  const TableProperties properties(metadata);
  EXPECT_FALSE(properties.append_only());
  EXPECT_EQ(properties.isolation_level(), IsolationLevel::kSerializable);
  EXPECT_FALSE(properties.change_data_feed());
  EXPECT_EQ(properties.checkpoint_interval(), 10);
  EXPECT_EQ(properties.checkpoint_policy(), CheckpointPolicy::kClassic);
  EXPECT_TRUE(properties.statistics_as_json());
  EXPECT_TRUE(properties.statistics_as_struct());
  EXPECT_EQ(properties.log_retention(), days(30));
  EXPECT_EQ(properties.deleted_file_retention(), days(7));
  EXPECT_EQ(properties.checkpoint_retention(), days(2));
  EXPECT_EQ(properties.dropped_feature_retention(), hours(24));
  EXPECT_TRUE(properties.cleans_expired_log());
  EXPECT_EQ(properties.transaction_retention(), std::nullopt);
  EXPECT_EQ(properties.num_indexed_columns(), 32);
  EXPECT_EQ(properties.string_prefix_length(), 32);
  EXPECT_EQ(properties.random_prefix_length(), 2);
  EXPECT_EQ(properties.target_file_size(), std::nullopt);
  EXPECT_EQ(properties.in_commit_timestamps_since_version(), std::nullopt);
  EXPECT_TRUE(properties.constraints().empty());
}

TEST(TableProperties, ReadsValues) {
  const Metadata metadata = With({{"delta.appendOnly", "TRUE"},
                                  {"delta.isolationLevel", "writeserializable"},
                                  {"delta.enableChangeDataCapture", "true"},
                                  {"delta.checkpointPolicy", "v2"},
                                  {"delta.logRetentionDuration", "interval 1 week 12 hours"},
                                  {"delta.dataSkippingNumIndexedCols", "-1"},
                                  {"delta.dataSkippingStringPrefixLength", "8"},
                                  {"delta.enableInCommitTimestamps-preview", "true"},
                                  {"delta.inCommitTimestampEnablementVersion", "7"},
                                  {"delta.targetFileSize", "100mb"},
                                  {"delta.constraints.a", "x > 1"},
                                  {"delta.constraints.b.c", "y"},
                                  {"delta.constraintsOther", "z"},
                                  {"delta.enableIcebergCompatV2", "true"},
                                  {"delta.rowTracking.materializedRowIdColumnName", ""}});
  const TableProperties properties(metadata);
  EXPECT_TRUE(properties.append_only());
  EXPECT_EQ(properties.isolation_level(), IsolationLevel::kWriteSerializable);
  EXPECT_TRUE(properties.change_data_feed());
  EXPECT_EQ(properties.checkpoint_policy(), CheckpointPolicy::kV2);
  EXPECT_EQ(properties.log_retention(), days(7) + hours(12));
  EXPECT_EQ(properties.num_indexed_columns(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(properties.string_prefix_length(), 8);
  EXPECT_TRUE(properties.in_commit_timestamps("-preview"));
  EXPECT_FALSE(properties.in_commit_timestamps());
  EXPECT_EQ(properties.in_commit_timestamps_since_version(), 7);
  EXPECT_EQ(properties.target_file_size(), 100 << 20);
  EXPECT_EQ(properties.constraints(),
            (std::map<std::string, std::string>{{"a", "x > 1"}, {"b.c", "y"}}));
  EXPECT_TRUE(properties.iceberg_compat(2));
  EXPECT_FALSE(properties.iceberg_compat(1));
  EXPECT_EQ(properties.row_id_column(), std::nullopt);
}

TEST(TableProperties, TakesWhatIsNoValueForAbsent) {
  const Metadata metadata = With({{"delta.appendOnly", "yes"},
                                  {"delta.checkpoint.writeStatsAsJson", ""},
                                  {"delta.isolationLevel", "none"},
                                  {"delta.checkpointInterval", "ten"},
                                  {"delta.logRetentionDuration", "1 month"},
                                  {"delta.dataSkippingNumIndexedCols", "1.5"},
                                  {"delta.dataSkippingStringPrefixLength", "-4"}});
  const TableProperties properties(metadata);
  EXPECT_FALSE(properties.append_only());
  EXPECT_TRUE(properties.statistics_as_json());
  EXPECT_EQ(properties.isolation_level(), IsolationLevel::kSerializable);
  EXPECT_EQ(properties.checkpoint_interval(), 10);
  EXPECT_EQ(properties.log_retention(), days(30));
  EXPECT_EQ(properties.num_indexed_columns(), 32);
  EXPECT_EQ(properties.string_prefix_length(), 32);
}

TEST(TableProperties, RefusesVersionsAndTimesThatAreNoIntegers) {
  const Metadata metadata = With({{"delta.inCommitTimestampEnablementVersion", "soon"},
                                  {"delta.inCommitTimestampEnablementTimestamp", "1.5"}});
  const TableProperties properties(metadata);
  EXPECT_THROW(properties.in_commit_timestamps_since_version(), Error);
  EXPECT_THROW(properties.in_commit_timestamps_since_time(), Error);
}

TEST(CheckTableProperties, NamesWhatIsNoValue) {
  for (const auto& [name, text] :
       std::map<std::string, std::string>{{"delta.appendOnly", "yes"},
                                          {"delta.checkpointInterval", "0"},
                                          {"delta.checkpointPolicy", "v3"},
                                          {"delta.columnMapping.mode", "position"},
                                          {"delta.dataSkippingNumIndexedCols", "-2"},
                                          {"delta.isolationLevel", "none"},
                                          {"delta.logRetentionDuration", "2 months"},
                                          {"delta.targetFileSize", "0"}}) {
    try {
      CheckTableProperties(With({{name, text}}));
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_NE(error.message().find(name), std::string::npos) << error.message();
      EXPECT_TRUE(error.message().ends_with(": '" + text + "'")) << error.message();
    }
  }
  CheckTableProperties(With({{"delta.someday", "?"}, {"mine", ""}, {"delta.appendOnly", "True"}}));
}

TEST(ParseInterval, ReadsSparksIntervals) {
  EXPECT_EQ(ParseInterval("interval 30 days"), days(30));
  EXPECT_EQ(ParseInterval("INTERVAL  1 week"), days(7));
  EXPECT_EQ(ParseInterval("7 days"), days(7));
  EXPECT_EQ(ParseInterval("1 day 2 hours 3 minutes 4 seconds 5 milliseconds"),
            milliseconds(93'784'005));
  EXPECT_EQ(ParseInterval("0 hours"), milliseconds(0));
  for (const char* text : {"", "interval", "7", "days", "-1 days", "1 month", "1 year", "1.5 days",
                           "9223372036854775807 weeks", "1 day 2"}) {
    EXPECT_EQ(ParseInterval(text), std::nullopt) << text;
  }
}

TEST(ParseByteSize, ReadsNumbersWithUnits) {
  EXPECT_EQ(ParseByteSize("104857600"), 104'857'600);
  EXPECT_EQ(ParseByteSize("100mb"), 104'857'600);
  EXPECT_EQ(ParseByteSize("1 G"), 1 << 30);
  EXPECT_EQ(ParseByteSize("5k"), 5 << 10);
  EXPECT_EQ(ParseByteSize("7b"), 7);
  for (const char* text : {"", "mb", "-1", "1.5g", "1 xb", "1 kkb", "9223372036854775807k"}) {
    EXPECT_EQ(ParseByteSize(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace deltaic::delta
