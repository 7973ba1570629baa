#include "delta/protocol/required_features.h"

#include <string_view>

#include "base/text/ascii.h"
#include "delta/protocol/schema/field_metadata.h"
#include "delta/protocol/table_feature.h"
#include "delta/protocol/table_properties.h"

namespace deltaic::delta {
namespace {

// Collects what the columns of a schema use. Schemas are at most 500 levels deep.
class SchemaFeatures {
 public:
  explicit SchemaFeatures(std::set<std::string>& features) : features_(features) {}

  void Visit(const DataType& type) {
    switch (type.kind()) {
      case TypeKind::kTimestampNtz:
        features_.insert("timestampNtz");
        return;
      case TypeKind::kTimestampNanos:
      case TypeKind::kTimestampNanosNtz:
        features_.insert("timestampNanos");
        return;
      case TypeKind::kVariant:
        features_.insert("variantType");
        return;
      case TypeKind::kStruct:
        for (const StructField& field : type.fields()) Visit(field);
        return;
      case TypeKind::kArray:
        Visit(type.element_type());
        return;
      case TypeKind::kMap:
        Visit(type.key_type());
        Visit(type.value_type());
        return;
      default:
        return;
    }
  }

 private:
  void Visit(const StructField& field) {
    Visit(field.type);
    if (field.metadata_json == "{}" || !metadata_.Read(field)) return;
    if (metadata_.current_default()) features_.insert("allowColumnDefaults");
    if (metadata_.generation_expression()) features_.insert("generatedColumns");
    if (metadata_.invariants()) features_.insert("invariants");
    if (metadata_.identity_start() || metadata_.identity_step()) {
      features_.insert("identityColumns");
    }
    if (metadata_.has_type_changes()) features_.insert("typeWidening");
  }

  std::set<std::string>& features_;
  FieldMetadata metadata_;
};

}  // namespace

std::set<std::string> RequiredFeatures(const Metadata& metadata, const DataType& schema) {
  const TableProperties properties(metadata);
  std::set<std::string> features;
  const auto use = [&](std::string_view feature, bool is_used) {
    if (is_used) features.emplace(feature);
  };
  use("appendOnly", properties.append_only());
  use("checkConstraints", !properties.constraints().empty());
  use("changeDataFeed", properties.change_data_feed());
  use("columnMapping",
      !EqualsIgnoringCase(properties.column_mapping_mode().value_or("none"), "none"));
  use("deletionVectors", properties.deletion_vectors());
  use("rowTracking", properties.row_tracking() || properties.row_tracking_suspended());
  use("inCommitTimestamp", properties.in_commit_timestamps());
  use("typeWidening", properties.type_widening());
  use("variantShredding", properties.variant_shredding());
  use("v2Checkpoint", properties.checkpoint_policy() == CheckpointPolicy::kV2);
  use("icebergCompatV1", properties.iceberg_compat(1));
  use("icebergCompatV2", properties.iceberg_compat(2));
  use("icebergCompatV3", properties.iceberg_compat(3));
  SchemaFeatures(features).Visit(schema);
  return features;
}

bool HasFeature(const Protocol& protocol, const std::string& feature) {
  const std::set<std::string> supported = SupportedFeatures(protocol);
  if (supported.contains(feature) || supported.contains(feature + "-preview")) return true;
  return feature == "timestampNtz" && supported.contains("timestampWithoutTimezone");
}

}  // namespace deltaic::delta
