#pragma once

// The metadata of a schema's fields (PROTOCOL.md, "Schema Serialization Format", "Column
// Metadata"): the only place that knows the names and types of its members. One thread at a time.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// Reads the metadata of one field after the other. A member that is missing or of another type
/// than the protocol's is nothing. Views are valid until the next field is read.
class FieldMetadata {
 public:
  /// Reads the metadata of `field`; false where it is no JSON object.
  bool Read(const StructField& field);

  // Column mapping.
  std::optional<std::string_view> physical_name() const {
    return Text("delta.columnMapping.physicalName");
  }
  std::optional<int64_t> column_id() const { return Integer("delta.columnMapping.id"); }

  /// "Type Change Metadata"; `has_type_changes` is true where it is of another type, too.
  bool has_type_changes() const;
  std::optional<simdjson::dom::array> type_changes() const;

  // SQL expressions.
  std::optional<std::string_view> current_default() const { return Text("CURRENT_DEFAULT"); }
  std::optional<std::string_view> generation_expression() const {
    return Text("delta.generationExpression");
  }
  /// "Column Invariants": JSON that holds an expression.
  std::optional<std::string_view> invariants() const { return Text("delta.invariants"); }

  /// The type that Spark keeps of a text of limited length: "char(5)", "varchar(5)".
  std::optional<std::string_view> text_length() const { return Text("__CHAR_VARCHAR_TYPE_STRING"); }

  // Identity columns.
  std::optional<int64_t> identity_start() const { return Integer("delta.identity.start"); }
  std::optional<int64_t> identity_step() const { return Integer("delta.identity.step"); }
  std::optional<int64_t> identity_high_water_mark() const {
    return Integer("delta.identity.highWaterMark");
  }
  std::optional<bool> identity_allows_explicit_insert() const;

 private:
  std::optional<std::string_view> Text(std::string_view name) const;
  std::optional<int64_t> Integer(std::string_view name) const;

  simdjson::dom::parser parser_;
  simdjson::dom::object members_;
};

/// Whether the metadata may have a default, or type changes by which files and statistics may have
/// another type. Told from its text: most fields have neither and need no parser.
bool MayHaveDefault(const StructField& field);
bool MayHaveTypeChanges(const StructField& field);

}  // namespace deltaic::delta
