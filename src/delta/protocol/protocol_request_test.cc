#include "delta/protocol/protocol_request.h"

#include <gtest/gtest.h>

#include "testing/error_of.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;
using testing::SomeMetadata;

const DataType kSchema = DataType::Struct({{"a", DataType::Primitive(TypeKind::kLong)}});

Protocol Made(std::map<std::string, std::string> configuration, const DataType& schema = kSchema) {
  Metadata metadata = SomeMetadata(std::move(configuration), {});
  const ProtocolRequest request = TakeProtocolRequest(metadata);
  return NewProtocol(request, schema, metadata);
}

TEST(ProtocolRequest, TakesTheSmallestVersionsThatImplyTheFeatures) {
  EXPECT_EQ(Made({}), (Protocol{1, 2}));
  EXPECT_EQ(Made({{"delta.constraints.c", "a > 0"}}), (Protocol{1, 3}));
  EXPECT_EQ(Made({{"delta.enableChangeDataFeed", "true"}}), (Protocol{1, 4}));
  EXPECT_EQ(Made({{"delta.columnMapping.mode", "name"}}), (Protocol{2, 5}));
}

TEST(ProtocolRequest, ListsFeaturesThatNoVersionImplies) {
  const Protocol made =
      Made({}, DataType::Struct({{"t", DataType::Primitive(TypeKind::kTimestampNtz)}}));
  EXPECT_EQ(made.min_reader_version, 3);
  EXPECT_EQ(made.min_writer_version, 7);
  EXPECT_EQ(made.reader_features, (std::vector<std::string>{"timestampNtz"}));
}

TEST(ProtocolRequest, TakesRequestsOutOfTheProperties) {
  Metadata metadata = SomeMetadata({{"delta.minReaderVersion", "3"},
                                    {"delta.minWriterVersion", "7"},
                                    {"delta.feature.deletionVectors", "supported"},
                                    {"mine", "1"}},
                                   {});
  const ProtocolRequest request = TakeProtocolRequest(metadata);
  EXPECT_EQ(metadata.configuration, (std::map<std::string, std::string>{{"mine", "1"}}));
  EXPECT_EQ(request.features, (std::set<std::string>{"deletionVectors"}));
  const Protocol made = NewProtocol(request, kSchema, metadata);
  EXPECT_EQ(made.reader_features, (std::vector<std::string>{"deletionVectors"}));
}

TEST(ProtocolRequest, ListsLegacyFeaturesWhereAListIsAskedFor) {
  const Protocol made = Made({{"delta.minWriterVersion", "7"}, {"delta.appendOnly", "true"}});
  EXPECT_EQ(made.min_writer_version, 7);
  EXPECT_EQ(made.writer_features, (std::vector<std::string>{"appendOnly", "invariants"}));
  EXPECT_EQ(made.min_reader_version, 1);
}

TEST(ProtocolRequest, RefusesWhatNobodyKnows) {
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"delta.feature.nonsense", "supported"},
                                          {"delta.feature.deletionVectors", "perhaps"},
                                          {"delta.minReaderVersion", "4"},
                                          {"delta.minWriterVersion", "x"}}) {
    EXPECT_EQ(ErrorOf([&] { Made({{name, value}}); }).code(), ErrorCode::kInvalidArgument) << name;
  }
}

TEST(ProtocolRequest, AddsFeaturesAndKeepsThoseThatVersionsImplied) {
  const Metadata metadata = SomeMetadata({{"delta.enableDeletionVectors", "true"}}, {});
  const Protocol upgraded = WithRequiredFeatures(Protocol{1, 4}, kSchema, metadata);
  EXPECT_EQ(upgraded.writer_features,
            (std::vector<std::string>{"appendOnly", "changeDataFeed", "checkConstraints",
                                      "deletionVectors", "generatedColumns", "invariants"}));
}

}  // namespace
}  // namespace deltaic::delta
