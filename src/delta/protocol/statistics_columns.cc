#include "delta/protocol/statistics_columns.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/delta/protocol/schema_arrow.h>

#include "columnar/batch_builder.h"
#include "delta/protocol/arrow_append.h"
#include "delta/protocol/nanoarrow_check.h"
#include "delta/protocol/statistics_bound.h"
#include "delta/protocol/type_widening.h"

namespace deltaic::delta {
namespace {

constexpr int64_t kUnknown = -1;

using Columns = StatisticsLeaves::Columns;

// A count, or `kUnknown`.
int64_t ReadCount(const Columns& columns, uint32_t row) {
  if (const LeafColumn* integers = columns[LeafKind::kInteger]) {
    if (const auto at = integers->Find(row)) return std::max(integers->integer(*at), kUnknown);
  }
  if (const LeafColumn* numbers = columns[LeafKind::kNumber]) {
    static const DataType kLong = DataType::Primitive(TypeKind::kLong);
    if (const auto at = numbers->Find(row)) {
      const std::string text = numbers->text(*at);
      const Bound count = ParseBound(kLong, BoundSide::kMin, {false, text}, 0);
      if (count.is_known && count.integer >= 0) return count.integer;
    }
  }
  return kUnknown;
}

// Counts by row, as `ReadCount`.
std::vector<int64_t> ReadCounts(const Columns& columns, const LeafRows& rows) {
  std::vector<int64_t> counts(rows.size);
  const LeafColumn* integers = columns[LeafKind::kInteger];
  if (rows.list == nullptr && integers != nullptr && integers->IsDense(rows.size)) {
    for (size_t i = 0; i < rows.size; ++i) counts[i] = std::max(integers->integer(i), kUnknown);
  } else {
    for (size_t i = 0; i < rows.size; ++i) counts[i] = ReadCount(columns, rows[i]);
  }
  return counts;
}

// The records that are left of `records`; `kUnknown` where more are deleted than there are.
int64_t LeftOf(int64_t records, std::optional<int64_t> deleted) {
  if (records < 0 || deleted.value_or(0) > records) return kUnknown;
  return records - deleted.value_or(0);
}

// Whether bounds are the least and the greatest value of the rows that count.
bool ReadTightness(const Columns& columns, uint32_t row) {
  for (size_t kind = 0; kind < kNumLeafKinds; ++kind) {
    const LeafColumn* values = columns.by_kind[kind];
    if (values == nullptr) continue;
    if (const auto at = values->Find(row)) {
      return static_cast<LeafKind>(kind) == LeafKind::kBoolean && values->integer(*at) != 0;
    }
  }
  return true;
}

// Reads the bounds of one side. The text of a bound lasts until the next one is read.
class BoundReader {
 public:
  // `was_float`: doubles may have been floats, whose statistics are rounded to few digits.
  BoundReader(const Columns& columns, const DataType& type, bool was_float, BoundSide side,
              int prefix_length)
      : type_(type), was_float_(was_float), side_(side), prefix_length_(prefix_length) {
    for (size_t i = 0; i < kNumLeafKinds; ++i) {
      if (columns.by_kind[i] != nullptr) {
        leaves_.emplace_back(static_cast<LeafKind>(i), columns.by_kind[i]);
      }
    }
  }

  Bound Read(uint32_t row) {
    for (const auto& [kind, values] : leaves_) {
      if (const auto at = values->Find(row)) return Widened(Read(kind, *values, *at));
    }
    return {};
  }

 private:
  Bound Read(LeafKind kind, const LeafColumn& values, size_t at) {
    const TypeKind type = type_.kind();
    switch (kind) {
      case LeafKind::kInteger:
        if (type <= TypeKind::kByte && type >= TypeKind::kLong) {
          return IntegerBound(type_, values.integer(at));
        }
        text_ = fmt::to_string(values.integer(at));
        return ParseBound(type_, side_, {false, text_}, prefix_length_);
      case LeafKind::kInstant:
        if (type == TypeKind::kTimestamp || type == TypeKind::kTimestampNtz) {
          return InstantBound(side_, values.integer(at));
        }
        text_ = InstantText(values.integer(at));
        return ParseBound(type_, side_, {true, text_}, prefix_length_);
      case LeafKind::kBoolean:
        return type == TypeKind::kBoolean ? BooleanBound(values.integer(at) != 0) : Bound{};
      case LeafKind::kFloating:
        return FloatingBound(type_, side_, std::bit_cast<double>(values.integer(at)));
      case LeafKind::kDays:
        return DateBound(type_, side_, values.integer(at));
      case LeafKind::kMicros:
        return TimestampBound(type_, side_, values.integer(at));
      case LeafKind::kDecimal: {
        const std::optional<DecimalNumber> number = DecimalOfBytes(values.text(at));
        return number ? DecimalBound(type_, side_, *number) : Bound{};
      }
      default:
        text_.clear();
        values.AppendText(at, text_);
        return ParseBound(type_, side_, {kind == LeafKind::kString, text_}, prefix_length_);
    }
  }

  // The float that a writer meant lies next to the number that it wrote.
  Bound Widened(Bound bound) const {
    if (!was_float_ || std::abs(bound.floating) > std::numeric_limits<float>::max()) return bound;
    const auto nearest = static_cast<float>(bound.floating);
    constexpr float kEnd = std::numeric_limits<float>::infinity();
    if (side_ == BoundSide::kMin) {
      bound.floating = std::min<double>(bound.floating, std::nextafter(nearest, -kEnd));
    } else {
      bound.floating = std::max<double>(bound.floating, std::nextafter(nearest, kEnd));
    }
    return bound;
  }

  std::vector<std::pair<LeafKind, const LeafColumn*>> leaves_;  // Those that there are.
  const DataType& type_;
  const bool was_float_;
  const BoundSide side_;
  const int prefix_length_;
  std::string text_;
};

// An array under construction.
class Column {
 public:
  explicit Column(const DataType& type, const std::string& name) : kind_(type.kind()) {
    ToArrowField({.name = name, .type = type}, ArrowNullability::kAll, schema_.get());
    CheckNanoarrow(ArrowArrayInitFromSchema(array_.get(), schema_.get(), nullptr));
    CheckNanoarrow(ArrowArrayStartAppending(array_.get()));
  }

  void Append(const Bound& bound) {
    ArrowArray* out = array_.get();
    if (!bound.is_known) {
      CheckNanoarrow(ArrowArrayAppendNull(out, 1));
      return;
    }
    switch (kind_) {
      case TypeKind::kString:
        AppendBytes(bound.text, out);
        break;
      case TypeKind::kFloat:
      case TypeKind::kDouble:
        CheckNanoarrow(ArrowArrayAppendDouble(out, bound.floating));
        break;
      case TypeKind::kDecimal:
        AppendInt128(bound.decimal, out);
        break;
      default:
        CheckNanoarrow(ArrowArrayAppendInt(out, bound.integer));
    }
  }

  void AppendCount(int64_t count) {
    CheckNanoarrow(count < 0 ? ArrowArrayAppendNull(array_.get(), 1)
                             : ArrowArrayAppendInt(array_.get(), count));
  }

  void AppendTruth(bool truth) { CheckNanoarrow(ArrowArrayAppendInt(array_.get(), truth)); }

  void FinishInto(BatchBuilder& batch) {
    CheckNanoarrow(ArrowArrayFinishBuildingDefault(array_.get(), nullptr));
    batch.AddArray(std::move(schema_), std::move(array_));
  }

 private:
  TypeKind kind_;
  nanoarrow::UniqueSchema schema_;
  nanoarrow::UniqueArray array_;
};

const DataType& Long() {
  static const DataType type = DataType::Primitive(TypeKind::kLong);
  return type;
}

const DataType& Boolean() {
  static const DataType type = DataType::Primitive(TypeKind::kBoolean);
  return type;
}

bool HasStatistics(const DataType& type) {
  return !type.is_nested() && type.kind() != TypeKind::kVariant;
}

}  // namespace

// A column, or a field of one; a struct has children, else there are arrays.
struct StatisticsColumnBuilder::Node {
  explicit Node(const StructField& field, std::vector<std::string> parents) {
    name = field.name;
    path = std::move(parents);
    path.push_back(field.stored_name());
    if (field.type.kind() == TypeKind::kStruct) {
      for (const StructField& child : field.type.fields()) children.emplace_back(child, path);
    } else if (HasStatistics(field.type)) {
      type = field.type;
      was_float = field.type.kind() == TypeKind::kDouble && HasTypeChanges(field);
      null_count.emplace(Long(), name);
      if (!HasBounds(field.type.kind())) return;
      min.emplace(field.type, name);
      max.emplace(field.type, name);
      exact.emplace(Boolean(), name);
    }
  }

  void Append(const StatisticsLeaves& leaves, const DeletionVectorColumn& deletion_vectors,
              const LeafRows& rows, int prefix_length);
  void FinishPart(std::optional<Column> Node::*part, BatchBuilder& batch, int64_t num_rows);

  std::string name;
  std::vector<std::string> path;
  std::vector<Node> children;
  std::optional<DataType> type;
  bool was_float = false;
  std::optional<Column> null_count;
  std::optional<Column> min;
  std::optional<Column> max;
  std::optional<Column> exact;
};

void StatisticsColumnBuilder::Node::Append(const StatisticsLeaves& leaves,
                                           const DeletionVectorColumn& deletion_vectors,
                                           const LeafRows& rows, int prefix_length) {
  for (Node& child : children) child.Append(leaves, deletion_vectors, rows, prefix_length);
  if (!type) return;
  const LeafPath names(path.begin(), path.end());
  const std::vector<int64_t> num_records =
      ReadCounts(leaves.Find(StatisticsSection::kNumRecords, {}), rows);
  const std::vector<int64_t> nulls =
      ReadCounts(leaves.Find(StatisticsSection::kNullCount, names), rows);
  const Columns tightness = leaves.Find(StatisticsSection::kTightBounds, {});
  BoundReader min_reader(leaves.Find(StatisticsSection::kMin, names), *type, was_float,
                         BoundSide::kMin, prefix_length);
  BoundReader max_reader(leaves.Find(StatisticsSection::kMax, names), *type, was_float,
                         BoundSide::kMax, prefix_length);
  for (size_t i = 0; i < rows.size; ++i) {
    const uint32_t row = rows[i];
    const int64_t records = num_records[i];
    const std::optional<int64_t> deleted = deletion_vectors.cardinality(row);
    const bool is_tight = !deleted && ReadTightness(tightness, row);
    int64_t null_rows = nulls[i];
    const bool all_null = records >= 0 && null_rows == records;
    const bool is_contradictory = records >= 0 && null_rows > records;
    // Wide bounds: rows may be deleted, so that only "none" and "all" say something of the rest.
    const bool is_vague = !is_tight && null_rows != 0 && !all_null;
    if (is_contradictory || is_vague) null_rows = kUnknown;
    if (all_null) null_rows = LeftOf(records, deleted);
    null_count->AppendCount(null_rows);
    if (!min) continue;
    Bound low = min_reader.Read(row);
    Bound high = max_reader.Read(row);
    const bool is_reversed = low.is_known && high.is_known && !AreInOrder(type->kind(), low, high);
    if (all_null || is_reversed || low.is_nan || high.is_nan) low = high = Bound{};
    min->Append(low);
    max->Append(high);
    exact->AppendTruth(is_tight && low.is_known && high.is_known && low.is_certain &&
                       high.is_certain);
  }
}

// Adds the part of this field, if it has any.
void StatisticsColumnBuilder::Node::FinishPart(std::optional<Column> Node::*part,
                                               BatchBuilder& batch, int64_t num_rows) {
  if (this->*part) {
    (this->*part)->FinishInto(batch);
    return;
  }
  BatchBuilder fields(num_rows);
  for (Node& child : children) child.FinishPart(part, fields, num_rows);
  const RecordBatch all = fields.Finish();
  if (all.num_columns() > 0) batch.AddStruct(name, all);
}

StatisticsColumnBuilder::StatisticsColumnBuilder(const StructField& column,
                                                 int string_prefix_length)
    : root_(std::make_unique<Node>(column, std::vector<std::string>())),
      string_prefix_length_(string_prefix_length) {}

StatisticsColumnBuilder::StatisticsColumnBuilder(StatisticsColumnBuilder&&) noexcept = default;
StatisticsColumnBuilder::~StatisticsColumnBuilder() = default;

void StatisticsColumnBuilder::Append(const StatisticsLeaves& leaves,
                                     const DeletionVectorColumn& deletion_vectors,
                                     const LeafRows& rows) {
  root_->Append(leaves, deletion_vectors, rows, string_prefix_length_);
  num_rows_ += static_cast<int64_t>(rows.size);
}

ColumnStatistics StatisticsColumnBuilder::Finish() {
  const auto finish = [&](std::optional<Column> Node::*part) {
    BatchBuilder batch(num_rows_);
    root_->FinishPart(part, batch, num_rows_);
    return batch.Finish();
  };
  return {finish(&Node::null_count), finish(&Node::min), finish(&Node::max), finish(&Node::exact)};
}

void AppendRecordCounts(const StatisticsLeaves& leaves, const LeafRows& rows,
                        std::vector<int64_t>& counts) {
  const std::vector<int64_t> of_rows =
      ReadCounts(leaves.Find(StatisticsSection::kNumRecords, {}), rows);
  counts.insert(counts.end(), of_rows.begin(), of_rows.end());
}

void AppendRowCounts(const StatisticsLeaves& leaves, const DeletionVectorColumn& deletion_vectors,
                     const LeafRows& rows, std::vector<int64_t>& counts) {
  const size_t begin = counts.size();
  AppendRecordCounts(leaves, rows, counts);
  if (deletion_vectors.empty()) return;
  for (size_t i = 0; i < rows.size; ++i) {
    counts[begin + i] = LeftOf(counts[begin + i], deletion_vectors.cardinality(rows[i]));
  }
}

RecordBatch MakeStatistics(const std::vector<int64_t>& row_counts,
                           std::span<const ColumnStatistics> columns) {
  const auto num_rows = static_cast<int64_t>(row_counts.size());
  BatchBuilder batch(num_rows);
  Column counts(Long(), "num_rows");
  for (const int64_t count : row_counts) counts.AppendCount(count);
  counts.FinishInto(batch);
  constexpr std::pair<const char*, RecordBatch ColumnStatistics::*> kParts[] = {
      {"null_count", &ColumnStatistics::null_count},
      {"min", &ColumnStatistics::min},
      {"max", &ColumnStatistics::max},
      {"exact", &ColumnStatistics::exact}};
  for (const auto& [name, part] : kParts) {
    BatchBuilder fields(num_rows);
    for (const ColumnStatistics& column : columns) fields.AddColumns(column.*part);
    const RecordBatch all = fields.Finish();
    if (all.num_columns() > 0) batch.AddStruct(name, all);
  }
  return batch.Finish();
}

}  // namespace deltaic::delta
