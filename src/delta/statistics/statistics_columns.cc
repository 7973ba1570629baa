#include "delta/statistics/statistics_columns.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/delta/protocol/schema_arrow.h>

#include "columnar/batch_builder.h"
#include "columnar/column_builder.h"
#include "columnar/nanoarrow_check.h"
#include "delta/protocol/schema/field_metadata.h"
#include "delta/protocol/schema/timestamp_type.h"
#include "delta/protocol/schema/type_widening.h"
#include "delta/statistics/statistics_bound.h"

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
      std::string unused;
      const Bound count = ParseBound(kLong, BoundSide::kMin, {false, text}, unused);
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

bool IsInteger(TypeKind kind) { return kind >= TypeKind::kLong && kind <= TypeKind::kByte; }

// Bounds by row. Flags are bytes, 0 or 1.
struct IntegerBounds {
  explicit IntegerBounds(size_t rows) : values(rows), are_known(rows), are_certain(rows) {}

  std::vector<int64_t> values;
  std::vector<int8_t> are_known;
  std::vector<int8_t> are_certain;
};

// Reads the bounds of one side. The text of a bound lasts until the next one is read.
class BoundReader {
 public:
  // `was_float`: doubles may have been floats, whose statistics are rounded to few digits.
  BoundReader(const Columns& columns, const DataType& type, bool was_float, BoundSide side)
      : type_(type), was_float_(was_float), side_(side) {
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

  // The bounds of a type whose bounds are integers, by row.
  IntegerBounds ReadIntegers(const LeafRows& rows) {
    IntegerBounds bounds(rows.size);
    const TypeKind type = type_.kind();
    if (leaves_.size() == 1 && leaves_[0].first == LeafKind::kInteger && IsInteger(type) &&
        rows.list == nullptr && leaves_[0].second->IsDense(rows.size)) {
      const auto [least, greatest] = IntegerRange(type);
      for (size_t i = 0; i < rows.size; ++i) {
        const int64_t value = leaves_[0].second->integer(i);
        bounds.values[i] = value;
        bounds.are_known[i] = value >= least && value <= greatest;
      }
      bounds.are_certain = bounds.are_known;
    } else {
      for (size_t i = 0; i < rows.size; ++i) {
        const Bound bound = Read(rows[i]);
        bounds.values[i] = bound.integer;
        bounds.are_known[i] = bound.is_known;
        bounds.are_certain[i] = bound.is_certain;
      }
    }
    return bounds;
  }

 private:
  Bound Read(LeafKind kind, const LeafColumn& values, size_t at) {
    const TypeKind type = type_.kind();
    switch (kind) {
      case LeafKind::kInteger:
        if (IsInteger(type)) return IntegerBound(type, values.integer(at));
        text_ = fmt::to_string(values.integer(at));
        return ParseBound(type_, side_, {false, text_}, bound_text_);
      case LeafKind::kInstant:
        if (IsTimestamp(type)) return InstantBound(type, side_, values.integer(at));
        text_ = InstantText(values.integer(at));
        return ParseBound(type_, side_, {true, text_}, bound_text_);
      case LeafKind::kBoolean:
        return type == TypeKind::kBoolean ? BooleanBound(values.integer(at) != 0) : Bound{};
      case LeafKind::kFloating:
        return FloatingBound(type_, side_, std::bit_cast<double>(values.integer(at)));
      case LeafKind::kDays:
        return DateBound(type_, side_, values.integer(at));
      case LeafKind::kMicros:
        return TimestampBound(type_, side_, values.integer(at));
      case LeafKind::kNanos:
        return TimestampNanosBound(type_, side_, values.integer(at));
      case LeafKind::kDecimal: {
        const std::optional<DecimalNumber> number = DecimalOfBytes(values.text(at));
        return number ? DecimalBound(type_, side_, *number) : Bound{};
      }
      default:
        text_.clear();
        values.AppendText(at, text_);
        return ParseBound(type_, side_, {kind == LeafKind::kString, text_}, bound_text_);
    }
  }

  // The float that a writer meant lies next to the number that it wrote.
  Bound Widened(Bound bound) const {
    if (!was_float_ || side_ == BoundSide::kAsWritten) return bound;
    if (std::abs(bound.floating) > std::numeric_limits<float>::max()) return bound;
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
  std::string text_;
  std::string bound_text_;
};

// An array under construction.
class Column {
 public:
  explicit Column(const DataType& type, const std::string& name)
      : kind_(type.kind()), builder_(FieldOf(type, name)) {}

  void Append(const Bound& bound) {
    if (!bound.is_known) return builder_.AppendNull();
    switch (kind_) {
      case TypeKind::kString:
        builder_.AppendBytes(bound.text);
        break;
      case TypeKind::kFloat:
      case TypeKind::kDouble:
        builder_.AppendDouble(bound.floating);
        break;
      case TypeKind::kDecimal:
        builder_.AppendDecimal(bound.decimal);
        break;
      default:
        builder_.AppendInt(bound.integer);
    }
  }

  // Values of a type of whole bytes: those that are not known are null.
  void AppendIntegers(std::span<const int64_t> values, std::span<const int8_t> are_known) {
    if (values.empty()) return;
    AppendValidity(are_known);
    switch (kind_) {
      case TypeKind::kByte:
        return AppendAs<int8_t>(values);
      case TypeKind::kShort:
        return AppendAs<int16_t>(values);
      case TypeKind::kInteger:
      case TypeKind::kDate:
        return AppendAs<int32_t>(values);
      default:
        return AppendAs<int64_t>(values);
    }
  }

  // Counts, of which negative ones are unknown.
  void AppendCounts(std::span<const int64_t> counts) {
    std::vector<int8_t> are_known(counts.size());
    for (size_t i = 0; i < counts.size(); ++i) are_known[i] = counts[i] >= 0;
    AppendIntegers(counts, are_known);
  }

  void AppendTruths(std::span<const int8_t> truths) {
    const auto begin = builder_.array()->length;
    const auto length = begin + static_cast<int64_t>(truths.size());
    ArrowBuffer* bits = ArrowArrayBuffer(builder_.array(), 1);
    CheckNanoarrow(ArrowBufferAppendFill(bits, 0, (length + 7) / 8 - bits->size_bytes));
    for (size_t i = 0; i < truths.size(); ++i) {
      if (truths[i] != 0) ArrowBitSet(bits->data, begin + static_cast<int64_t>(i));
    }
    builder_.array()->length = length;
  }

  void FinishInto(BatchBuilder& batch) { batch.Add(std::move(builder_)); }

 private:
  static nanoarrow::UniqueSchema FieldOf(const DataType& type, const std::string& name) {
    nanoarrow::UniqueSchema field;
    ToArrowField({.name = name, .type = type}, ArrowNullability::kAll, field.get());
    return field;
  }

  void AppendValidity(std::span<const int8_t> are_known) {
    const auto size = static_cast<int64_t>(are_known.size());
    const auto nulls = std::ranges::count(are_known, 0);
    ArrowBitmap* validity = ArrowArrayValidityBitmap(builder_.array());
    if (nulls > 0 || validity->size_bits > 0) {
      if (validity->size_bits == 0)
        CheckNanoarrow(ArrowBitmapAppend(validity, 1, builder_.array()->length));
      CheckNanoarrow(ArrowBitmapReserve(validity, size));
      ArrowBitmapAppendInt8Unsafe(validity, are_known.data(), size);
    }
    builder_.array()->null_count += nulls;
    builder_.array()->length += size;
  }

  template <typename T>
  void AppendAs(std::span<const int64_t> values) {
    ArrowBuffer* data = ArrowArrayBuffer(builder_.array(), 1);
    const auto size = static_cast<int64_t>(values.size() * sizeof(T));
    CheckNanoarrow(ArrowBufferReserve(data, size));
    uint8_t* at = data->data + data->size_bytes;
    if constexpr (sizeof(T) == sizeof(int64_t)) {
      std::memcpy(at, values.data(), values.size_bytes());
    } else {
      for (const int64_t value : values) {
        const auto stored = static_cast<T>(value);
        std::memcpy(at, &stored, sizeof stored);
        at += sizeof stored;
      }
    }
    data->size_bytes += size;
  }

  TypeKind kind_;
  ColumnBuilder builder_;
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
      was_float = field.type.kind() == TypeKind::kDouble && MayHaveTypeChanges(field);
      null_count.emplace(Long(), name);
      if (!HasBounds(field.type.kind())) return;
      min.emplace(field.type, name);
      max.emplace(field.type, name);
      exact.emplace(Boolean(), name);
    }
  }

  void Append(const StatisticsLeaves& leaves, const DeletionVectorColumn& deletion_vectors,
              const LeafRows& rows, BoundsForm bounds);
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
                                           const LeafRows& rows, BoundsForm bounds) {
  for (Node& child : children) child.Append(leaves, deletion_vectors, rows, bounds);
  if (!type) return;
  const LeafPath names(path.begin(), path.end());
  const std::vector<int64_t> num_records =
      ReadCounts(leaves.Find(StatisticsSection::kNumRecords, {}), rows);
  std::vector<int64_t> nulls = ReadCounts(leaves.Find(StatisticsSection::kNullCount, names), rows);
  const Columns tightness = leaves.Find(StatisticsSection::kTightBounds, {});
  std::vector<int8_t> are_tight(rows.size), are_all_null(rows.size);
  for (size_t i = 0; i < rows.size; ++i) {
    const int64_t records = num_records[i];
    are_tight[i] = 1;
    are_all_null[i] = records >= 0 && nulls[i] == records;
    // Contradictory.
    if (records >= 0 && nulls[i] > records) nulls[i] = kUnknown;
  }
  const bool skips = bounds == BoundsForm::kThatHold;
  const bool may_be_loose = skips && (!deletion_vectors.empty() || !tightness.empty());
  for (size_t i = 0; may_be_loose && i < rows.size; ++i) {
    const std::optional<int64_t> deleted = deletion_vectors.cardinality(rows[i]);
    are_tight[i] = !deleted && ReadTightness(tightness, rows[i]);
    if (are_all_null[i] != 0) {
      nulls[i] = LeftOf(num_records[i], deleted);
    } else if (are_tight[i] == 0 && nulls[i] != 0) {
      // Wide bounds: rows may be deleted, so that only "none" and "all" say something of the rest.
      nulls[i] = kUnknown;
    }
  }
  null_count->AppendCounts(nulls);
  if (!min) return;
  BoundReader min_reader(leaves.Find(StatisticsSection::kMin, names), *type, was_float,
                         skips ? BoundSide::kMin : BoundSide::kAsWritten);
  BoundReader max_reader(leaves.Find(StatisticsSection::kMax, names), *type, was_float,
                         skips ? BoundSide::kMax : BoundSide::kAsWritten);
  std::vector<int8_t> are_exact(rows.size);
  if (HasIntegerBounds(type->kind())) {
    IntegerBounds low = min_reader.ReadIntegers(rows);
    IntegerBounds high = max_reader.ReadIntegers(rows);
    for (size_t i = 0; i < rows.size; ++i) {
      const bool are_known = low.are_known[i] != 0 && high.are_known[i] != 0;
      const bool is_reversed = skips && are_known && low.values[i] > high.values[i];
      if (are_all_null[i] != 0 || is_reversed) {
        low.are_known[i] = high.are_known[i] = 0;
      } else {
        are_exact[i] =
            are_known && are_tight[i] != 0 && low.are_certain[i] != 0 && high.are_certain[i] != 0;
      }
    }
    min->AppendIntegers(low.values, low.are_known);
    max->AppendIntegers(high.values, high.are_known);
  } else {
    for (size_t i = 0; i < rows.size; ++i) {
      Bound low = min_reader.Read(rows[i]);
      Bound high = max_reader.Read(rows[i]);
      const bool is_reversed =
          skips && low.is_known && high.is_known && !AreInOrder(type->kind(), low, high);
      if (are_all_null[i] != 0 || is_reversed || low.is_nan || high.is_nan) low = high = Bound{};
      min->Append(low);
      max->Append(high);
      are_exact[i] =
          are_tight[i] != 0 && low.is_known && high.is_known && low.is_certain && high.is_certain;
    }
  }
  exact->AppendTruths(are_exact);
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

bool HasIntegerBounds(TypeKind kind) {
  return IsInteger(kind) || kind == TypeKind::kDate || IsTimestamp(kind);
}

StatisticsColumnBuilder::StatisticsColumnBuilder(const StructField& column, BoundsForm bounds)
    : root_(std::make_unique<Node>(column, std::vector<std::string>())), bounds_(bounds) {}

StatisticsColumnBuilder::StatisticsColumnBuilder(StatisticsColumnBuilder&&) noexcept = default;
StatisticsColumnBuilder::~StatisticsColumnBuilder() = default;

void StatisticsColumnBuilder::Append(const StatisticsLeaves& leaves,
                                     const DeletionVectorColumn& deletion_vectors,
                                     const LeafRows& rows) {
  root_->Append(leaves, deletion_vectors, rows, bounds_);
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
  counts.AppendCounts(row_counts);
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
