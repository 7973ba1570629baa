#include <deltaic/delta/protocol/data_type.h>

#include <utility>

#include <deltaic/base/error.h>
#include <fmt/format.h>

namespace deltaic::delta {
namespace {

constexpr int kMaxDecimalPrecision = 38;

}  // namespace

DataType DataType::Primitive(TypeKind kind) {
  DataType type(kind);
  if (kind == TypeKind::kDecimal || type.is_nested()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("The type {} needs parameters.", type.name()));
  }
  return type;
}

DataType DataType::Decimal(int precision, int scale) {
  if (precision < 1 || precision > kMaxDecimalPrecision || scale < 0 || scale > precision) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("A decimal needs 1 <= precision <= {} and 0 <= scale <= precision, "
                            "not decimal({},{}).",
                            kMaxDecimalPrecision, precision, scale));
  }
  DataType type(TypeKind::kDecimal);
  type.precision_ = static_cast<uint8_t>(precision);
  type.scale_ = static_cast<uint8_t>(scale);
  return type;
}

DataType DataType::Struct(std::vector<StructField> fields) {
  DataType type(TypeKind::kStruct);
  type.fields_ = std::make_shared<const std::vector<StructField>>(std::move(fields));
  return type;
}

DataType DataType::Array(DataType element, bool contains_null) {
  DataType type(TypeKind::kArray);
  type.contains_null_ = contains_null;
  std::vector<DataType> parts{std::move(element)};
  type.parts_ = std::make_shared<const std::vector<DataType>>(std::move(parts));
  return type;
}

DataType DataType::Map(DataType key, DataType value, bool value_contains_null) {
  DataType type(TypeKind::kMap);
  type.contains_null_ = value_contains_null;
  std::vector<DataType> parts{std::move(key), std::move(value)};
  type.parts_ = std::make_shared<const std::vector<DataType>>(std::move(parts));
  return type;
}

const std::vector<StructField>& DataType::fields() const {
  static const std::vector<StructField> kNone;
  return fields_ != nullptr ? *fields_ : kNone;
}

const DataType& DataType::element_type() const { return parts_->at(0); }

const DataType& DataType::key_type() const { return parts_->at(0); }

const DataType& DataType::value_type() const { return parts_->at(1); }

std::string DataType::name() const {
  switch (kind_) {
    case TypeKind::kString:
      return "string";
    case TypeKind::kLong:
      return "long";
    case TypeKind::kInteger:
      return "integer";
    case TypeKind::kShort:
      return "short";
    case TypeKind::kByte:
      return "byte";
    case TypeKind::kFloat:
      return "float";
    case TypeKind::kDouble:
      return "double";
    case TypeKind::kDecimal:
      return fmt::format("decimal({},{})", precision_, scale_);
    case TypeKind::kBoolean:
      return "boolean";
    case TypeKind::kBinary:
      return "binary";
    case TypeKind::kDate:
      return "date";
    case TypeKind::kTimestamp:
      return "timestamp";
    case TypeKind::kTimestampNtz:
      return "timestamp_ntz";
    case TypeKind::kTimestampNanos:
      return "timestamp_nanos";
    case TypeKind::kTimestampNanosNtz:
      return "timestamp_nanos_ntz";
    case TypeKind::kVoid:
      return "void";
    case TypeKind::kVariant:
      return "variant";
    case TypeKind::kStruct:
      return "struct";
    case TypeKind::kArray:
      return "array";
    case TypeKind::kMap:
      return "map";
  }
  throw Error(ErrorCode::kInternal, "A type has no kind.");
}

bool DataType::operator==(const DataType& other) const {
  if (kind_ != other.kind_ || precision_ != other.precision_ || scale_ != other.scale_ ||
      contains_null_ != other.contains_null_) {
    return false;
  }
  if (kind_ == TypeKind::kStruct) return fields_ == other.fields_ || *fields_ == *other.fields_;
  return parts_ == other.parts_ || *parts_ == *other.parts_;
}

}  // namespace deltaic::delta
