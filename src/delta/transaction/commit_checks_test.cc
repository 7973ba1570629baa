#include "delta/transaction/commit_checks.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/transaction/row_id_assignment.h"
#include "testing/error_of.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;
using testing::Removed;
using testing::SomeFile;
using testing::SomeMetadata;
using testing::TableBuilder;
using Names = std::vector<std::string>;

AddFile WithVector(AddFile file, const std::string& id) {
  file.deletion_vector = DeletionVector{'i', id, {}, 1, 1, {}};
  return file;
}

Protocol Listing(const Names& writer_features, std::optional<Names> reader_features = {}) {
  return {reader_features ? 3 : 1, 7, std::move(reader_features), writer_features, {}};
}

// The error of a commit to a table, "" where it is allowed.
class CommitChecksTest : public ::testing::Test {
 protected:
  void Create(const std::vector<Action>& actions) {
    TableBuilder table;
    table.Commit(actions);
    read_ = LoadLatestSnapshot(table.access());
  }

  Error Check(const std::vector<Action>& actions) {
    StagedActions staged;
    for (const Action& action : actions) staged.Add(action);
    const TableAccess access(testing::NewMemoryStore());
    return ErrorOf([&] { CheckCommit(read_ ? read_->access() : access, read_.get(), staged); });
  }

  void ExpectAllowed(const std::vector<Action>& actions) {
    EXPECT_EQ(Check(actions).message(), "no error");
  }

  void ExpectRefused(const std::vector<Action>& actions, const std::string& named,
                     ErrorCode code = ErrorCode::kInvalidArgument) {
    const Error error = Check(actions);
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_NE(error.message().find(named), std::string::npos) << error.message();
  }

  std::shared_ptr<const Snapshot> read_;
};

const Protocol kPlain{1, 1, {}, {}, {}};

TEST_F(CommitChecksTest, ANewTableNeedsProtocolAndMetadata) {
  ExpectAllowed({kPlain, SomeMetadata()});
  ExpectRefused({SomeMetadata()}, "protocol and metadata");
  ExpectRefused({kPlain}, "protocol and metadata");
}

TEST_F(CommitChecksTest, FeaturesThatAreNotWrittenAreNamed) {
  ExpectRefused({Listing({"collations"}), SomeMetadata()}, "collations",
                ErrorCode::kUnsupportedFeature);
  ExpectRefused({Protocol{1, 9, {}, {}, {}}, SomeMetadata()}, "9", ErrorCode::kUnsupportedFeature);
}

TEST_F(CommitChecksTest, MetadataNeedsTheFeaturesThatItUses) {
  ExpectRefused({kPlain, SomeMetadata({{"delta.appendOnly", "true"}})}, "'appendOnly'");
  ExpectAllowed({Listing({"appendOnly"}), SomeMetadata({{"delta.appendOnly", "true"}})});
  Metadata ntz = SomeMetadata();
  ntz.schema_string.replace(ntz.schema_string.find("long"), 4, "timestamp_ntz");
  ExpectRefused({kPlain, ntz}, "'timestampNtz'");
  ExpectAllowed({Listing({"timestampNtz"}, Names{"timestampNtz"}), ntz});
}

TEST_F(CommitChecksTest, WhatATableHasUsedAllAlongIsNoNews) {
  Create({kPlain, SomeMetadata({{"delta.appendOnly", "true"}})});
  ExpectAllowed({SomeMetadata({{"delta.appendOnly", "true"}, {"k", "v"}})});
  ExpectRefused({SomeMetadata({{"delta.appendOnly", "true"}, {"delta.enableRowTracking", "true"}})},
                "'rowTracking'");
}

TEST_F(CommitChecksTest, MetadataMustMakeSense) {
  Create({kPlain, SomeMetadata()});
  ExpectRefused({SomeMetadata({{"delta.checkpointInterval", "often"}})},
                "delta.checkpointInterval");
  ExpectRefused({SomeMetadata({}, {"q"})}, "'q'");
  Metadata without_schema = SomeMetadata();
  without_schema.schema_string = "{";
  EXPECT_EQ(Check({without_schema}).code(), ErrorCode::kInvalidArgument);
}

TEST_F(CommitChecksTest, AProtocolKeepsItsFeatures) {
  Create({Listing({"appendOnly", "domainMetadata"}), SomeMetadata()});
  ExpectRefused({Listing({"appendOnly"})}, "'domainMetadata'");
  ExpectRefused({kPlain}, "'appendOnly'");
  ExpectAllowed({Listing({"appendOnly", "domainMetadata", "timestampNtz"}, Names{"timestampNtz"})});
  ExpectRefused({Listing({"appendOnly", "domainMetadata"}, Names{"timestampNtz"})},
                "'timestampNtz'");
}

TEST_F(CommitChecksTest, AppendOnlyTablesLoseNoRows) {
  Create({Listing({"appendOnly"}), SomeMetadata({{"delta.appendOnly", "true"}}), SomeFile("f")});
  ExpectAllowed({SomeFile("g")});
  RemoveFile rearranged = Removed("f");
  rearranged.data_change = false;
  ExpectAllowed({rearranged});
  ExpectRefused({Removed("f")}, "delta.appendOnly", ErrorCode::kConstraintViolation);
}

TEST_F(CommitChecksTest, DomainsNeedTheirFeature) {
  Create({kPlain, SomeMetadata()});
  ExpectRefused({DomainMetadata{"d", "{}", false, {}}}, "domainMetadata");
  Create({Listing({"domainMetadata", "rowTracking"}), SomeMetadata()});
  ExpectAllowed({DomainMetadata{"d", "{}", false, {}}});
  ExpectRefused({DomainMetadata{kRowTrackingDomain, "{}", false, {}}}, kRowTrackingDomain);
}

TEST_F(CommitChecksTest, FilesNeedPathsAndPartitionValues) {
  Create({kPlain, SomeMetadata()});
  AddFile file = SomeFile("f");
  file.partition_values.clear();
  ExpectRefused({file}, "'p'");
  file.partition_values["p"] = std::nullopt;
  ExpectAllowed({file});
  ExpectRefused({SomeFile("a/../../f")}, "..");
}

TEST_F(CommitChecksTest, DeletionVectorsTakeThePlaceOfOthers) {
  const Names feature = {"deletionVectors"};
  Create({kPlain, SomeMetadata()});
  ExpectRefused({WithVector(SomeFile("f"), "a")}, "deletionVectors");
  Create(
      {Listing(feature, feature), SomeMetadata(), SomeFile("f"), WithVector(SomeFile("g"), "a")});
  ExpectRefused({WithVector(SomeFile("f"), "a")}, "f");
  ExpectRefused({WithVector(SomeFile("g"), "b")}, "g");
  ExpectAllowed({WithVector(SomeFile("g"), "a")});
  ExpectAllowed({Removed("f"), WithVector(SomeFile("f"), "a")});
  ExpectAllowed({WithVector(SomeFile("new"), "a")});
}

}  // namespace
}  // namespace deltaic::delta
