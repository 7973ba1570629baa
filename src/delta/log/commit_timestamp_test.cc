#include "delta/log/commit_timestamp.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "delta/log/log_segment.h"
#include "testing/error_of.h"
#include "testing/faulty_store.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;
using testing::FaultyStore;
using testing::TableBuilder;
using testing::Verb;

Protocol WithFeature(std::string name) {
  return {1, 7, std::nullopt, std::vector<std::string>{std::move(name)}};
}

CommitInfo At(int64_t time) {
  return {.json = fmt::format(R"({{"inCommitTimestamp":{},"operation":"WRITE"}})", time)};
}

TEST(FindInCommitTimestamps, NeedsTheFeatureAndItsProperty) {
  const Metadata on = testing::SomeMetadata({{"delta.enableInCommitTimestamps", "True"}});
  EXPECT_TRUE(FindInCommitTimestamps(WithFeature("inCommitTimestamp"), on));
  EXPECT_FALSE(FindInCommitTimestamps(WithFeature("appendOnly"), on));
  EXPECT_FALSE(FindInCommitTimestamps({1, 2}, on));
  EXPECT_FALSE(FindInCommitTimestamps(WithFeature("inCommitTimestamp"), testing::SomeMetadata()));
  const Metadata preview =
      testing::SomeMetadata({{"delta.enableInCommitTimestamps-preview", "true"}});
  EXPECT_TRUE(FindInCommitTimestamps(WithFeature("inCommitTimestamp-preview"), preview));
  EXPECT_FALSE(FindInCommitTimestamps(WithFeature("inCommitTimestamp"), preview));
}

TEST(FindInCommitTimestamps, SaysSinceWhen) {
  const Metadata since =
      testing::SomeMetadata({{"delta.enableInCommitTimestamps", "true"},
                             {"delta.inCommitTimestampEnablementVersion", "4"},
                             {"delta.inCommitTimestampEnablementTimestamp", "99"}});
  const auto found = FindInCommitTimestamps(WithFeature("inCommitTimestamp"), since);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->first_version, 4);
  EXPECT_EQ(found->first_timestamp_ms, 99);
}

// Versions 0 to 4, committed at 100, 200, … by their own word.
TableBuilder Timed(datafusion::ObjectStore store) {
  TableBuilder table(std::move(store));
  table.Commit({At(100), testing::SomeProtocol(), testing::SomeMetadata()});
  for (int64_t time = 200; time <= 500; time += 100) {
    table.Commit({At(time), testing::SomeFile(fmt::format("f{}", time))});
  }
  return table;
}

TEST(FindVersionAtTimestamp, IsTheLastOneAtOrBeforeTheTime) {
  const TableBuilder table = Timed(testing::NewMemoryStore());
  const LogFiles files = ListLogFiles(table.access(), 0);
  const InCommitTimestamps always{0, std::nullopt};
  for (const auto& [time, version] : std::vector<std::pair<int64_t, int64_t>>{
           {100, 0}, {199, 0}, {200, 1}, {499, 3}, {9999, 4}}) {
    EXPECT_EQ(FindVersionAtTimestamp(table.store(), files, always, time), version) << time;
  }
  EXPECT_EQ(ErrorOf([&] { FindVersionAtTimestamp(table.store(), files, always, 99); }).code(),
            ErrorCode::kVersionNotFound);
}

TEST(FindVersionAtTimestamp, ReadsFewCommits) {
  FaultyStore faulty;
  TableBuilder table = Timed(faulty.store());
  for (int64_t time = 600; time <= 20'000; time += 100) table.Commit({At(time)});
  const LogFiles files = ListLogFiles(table.access(), 0);
  const int before = faulty.count(Verb::kGetRange);
  EXPECT_EQ(FindVersionAtTimestamp(table.store(), files, InCommitTimestamps{0, {}}, 12'345), 122);
  EXPECT_LE(faulty.count(Verb::kGetRange) - before, 10);
}

TEST(FindVersionAtTimestamp, RefusesACommitWithoutTheTimeThatItPromises) {
  TableBuilder table = Timed(testing::NewMemoryStore());
  table.Append(1);
  const LogFiles files = ListLogFiles(table.access(), 0);
  EXPECT_EQ(ErrorOf([&] {
              FindVersionAtTimestamp(table.store(), files, InCommitTimestamps{0, {}}, 9999);
            }).code(),
            ErrorCode::kCorruptLog);
}

TEST(ReadInCommitTimestamp, FindsATimeThatIsNotInTheFirstLine) {
  TableBuilder table;
  table.Commit({testing::SomeProtocol(), testing::SomeMetadata(), At(77)});
  const LogFiles files = ListLogFiles(table.access(), 0);
  EXPECT_EQ(ReadInCommitTimestamp(table.store(), files.commits().front()), 77);
}

}  // namespace
}  // namespace deltaic::delta
