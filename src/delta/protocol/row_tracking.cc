#include "delta/protocol/row_tracking.h"

#include <algorithm>
#include <string_view>

namespace deltaic::delta {
namespace {

std::optional<std::string> Property(const Metadata& metadata, const char* name) {
  const auto property = metadata.configuration.find(name);
  if (property == metadata.configuration.end() || property->second.empty()) return std::nullopt;
  return property->second;
}

}  // namespace

std::optional<RowTrackingColumns> EnabledRowTracking(const Protocol& protocol,
                                                     const Metadata& metadata) {
  constexpr std::string_view kFeature = "rowTracking";
  const bool is_supported =
      protocol.writer_features &&
      std::ranges::find(*protocol.writer_features, kFeature) != protocol.writer_features->end();
  if (!is_supported || Property(metadata, "delta.enableRowTracking") != "true") {
    return std::nullopt;
  }
  return RowTrackingColumns{
      Property(metadata, "delta.rowTracking.materializedRowIdColumnName"),
      Property(metadata, "delta.rowTracking.materializedRowCommitVersionColumnName")};
}

}  // namespace deltaic::delta
