// Ids and commit versions of rows, from the log through the engine to a query.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/batch_formatter.h>
#include <deltaic/delta/session/delta_session_context.h>
#include <deltaic/delta/session/delta_table_provider.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;

constexpr std::string_view kIds = "x, _metadata.row_id, _metadata.row_commit_version";

/// What differs between the tables.
struct Spec {
  std::string name;
  std::string configuration =
      R"("delta.enableRowTracking":"true",)"
      R"("delta.rowTracking.materializedRowIdColumnName":"_row-id-1",)"
      R"("delta.rowTracking.materializedRowCommitVersionColumnName":"_row-version-1")";
  std::string features = R"("rowTracking","domainMetadata")";
  std::string metadata_of_x = {};
  std::string x = "x";  // In the files.
  std::string first = R"("baseRowId":100,"defaultRowCommitVersion":3)";
  std::string second = R"("baseRowId":0,"defaultRowCommitVersion":1)";
};

/// Two files: x from 0 to 2 with hidden columns, of which some values are null; x from 10 to 12
/// without.
std::shared_ptr<const Snapshot> Make(const Spec& spec) {
  const auto root = std::filesystem::path(testing::TempDir()) / ("row_tracking_" + spec.name);
  std::filesystem::remove_all(root);
  std::filesystem::create_directories(root);
  std::string commit = fmt::format(
      R"({{"protocol":{{"minReaderVersion":2,"minWriterVersion":7,"writerFeatures":)"
      R"([{},"columnMapping"]}}}})"
      "\n"
      R"({{"metaData":{{"id":"t","format":{{"provider":"parquet","options":{{}}}},"schemaString":)"
      R"("{{\"type\":\"struct\",\"fields\":[)"
      R"({{\"name\":\"x\",\"type\":\"long\",\"nullable\":true,\"metadata\":{{{}}}}}]}}",)"
      R"("partitionColumns":[],"configuration":{{{}}}}}}})",
      spec.features, spec.metadata_of_x, spec.configuration);
  const auto add = [&](const char* file, std::string_view sql, std::string_view numbers) {
    const std::string path = root / file;
    datafusion::SessionContext()
        .Sql(fmt::format("COPY ({}) TO '{}' STORED AS PARQUET", sql, path))
        .Collect();
    commit += fmt::format(
        "\n"
        R"({{"add":{{"path":"{}","partitionValues":{{}},"size":{},"modificationTime":1,)"
        R"("dataChange":true{}{}}}}})",
        file, std::filesystem::file_size(path), numbers.empty() ? "" : ",", numbers);
  };
  add("0.parquet",
      fmt::format(R"(SELECT * FROM (VALUES (0, 7, 2), (1, NULL, NULL), (2, 5, NULL)))"
                  R"( AS v("{}", "_row-id-1", "_row-version-1"))",
                  spec.x),
      spec.first);
  add("1.parquet", fmt::format(R"(SELECT value AS "{}" FROM generate_series(10, 12))", spec.x),
      spec.second);
  const ObjectStore store = ObjectStore::Open(root.string());
  store.Put(CommitLocation(0), commit);
  return LoadLatestSnapshot(TableAccess(store));
}

std::string Rows(const std::shared_ptr<const Snapshot>& snapshot, std::string_view sql) {
  DeltaSessionContext session;
  static_cast<datafusion::SessionContext&>(session).RegisterTable(
      "t", std::make_shared<DeltaTableProvider>(
               snapshot, DeltaScanConfig().WithMetadataColumn().WithFileColumnName("path")));
  const datafusion::DataFrame frame = session.Sql(sql);
  return datafusion::FormatBatches(frame.schema(), frame.Collect(), datafusion::TextFormat::kCsv,
                                   /*header=*/false);
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

TEST(RowTracking, IdsAreThoseOfTheFileOrCountedFromTheLogs) {
  const auto table = Make({.name = "plain"});
  EXPECT_EQ(Rows(table, fmt::format("SELECT {} FROM t ORDER BY x", kIds)),
            "0,7,2\n1,101,3\n2,5,3\n10,0,1\n11,1,1\n12,2,1\n");
  EXPECT_EQ(Rows(table, "SELECT x, path FROM t WHERE _metadata.row_id = 101"), "1,0.parquet\n");
  EXPECT_EQ(Rows(table, "SELECT _metadata.row_id FROM t WHERE x > 11"), "2\n");
  EXPECT_EQ(Rows(table, "SELECT count(*), sum(_metadata.row_id) FROM t"), "6,116\n");
  // What they are made of stays hidden.
  EXPECT_EQ(Rows(table, "SELECT * EXCEPT (_metadata, path) FROM t WHERE x < 2 ORDER BY x"),
            "0\n1\n");
  EXPECT_EQ(Rows(table, "SELECT path, x FROM t WHERE x = 10"), "1.parquet,10\n");
}

TEST(RowTracking, MappedColumns) {
  Spec spec{.name = "mapped"};
  spec.configuration += R"(,"delta.columnMapping.mode":"name")";
  spec.metadata_of_x =
      R"(\"delta.columnMapping.id\":1,\"delta.columnMapping.physicalName\":\"col-1\")";
  spec.x = "col-1";
  EXPECT_EQ(Rows(Make(spec), fmt::format("SELECT {} FROM t ORDER BY x LIMIT 2", kIds)),
            "0,7,2\n1,101,3\n");
}

TEST(RowTracking, WithoutHiddenColumnsAllIsCounted) {
  const auto table =
      Make({.name = "counted", .configuration = R"("delta.enableRowTracking":"true")"});
  EXPECT_EQ(Rows(table, fmt::format("SELECT {} FROM t ORDER BY x LIMIT 3", kIds)),
            "0,100,3\n1,101,3\n2,102,3\n");
}

TEST(RowTracking, TablesWithoutHaveNoIds) {
  for (const Spec& spec :
       {Spec{.name = "off", .configuration = R"("delta.enableRowTracking":"false")"},
        Spec{.name = "unlisted", .features = R"("domainMetadata")"}}) {
    const auto table = Make(spec);
    EXPECT_EQ(Rows(table, "SELECT x, _metadata.row_index FROM t WHERE x = 11"), "11,1\n");
    EXPECT_EQ(ErrorOf([&] { Rows(table, "SELECT _metadata.row_id FROM t"); }).code(),
              ErrorCode::kInvalidSql);
  }
}

TEST(RowTracking, WhatTheLogLacksOrExaggeratesIsRefusedWhenItIsAskedFor) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "defaultRowCommitVersion"},
      {R"("baseRowId":5)", "defaultRowCommitVersion"},
      {R"("baseRowId":null,"defaultRowCommitVersion":1)", "baseRowId"},
      {R"("baseRowId":9223372036854775807,"defaultRowCommitVersion":1)", "baseRowId"},
  };
  for (const auto& [numbers, what] : cases) {
    const auto table = Make({.name = "lacking", .second = numbers});
    EXPECT_EQ(Rows(table, "SELECT x FROM t WHERE x = 1"), "1\n");
    const Error error = ErrorOf([&] { Rows(table, fmt::format("SELECT {} FROM t", kIds)); });
    EXPECT_EQ(error.code(), ErrorCode::kCorruptLog) << error.message();
    EXPECT_NE(error.message().find(what), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("1.parquet"), std::string::npos) << error.message();
  }
  for (const char* numbers : {R"("baseRowId":-1)", R"("defaultRowCommitVersion":-5)",
                              R"("baseRowId":"1")", R"("baseRowId":1e30)"}) {
    const Error error = ErrorOf([&] { Make({.name = "malformed", .second = numbers}); });
    EXPECT_EQ(error.code(), ErrorCode::kCorruptLog) << error.message();
  }
}

}  // namespace
}  // namespace deltaic::delta
