#include "delta/log/checkpoint/output/typed_statistics.h"

#include <optional>
#include <string>
#include <utility>

#include "columnar/batch_builder.h"
#include "delta/statistics/statistics_bound.h"
#include "delta/statistics/statistics_columns.h"
#include "delta/statistics/statistics_leaves.h"
#include "delta/statistics/statistics_text.h"

namespace deltaic::delta {
namespace {

// The columns with another type each, those without one left out.
template <typename TypeOf>
std::vector<StructField> Retype(const std::vector<StructField>& columns, const TypeOf& type_of) {
  std::vector<StructField> fields;
  for (const StructField& column : columns) {
    std::optional<DataType> type;
    if (column.type.kind() == TypeKind::kStruct) {
      std::vector<StructField> inner = Retype(column.type.fields(), type_of);
      if (!inner.empty()) type = DataType::Struct(std::move(inner));
    } else {
      type = type_of(column.type);
    }
    if (!type) continue;
    fields.push_back(column);
    fields.back().type = *type;
  }
  return fields;
}

// The columns as those of which statistics are made: of lists, maps and variants there are null
// counts alone, as of binaries.
std::vector<StructField> CountedColumns(const std::vector<StructField>& columns) {
  return Retype(columns, [](const DataType& type) {
    const bool is_scalar = !type.is_nested() && type.kind() != TypeKind::kVariant;
    return is_scalar ? type : DataType::Primitive(TypeKind::kBinary);
  });
}

std::vector<std::optional<int64_t>> Known(const std::vector<int64_t>& counts) {
  std::vector<std::optional<int64_t>> known;
  known.reserve(counts.size());
  for (const int64_t count : counts) {
    known.push_back(count < 0 ? std::nullopt : std::optional(count));
  }
  return known;
}

ColumnBuilder TightBounds(const StatisticsLeaves& leaves, int64_t num_rows) {
  ColumnBuilder column("tightBounds", NANOARROW_TYPE_BOOL);
  const LeafColumn* values = leaves.Find(StatisticsSection::kTightBounds, {})[LeafKind::kBoolean];
  for (int64_t row = 0; row < num_rows; ++row) {
    std::optional<size_t> at;
    if (values != nullptr) at = values->Find(static_cast<uint32_t>(row));
    at ? column.AppendInt(values->integer(*at)) : column.AppendNull();
  }
  return column;
}

}  // namespace

std::vector<StructField> TypedStatisticsFields(const std::vector<StructField>& columns) {
  const auto bounds = Retype(columns, [](const DataType& type) {
    return HasBounds(type.kind()) ? std::optional(type) : std::nullopt;
  });
  const auto null_counts =
      Retype(columns, [](const DataType&) { return DataType::Primitive(TypeKind::kLong); });
  std::vector<StructField> fields = {{"numRecords", DataType::Primitive(TypeKind::kLong)},
                                     {"tightBounds", DataType::Primitive(TypeKind::kBoolean)}};
  if (!bounds.empty()) {
    fields.push_back({"minValues", DataType::Struct(bounds)});
    fields.push_back({"maxValues", DataType::Struct(bounds)});
  }
  if (!null_counts.empty()) fields.push_back({"nullCount", DataType::Struct(null_counts)});
  return fields;
}

RecordBatch TypeStatistics(const std::vector<StructField>& columns, int64_t num_rows,
                           const StatisticsTextOfRow& text) {
  StatisticsLeavesBuilder builder;
  StatisticsTextParser parser(builder);
  for (int64_t row = 0; row < num_rows; ++row) parser.Append(text(row));
  const StatisticsLeaves leaves = builder.Finish();
  const LeafRows rows{.size = leaves.num_rows()};

  BatchBuilder batch(num_rows), null_counts(num_rows), mins(num_rows), maxes(num_rows);
  for (const StructField& column : CountedColumns(columns)) {
    StatisticsColumnBuilder typed(column, BoundsForm::kAsWritten);
    typed.Append(leaves, {}, rows);
    const ColumnStatistics statistics = typed.Finish();
    null_counts.AddColumns(statistics.null_count);
    mins.AddColumns(statistics.min);
    maxes.AddColumns(statistics.max);
  }
  std::vector<int64_t> num_records;
  AppendRecordCounts(leaves, rows, num_records);
  batch.AddOptionalInt64("numRecords", Known(num_records));
  batch.Add(TightBounds(leaves, num_rows));
  const std::pair<const char*, BatchBuilder*> parts[] = {
      {"minValues", &mins}, {"maxValues", &maxes}, {"nullCount", &null_counts}};
  for (const auto& [name, part] : parts) {
    const RecordBatch all = part->Finish();
    if (all.num_columns() > 0) batch.AddStruct(name, all);
  }
  return batch.Finish();
}

}  // namespace deltaic::delta
