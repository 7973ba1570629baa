#include "delta/scan/table_columns.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;

DataType Type(TypeKind kind) { return DataType::Primitive(kind); }

/// Columns p (string, partitions), x (integer), s (string), b (struct of an integer), no files.
std::shared_ptr<const Snapshot> MakeTable(std::string_view name) {
  ObjectStore store = ObjectStore::Open(fmt::format("memory://{}/", name));
  const auto field = [](std::string_view name, std::string_view type) {
    return fmt::format(R"({{\"name\":\"{}\",\"type\":{},\"nullable\":false,\"metadata\":{{}}}})",
                       name, type);
  };
  const std::string schema = fmt::format(
      R"({{\"type\":\"struct\",\"fields\":[{},{},{},{}]}})", field("p", R"(\"string\")"),
      field("x", R"(\"integer\")"), field("s", R"(\"string\")"),
      field("b", fmt::format(R"({{\"type\":\"struct\",\"fields\":[{}]}})",
                             field("i", R"(\"integer\")"))));
  store.Put(
      CommitLocation(0),
      fmt::format(R"({{"protocol":{{"minReaderVersion":1,"minWriterVersion":2}}}})"
                  "\n"
                  R"({{"metaData":{{"id":"t","format":{{"provider":"parquet","options":{{}}}},)"
                  R"("schemaString":"{}","partitionColumns":["p"],"configuration":{{}}}}}})",
                  schema));
  return LoadLatestSnapshot(TableAccess(store));
}

std::string Describe(const Schema& schema) {
  std::string text;
  for (int64_t i = 0; i < schema.num_columns(); ++i) {
    const ArrowSchema* column = schema.c_schema()->children[i];
    char type[200];
    ArrowSchemaToString(column, type, sizeof(type), 1);
    text += fmt::format("{}{}: {}", i > 0 ? ", " : "", column->name, type);
  }
  return text;
}

Error ErrorOf(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorCode::kInternal, "");
}

TEST(TableColumns, ColumnsComeInTheTablesOrderAndPartitionsAreDictionariesByDefault) {
  const TableColumns columns(*MakeTable("columns_default"), {});
  EXPECT_EQ(Describe(columns.table_schema),
            "p: dictionary(uint16)<string>, x: int32, s: string_view, b: struct<i: int32>");
  EXPECT_EQ(columns.places, (std::vector<int32_t>{3, 0, 1, 2}));
  EXPECT_EQ(columns.file_schema.column_names(), (std::vector<std::string>{"x", "s", "b"}));
  EXPECT_EQ(Describe(columns.partition_schema), "p: dictionary(uint16)<string>");
}

TEST(TableColumns, WithoutWrappingAndViewsTypesArePlain) {
  const TableColumns columns(
      *MakeTable("columns_plain"),
      DeltaScanConfig().WithWrapPartitionValues(false).WithForceViewTypes(false));
  EXPECT_EQ(Describe(columns.table_schema), "p: string, x: int32, s: string, b: struct<i: int32>");
}

/// Whether all columns are nullable, and all fields in them; nothing where some are.
std::optional<bool> Nullable(const ArrowSchema& schema) {
  std::optional<bool> all;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& column = *schema.children[i];
    const bool is_nullable = (column.flags & ARROW_FLAG_NULLABLE) != 0;
    if (all.value_or(is_nullable) != is_nullable) return std::nullopt;
    if (column.n_children > 0 && Nullable(column) != is_nullable) return std::nullopt;
    all = is_nullable;
  }
  return all;
}

TEST(TableColumns, ColumnsAreNullableAsTheTableSays) {
  const auto table = MakeTable("columns_nullable");
  EXPECT_EQ(Nullable(*TableColumns(*table).table_schema.c_schema()), false);
  const Schema wanted = TableColumns(*table).table_schema;
  const TableColumns all(*table, DeltaScanConfig().WithSchema(wanted));
  EXPECT_EQ(Nullable(*all.table_schema.c_schema()), true);
  const TableColumns added(
      *table, DeltaScanConfig().WithFileColumnName("f").WithSchema(Schema()).WithMetadataColumn());
  EXPECT_EQ(Nullable(*added.table_schema.c_schema()), true);
}

TEST(TableColumns, PathAndMetadataColumnsComeAfterThoseOfTheTable) {
  const TableColumns columns(*MakeTable("columns_added"),
                             DeltaScanConfig()
                                 .WithWrapPartitionValues(false)
                                 .WithFileColumnName(std::string(kPathColumn))
                                 .WithMetadataColumn());
  EXPECT_EQ(columns.table_schema.column_names(),
            (std::vector<std::string>{"p", "x", "s", "b", "__delta_rs_path", "_metadata"}));
  EXPECT_EQ(columns.places, (std::vector<int32_t>{3, 0, 1, 2, 4, 9}));
  EXPECT_EQ(Describe(columns.partition_schema),
            "p: string_view, __delta_rs_path: string_view, _metadata.file_path: string_view, "
            "_metadata.file_name: string_view, _metadata.file_size: int64, "
            "_metadata.file_modification_time: timestamp('us', 'UTC')");
}

TEST(TableColumns, AddedColumnThatIsThereAlreadyIsRefused) {
  const auto table = MakeTable("columns_clash");
  for (const char* name : {"x", "p", ""}) {
    EXPECT_EQ(
        ErrorOf([&] { TableColumns(*table, DeltaScanConfig().WithFileColumnName(name)); }).code(),
        ErrorCode::kInvalidArgument)
        << name;
  }
  EXPECT_EQ(ErrorOf([&] {
              TableColumns(*table,
                           DeltaScanConfig().WithFileColumnName("_metadata").WithMetadataColumn());
            }).code(),
            ErrorCode::kInvalidArgument);
}

TEST(TableColumns, WantedSchemaMayBeASubsetReorderedWidenedAndExtended) {
  const TableColumns columns(*MakeTable("columns_wanted"),
                             DeltaScanConfig().WithSchema(
                                 DataType::Struct({{.name = "p", .type = Type(TypeKind::kString)},
                                                   {.name = "s", .type = Type(TypeKind::kString)},
                                                   {.name = "new", .type = Type(TypeKind::kDate)},
                                                   {.name = "x", .type = Type(TypeKind::kLong)}})));
  EXPECT_EQ(Describe(columns.table_schema),
            "p: string_view, s: string_view, new: date32, x: int64");
  EXPECT_EQ(columns.places, (std::vector<int32_t>{3, 0, 1, 2}));
  EXPECT_EQ(columns.file_fields.size(), 2u);
}

TEST(TableColumns, WantedSchemaOfOtherTypesIsRefused) {
  const auto table = MakeTable("columns_misfit");
  for (TypeKind kind : {TypeKind::kShort, TypeKind::kString, TypeKind::kDouble, TypeKind::kDate}) {
    const Error error = ErrorOf([&] {
      TableColumns(*table, DeltaScanConfig().WithSchema(
                               DataType::Struct({{.name = "x", .type = Type(kind)}})));
    });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(error.message().find("Column 'x' of type integer"), std::string::npos)
        << error.message();
  }
  EXPECT_EQ(ErrorOf([&] {
              TableColumns(*table, DeltaScanConfig().WithSchema(DataType::Struct(
                                       {{.name = "x", .type = Type(TypeKind::kLong)},
                                        {.name = "x", .type = Type(TypeKind::kLong)}})));
            }).code(),
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace deltaic::delta
