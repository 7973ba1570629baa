#pragma once

// The types of a Delta schema (PROTOCOL.md, "Schema Serialization Format"). Immutable values
// that share their parts; cheap to copy and safe to share between threads.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>

namespace deltaic::delta {

enum class TypeKind : uint8_t {
  kString,
  kLong,
  kInteger,
  kShort,
  kByte,
  kFloat,
  kDouble,
  kDecimal,
  kBoolean,
  kBinary,
  kDate,
  kTimestamp,          ///< Microseconds since the epoch, UTC.
  kTimestampNtz,       ///< Wall-clock microseconds.
  kTimestampNanos,     ///< Nanoseconds since the epoch, UTC.
  kTimestampNanosNtz,  ///< Wall-clock nanoseconds.
  kVoid,
  kVariant,
  kStruct,
  kArray,
  kMap,
};

struct StructField;

/// A Delta type.
class DELTAIC_EXPORT DataType {
 public:
  /// A primitive type; `kind` is none of decimal, struct, array, map.
  static DataType Primitive(TypeKind kind);
  /// 1 <= precision <= 38, 0 <= scale <= precision; throws `kInvalidArgument` otherwise.
  static DataType Decimal(int precision, int scale);
  static DataType Struct(std::vector<StructField> fields);
  static DataType Array(DataType element, bool contains_null);
  static DataType Map(DataType key, DataType value, bool value_contains_null);

  TypeKind kind() const { return kind_; }
  bool is_nested() const { return kind_ >= TypeKind::kStruct; }
  int precision() const { return precision_; }  ///< Of a decimal.
  int scale() const { return scale_; }          ///< Of a decimal.

  /// Of a struct: its fields. Of others: empty.
  const std::vector<StructField>& fields() const;
  const DataType& element_type() const;                  ///< Of an array.
  const DataType& key_type() const;                      ///< Of a map.
  const DataType& value_type() const;                    ///< Of a map.
  bool contains_null() const { return contains_null_; }  ///< Of an array, or of a map's values.

  /// The protocol's name of a primitive ("long", "decimal(10,2)"), else "struct", "array", "map".
  std::string name() const;

  bool operator==(const DataType& other) const;

 private:
  explicit DataType(TypeKind kind) : kind_(kind) {}
  TypeKind kind_;
  uint8_t precision_ = 0;
  uint8_t scale_ = 0;
  bool contains_null_ = true;
  std::shared_ptr<const std::vector<StructField>> fields_;
  std::shared_ptr<const std::vector<DataType>> parts_;  ///< Element, or key and value.
};

/// A column, or a field of a struct.
struct StructField {
  std::string name;
  DataType type;
  bool nullable = true;
  /// The JSON object of the field's metadata, verbatim ("{}" if there is none).
  std::string metadata_json = "{}";
  /// What data files and the log call it, where columns are mapped; else it is known by its name.
  std::optional<std::string> physical_name = {};
  /// The id by which data files are asked for it, where columns are mapped by id.
  std::optional<int32_t> field_id = {};

  /// The name in data files, statistics and partition values.
  const std::string& stored_name() const { return physical_name ? *physical_name : name; }

  bool operator==(const StructField&) const = default;
};

}  // namespace deltaic::delta
