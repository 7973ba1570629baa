#include "delta/protocol/table_feature.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace deltaic::delta {
namespace {

using enum FeatureKind;
using enum ReadSupport;
using enum WriteSupport;

constexpr TableFeature kFeatures[] = {
    {"appendOnly", kWriter, 0, 2, kNotNeeded, kWritten},
    {"invariants", kWriter, 0, 2, kNotNeeded, kWritten},
    {"checkConstraints", kWriter, 0, 3, kNotNeeded, kWritten},
    {"changeDataFeed", kWriter, 0, 4, kNotNeeded, kWritten},
    {"generatedColumns", kWriter, 0, 4, kNotNeeded, kWritten},
    {"columnMapping", kReaderWriter, 2, 5, kFull, kWritten},
    {"identityColumns", kWriter, 0, 6, kNotNeeded, kWritten},
    {"deletionVectors", kReaderWriter, 0, 0, kFull, kWritten},
    {"rowTracking", kWriter, 0, 0, kNotNeeded, kWritten},
    {"timestampNtz", kReaderWriter, 0, 0, kFull, kWritten},
    {"timestampWithoutTimezone", kReaderWriter, 0, 0, kFull,
     kWritten},  // A slip that tables carry.
    {"domainMetadata", kWriter, 0, 0, kNotNeeded, kWritten},
    {"v2Checkpoint", kReaderWriter, 0, 0, kFull, kWritten},
    {"icebergCompatV1", kWriter, 0, 0, kNotNeeded, kNotWritten},
    {"icebergCompatV2", kWriter, 0, 0, kNotNeeded, kNotWritten},
    {"icebergCompatV3", kWriter, 0, 0, kNotNeeded, kNotWritten},
    {"icebergWriterCompatV1", kWriter, 0, 0, kNotNeeded, kNotWritten},
    {"icebergWriterCompatV3", kWriter, 0, 0, kNotNeeded, kNotWritten},
    {"clustering", kWriter, 0, 0, kNotNeeded, kNotWritten},
    {"vacuumProtocolCheck", kReaderWriter, 0, 0, kFull, kWritten},
    {"inCommitTimestamp", kWriter, 0, 0, kNotNeeded, kWritten},
    {"inCommitTimestamp-preview", kWriter, 0, 0, kNotNeeded, kWritten},
    {"allowColumnDefaults", kWriter, 0, 0, kNotNeeded, kWritten},
    {"typeWidening", kReaderWriter, 0, 0, kFull, kWritten},
    {"typeWidening-preview", kReaderWriter, 0, 0, kFull, kWritten},
    {"variantType", kReaderWriter, 0, 0, kFull, kWritten},
    {"variantType-preview", kReaderWriter, 0, 0, kFull, kWritten},
    {"variantShredding", kReaderWriter, 0, 0, kFull, kWritten},
    {"variantShredding-preview", kReaderWriter, 0, 0, kFull, kWritten},
    {"catalogManaged", kReaderWriter, 0, 0, kWithCatalog, kNotWritten},
    {"catalogOwned-preview", kReaderWriter, 0, 0, kWithCatalog, kNotWritten},
    {"checkpointProtection", kWriter, 0, 0, kNotNeeded, kWritten},
    {"materializePartitionColumns", kWriter, 0, 0, kNotNeeded, kNotWritten},
    {"collations", kWriter, 0, 0, kNotNeeded, kNotWritten},
    {"collations-preview", kWriter, 0, 0, kNotNeeded, kNotWritten},
    {"columnMappingUsageTracking", kWriter, 0, 0, kNotNeeded, kNotWritten},
    {"coordinatedCommits-preview", kWriter, 0, 0, kNotNeeded, kNotWritten},
    {"redirectWriterOnly-preview", kWriter, 0, 0, kNotNeeded, kNotWritten},
    {"redirectReaderWriter-preview", kReaderWriter, 0, 0, kNotSupported, kNotWritten},
    {"timestampNanos", kReaderWriter, 0, 0, kFull, kWritten},
    {"geospatial", kReaderWriter, 0, 0, kNotSupported, kNotWritten},
    {"geospatial-dev", kReaderWriter, 0, 0, kNotSupported, kNotWritten},
    {"adaptiveMetadata", kReaderWriter, 0, 0, kNotSupported, kNotWritten},
    {"adaptiveMetadata-preview", kReaderWriter, 0, 0, kNotSupported, kNotWritten},
};

bool Lists(const std::optional<std::vector<std::string>>& names, std::string_view name) {
  return names && std::ranges::find(*names, name) != names->end();
}

bool IsImplied(int32_t version, int32_t version_with_features, int32_t legacy_version) {
  return version < version_with_features && legacy_version > 0 && legacy_version <= version;
}

}  // namespace

std::span<const TableFeature> KnownTableFeatures() { return kFeatures; }

const TableFeature* FindTableFeature(std::string_view name) {
  const TableFeature* found = std::ranges::find(kFeatures, name, &TableFeature::name);
  return found != std::end(kFeatures) ? found : nullptr;
}

bool IsReaderFeatureSupported(const Protocol& protocol, const TableFeature& feature) {
  if (protocol.min_reader_version >= kReaderVersionWithFeatures) {
    return Lists(protocol.reader_features, feature.name);
  }
  return IsImplied(protocol.min_reader_version, kReaderVersionWithFeatures,
                   feature.legacy_reader_version);
}

bool IsWriterFeatureSupported(const Protocol& protocol, const TableFeature& feature) {
  return IsListedForWriters(protocol, feature.name) ||
         IsImplied(protocol.min_writer_version, kWriterVersionWithFeatures,
                   feature.legacy_writer_version);
}

bool IsListedForWriters(const Protocol& protocol, std::string_view feature) {
  return Lists(protocol.writer_features, feature);
}

std::set<std::string> SupportedFeatures(const Protocol& protocol) {
  std::set<std::string> names;
  for (const auto& listed : {protocol.reader_features, protocol.writer_features}) {
    if (listed) names.insert(listed->begin(), listed->end());
  }
  for (const TableFeature& feature : KnownTableFeatures()) {
    if (IsWriterFeatureSupported(protocol, feature) ||
        IsReaderFeatureSupported(protocol, feature)) {
      names.emplace(feature.name);
    }
  }
  return names;
}

}  // namespace deltaic::delta
