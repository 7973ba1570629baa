#include "delta/write/column_rules.h"

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "delta/protocol/schema/field_metadata_writer.h"
#include "delta/protocol/table_feature.h"

namespace deltaic::delta {
namespace {

// The feature that a member of a field's metadata needs; empty where it needs none.
std::string_view FeatureOf(std::string_view name) {
  if (name == "delta.generationExpression") return "generatedColumns";
  if (name == "CURRENT_DEFAULT") return "allowColumnDefaults";
  if (name.starts_with("delta.identity.")) return "identityColumns";
  return "";
}

}  // namespace

DataType WithRulesInForce(const DataType& schema, const Protocol& protocol) {
  const std::set<std::string> supported = SupportedFeatures(protocol);
  const auto is_idle = [&](std::string_view name) {
    const std::string_view feature = FeatureOf(name);
    return !feature.empty() && !supported.contains(std::string(feature));
  };
  std::vector<StructField> fields = schema.fields();
  for (StructField& field : fields) {
    if (field.metadata_json != "{}") field = WithoutMetadata(field, is_idle);
  }
  return DataType::Struct(std::move(fields));
}

}  // namespace deltaic::delta
