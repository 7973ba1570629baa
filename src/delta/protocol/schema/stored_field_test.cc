#include "delta/protocol/schema/stored_field.h"

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/delta/protocol/schema_arrow.h>

#include "columnar/nanoarrow_check.h"

namespace deltaic::delta {
namespace {

DataType Of(TypeKind kind) { return DataType::Primitive(kind); }

StructField Mapped(std::string name, DataType type, std::string physical, int id) {
  StructField field{std::move(name), std::move(type)};
  field.physical_name = std::move(physical);
  field.field_id = id;
  return field;
}

/// Names at every depth, "?" where a type is null, and ids.
std::string Describe(const ArrowSchema* schema) {
  std::string text = schema->name;
  ArrowStringView id{nullptr, 0};
  if (schema->metadata != nullptr) {
    CheckNanoarrow(ArrowMetadataGetValue(schema->metadata, ArrowCharView("PARQUET:field_id"), &id));
  }
  if (id.size_bytes > 0) text += fmt::format("#{}", std::string_view(id.data, id.size_bytes));
  if (std::string_view(schema->format) == "n") text += "?";
  if (schema->n_children == 0) return text;
  text += "(";
  for (int64_t i = 0; i < schema->n_children; ++i) {
    text += (i > 0 ? " " : "") + Describe(schema->children[i]);
  }
  return text + ")";
}

std::string Stored(const StructField& field, const StructField& shown) {
  nanoarrow::UniqueSchema schema;
  ToArrowField(shown, ArrowNullability::kAll, schema.get());
  UseStoredNames(field, schema.get());
  return Describe(schema.get());
}

StructField SomeField() {
  const DataType inner = DataType::Struct(
      {Mapped("x", Of(TypeKind::kLong), "px", 3), Mapped("y", Of(TypeKind::kString), "py", 4)});
  const DataType map = DataType::Map(Of(TypeKind::kString), inner, true);
  return Mapped(
      "s",
      DataType::Struct({Mapped("m", map, "pm", 2),
                        Mapped("l", DataType::Array(Of(TypeKind::kLong), true), "pl", 5)}),
      "ps", 1);
}

TEST(StoredField, NamesAndIdsAreThoseOfFiles) {
  EXPECT_EQ(Stored(SomeField(), SomeField()),
            "ps#1(pm#2(key_value(key value(px#3 py#4))) pl#5(element))");
}

TEST(StoredField, FieldsThatTheTableLacksAreInNoFile) {
  const DataType inner =
      DataType::Struct({{"y", Of(TypeKind::kString)}, {"px", Of(TypeKind::kLong)}});
  const StructField wanted{
      "s", DataType::Struct({{"new", DataType::Struct({{"z", Of(TypeKind::kLong)}})},
                             {"m", DataType::Map(Of(TypeKind::kString), inner, true)}})};
  EXPECT_EQ(Stored(SomeField(), wanted), "ps#1(new? pm#2(key_value(key value(py#4 px?))))");
}

TEST(StoredField, WithoutAMappingNamesStay) {
  const StructField field{"s", DataType::Struct({{"x", Of(TypeKind::kLong)}})};
  EXPECT_EQ(Stored(field, field), "s(x)");
}

}  // namespace
}  // namespace deltaic::delta
