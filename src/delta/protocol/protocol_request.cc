#include "delta/protocol/protocol_request.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "base/text/ascii.h"
#include "base/text/excerpt.h"
#include "delta/protocol/required_features.h"
#include "delta/protocol/table_feature.h"
#include "delta/protocol/table_support.h"

namespace deltaic::delta {
namespace {

constexpr std::string_view kFeaturePrefix = "delta.feature.";

int32_t VersionOf(const Metadata& metadata, const std::string& name, int32_t greatest) {
  const auto found = metadata.configuration.find(name);
  if (found == metadata.configuration.end()) return 1;
  const auto version = ParseWhole<int32_t>(found->second);
  if (version && *version >= 1 && *version <= greatest) return *version;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("The table property {} must be a version from 1 to {}: {}", name,
                          greatest, Excerpt(found->second)));
}

}  // namespace

Protocol WithRequiredFeatures(const Protocol& protocol, const DataType& schema,
                              const Metadata& metadata) {
  std::set<std::string> lacking;
  for (const std::string& name : RequiredFeatures(metadata, schema)) {
    if (!HasFeature(protocol, name)) lacking.insert(name);
  }
  return WithFeatures(protocol, lacking);
}

Protocol NewProtocol(const std::set<std::string>& features) {
  Protocol protocol;
  for (const std::string& name : features) {
    const TableFeature* feature = FindTableFeature(name);
    if (feature == nullptr || feature->legacy_writer_version == 0) {
      return WithFeatures(Protocol(), features);
    }
    protocol.min_writer_version =
        std::max(protocol.min_writer_version, feature->legacy_writer_version);
    protocol.min_reader_version =
        std::max(protocol.min_reader_version, feature->legacy_reader_version);
  }
  return protocol;
}

ProtocolRequest TakeProtocolRequest(Metadata& metadata) {
  ProtocolRequest request;
  request.min_reader_version =
      VersionOf(metadata, "delta.minReaderVersion", kReaderVersionWithFeatures);
  request.min_writer_version =
      VersionOf(metadata, "delta.minWriterVersion", kWriterVersionWithFeatures);
  std::erase_if(metadata.configuration, [&](const auto& property) {
    const auto& [name, value] = property;
    if (name == "delta.minReaderVersion" || name == "delta.minWriterVersion") return true;
    if (!name.starts_with(kFeaturePrefix)) return false;
    std::string feature = name.substr(kFeaturePrefix.size());
    if (FindTableFeature(feature) == nullptr) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("There is no table feature of this name: {}", Excerpt(feature)));
    }
    if (value != "supported" && value != "enabled") {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("The table property {} must be supported: {}", Excerpt(name),
                              Excerpt(value)));
    }
    request.features.insert(std::move(feature));
    return true;
  });
  return request;
}

Protocol NewProtocol(const ProtocolRequest& request, const DataType& schema,
                     const Metadata& metadata) {
  std::set<std::string> features = RequiredFeatures(metadata, schema);
  features.insert(request.features.begin(), request.features.end());
  Protocol protocol = NewProtocol(features);
  const bool lists_features = request.min_writer_version == kWriterVersionWithFeatures ||
                              request.min_reader_version == kReaderVersionWithFeatures;
  if (!lists_features) {
    if (protocol.min_writer_version < kWriterVersionWithFeatures) {
      protocol.min_writer_version =
          std::max(protocol.min_writer_version, request.min_writer_version);
      protocol.min_reader_version =
          std::max(protocol.min_reader_version, request.min_reader_version);
    }
    return protocol;
  }
  if (protocol.min_writer_version < kWriterVersionWithFeatures) {
    const std::set<std::string> listed = SupportedFeatures(protocol);
    protocol.min_writer_version = kWriterVersionWithFeatures;
    protocol.writer_features.emplace(listed.begin(), listed.end());
  }
  if (request.min_reader_version == kReaderVersionWithFeatures && !protocol.reader_features) {
    protocol.min_reader_version = kReaderVersionWithFeatures;
    protocol.reader_features.emplace();
    for (const std::string& name : *protocol.writer_features) {
      const TableFeature* feature = FindTableFeature(name);
      if (feature != nullptr && feature->kind == FeatureKind::kReaderWriter) {
        protocol.reader_features->push_back(name);
      }
    }
  }
  return protocol;
}

}  // namespace deltaic::delta
