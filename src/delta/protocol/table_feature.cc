#include "delta/protocol/table_feature.h"

#include <algorithm>

namespace deltaic::delta {
namespace {

using enum FeatureKind;
using enum ReadSupport;

constexpr TableFeature kFeatures[] = {
    {"appendOnly", kWriter, 0, 2, kNotNeeded},
    {"invariants", kWriter, 0, 2, kNotNeeded},
    {"checkConstraints", kWriter, 0, 3, kNotNeeded},
    {"changeDataFeed", kWriter, 0, 4, kNotNeeded},
    {"generatedColumns", kWriter, 0, 4, kNotNeeded},
    {"columnMapping", kReaderWriter, 2, 5, kFull},
    {"identityColumns", kWriter, 0, 6, kNotNeeded},
    {"deletionVectors", kReaderWriter, 0, 0, kFull},
    {"rowTracking", kWriter, 0, 0, kNotNeeded},
    {"timestampNtz", kReaderWriter, 0, 0, kFull},
    {"timestampWithoutTimezone", kReaderWriter, 0, 0, kFull},  // A slip that tables carry.
    {"domainMetadata", kWriter, 0, 0, kNotNeeded},
    {"v2Checkpoint", kReaderWriter, 0, 0, kFull},
    {"icebergCompatV1", kWriter, 0, 0, kNotNeeded},
    {"icebergCompatV2", kWriter, 0, 0, kNotNeeded},
    {"icebergCompatV3", kWriter, 0, 0, kNotNeeded},
    {"icebergWriterCompatV1", kWriter, 0, 0, kNotNeeded},
    {"icebergWriterCompatV3", kWriter, 0, 0, kNotNeeded},
    {"clustering", kWriter, 0, 0, kNotNeeded},
    {"vacuumProtocolCheck", kReaderWriter, 0, 0, kFull},
    {"inCommitTimestamp", kWriter, 0, 0, kNotNeeded},
    {"inCommitTimestamp-preview", kWriter, 0, 0, kNotNeeded},
    {"allowColumnDefaults", kWriter, 0, 0, kNotNeeded},
    {"typeWidening", kReaderWriter, 0, 0, kFull},
    {"typeWidening-preview", kReaderWriter, 0, 0, kFull},
    {"variantType", kReaderWriter, 0, 0, kFull},
    {"variantType-preview", kReaderWriter, 0, 0, kFull},
    {"variantShredding", kReaderWriter, 0, 0, kFull},
    {"variantShredding-preview", kReaderWriter, 0, 0, kFull},
    {"catalogManaged", kReaderWriter, 0, 0, kWithCatalog},
    {"catalogOwned-preview", kReaderWriter, 0, 0, kWithCatalog},
    {"checkpointProtection", kWriter, 0, 0, kNotNeeded},
    {"materializePartitionColumns", kWriter, 0, 0, kNotNeeded},
    {"collations", kWriter, 0, 0, kNotNeeded},
    {"collations-preview", kWriter, 0, 0, kNotNeeded},
    {"columnMappingUsageTracking", kWriter, 0, 0, kNotNeeded},
    {"coordinatedCommits-preview", kWriter, 0, 0, kNotNeeded},
    {"redirectWriterOnly-preview", kWriter, 0, 0, kNotNeeded},
    {"redirectReaderWriter-preview", kReaderWriter, 0, 0, kNotSupported},
    {"timestampNanos", kReaderWriter, 0, 0, kNotSupported},
    {"geospatial", kReaderWriter, 0, 0, kNotSupported},
    {"geospatial-dev", kReaderWriter, 0, 0, kNotSupported},
    {"adaptiveMetadata", kReaderWriter, 0, 0, kNotSupported},
    {"adaptiveMetadata-preview", kReaderWriter, 0, 0, kNotSupported},
};

constexpr int32_t kFirstReaderVersionWithFeatures = 3;

}  // namespace

std::span<const TableFeature> KnownTableFeatures() { return kFeatures; }

const TableFeature* FindTableFeature(std::string_view name) {
  const TableFeature* found = std::ranges::find(kFeatures, name, &TableFeature::name);
  return found != std::end(kFeatures) ? found : nullptr;
}

bool IsReaderFeatureSupported(const Protocol& protocol, const TableFeature& feature) {
  if (protocol.min_reader_version >= kFirstReaderVersionWithFeatures) {
    return protocol.reader_features.has_value() &&
           std::ranges::find(*protocol.reader_features, feature.name) !=
               protocol.reader_features->end();
  }
  return feature.legacy_reader_version > 0 &&
         protocol.min_reader_version >= feature.legacy_reader_version;
}

}  // namespace deltaic::delta
