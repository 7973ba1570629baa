#include "delta/log/checkpoint/checkpoint_columns.h"

#include <algorithm>

#include <nanoarrow/nanoarrow.hpp>

#include "columnar/arrow_column.h"
#include "delta/log/checkpoint/parsed_partition_values.h"

namespace deltaic::delta {
namespace {

constexpr std::string_view kStatistics = "add.stats";
constexpr std::string_view kPartitionValues = "add.partitionValues";
constexpr std::string_view kParsedPartitionValues = "add.partitionValues_parsed";

// Runs `visit` on the types of the members of add actions.
template <typename Visit>
auto OnAdd(const Schema& schema, const Visit& visit) {
  nanoarrow::UniqueArrayView view;
  // Of a type that is not known no column exists.
  if (ArrowArrayViewInitFromSchema(view.get(), schema.c_schema(), nullptr) != NANOARROW_OK) {
    return visit(ArrowColumn());
  }
  return visit(ArrowColumn(schema.c_schema(), view.get()).Child("add"));
}

}  // namespace

bool IsStatisticsColumn(std::string_view column) {
  return column == kStatistics || column == kParsedStatistics;
}

const std::vector<std::string>& CheckpointFileColumns() {
  static const std::vector<std::string> kColumns = {
      "add.path",
      std::string(kPartitionValues),
      std::string(kParsedPartitionValues),
      "add.size",
      "add.modificationTime",
      "add.baseRowId",
      "add.defaultRowCommitVersion",
      std::string(kStatistics),
      std::string(kParsedStatistics),
      "add.deletionVector.storageType",
      "add.deletionVector.pathOrInlineDv",
      "add.deletionVector.offset",
      "add.deletionVector.sizeInBytes",
      "add.deletionVector.cardinality",
  };
  return kColumns;
}

bool HasParsedPartitionValues(const Schema& schema) {
  return OnAdd(schema,
               [](const ArrowColumn& add) { return add.Child("partitionValues_parsed").exists(); });
}

std::vector<std::string> ChooseFileColumns(const Schema& schema, const CheckpointForms& forms,
                                           const PartitionColumns& partition_columns) {
  return OnAdd(schema, [&](const ArrowColumn& add) {
    const ArrowColumn values = add.Child("partitionValues_parsed");
    const bool use_statistics =
        forms.parsed_statistics && add.Child("stats_parsed").has_type(NANOARROW_TYPE_STRUCT);
    const bool use_values = forms.parsed_partition_values && partition_columns &&
                            ParsedPartitionValues::CanStandForTexts(values, *partition_columns);
    std::vector<std::string> columns = CheckpointFileColumns();
    std::erase(columns, use_statistics ? kStatistics : kParsedStatistics);
    std::erase(columns, use_values ? kPartitionValues : kParsedPartitionValues);
    return columns;
  });
}

bool HasBothStatistics(const Schema& schema) {
  return OnAdd(schema, [](const ArrowColumn& add) {
    return add.Child("stats").exists() && add.Child("stats_parsed").exists();
  });
}

}  // namespace deltaic::delta
