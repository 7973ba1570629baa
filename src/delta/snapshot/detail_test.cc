#include <deltaic/delta/snapshot/detail.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/datafusion/batch_formatter.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;

constexpr char kActions[] =
    R"({"metaData":{"id":"an-id","name":"trips","format":{"provider":"parquet","options":{}},)"
    R"("schemaString":"{\"type\":\"struct\",\"fields\":[)"
    R"({\"name\":\"x\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}},)"
    R"({\"name\":\"p\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]}",)"
    R"("partitionColumns":["p"],"configuration":{"delta.appendOnly":"true","k":"v"},)"
    R"("createdTime":1700000000000}})"
    "\n"
    R"({"add":{"path":"a","partitionValues":{"p":"1"},"size":10,"modificationTime":1,)"
    R"("dataChange":true}})"
    "\n"
    R"({"add":{"path":"b","partitionValues":{"p":"2"},"size":32,"modificationTime":1,)"
    R"("dataChange":true}})"
    "\n";

TableDetail DetailOf(const std::string& name, const std::string& protocol,
                     const std::string& more = "") {
  const ObjectStore store = ObjectStore::Open("memory://detail_test_" + name);
  store.Put(CommitLocation(0), R"({"protocol":{)" + protocol + "}}\n" + kActions + more);
  return Detail(*LoadLatestSnapshot(TableAccess(store)));
}

using Names = std::vector<std::string>;

TEST(Detail, DescribesATable) {
  const TableDetail detail = DetailOf("all", R"("minReaderVersion":1,"minWriterVersion":2)");
  EXPECT_EQ(detail.format, "delta");
  EXPECT_EQ(detail.id, "an-id");
  EXPECT_EQ(detail.name, "trips");
  EXPECT_EQ(detail.description, std::nullopt);
  EXPECT_EQ(detail.location, "memory://detail_test_all/");
  EXPECT_EQ(detail.created_at, 1700000000000);
  EXPECT_GT(detail.last_modified, 1700000000000);
  EXPECT_EQ(detail.partition_columns, Names{"p"});
  EXPECT_EQ(detail.clustering_columns, Names{});
  EXPECT_EQ(detail.num_files, 2);
  EXPECT_EQ(detail.size_in_bytes, 42);
  EXPECT_EQ(detail.properties.at("delta.appendOnly"), "true");
  EXPECT_EQ(detail.min_reader_version, 1);
  EXPECT_EQ(detail.min_writer_version, 2);
}

TEST(Detail, FeaturesAreThoseOfTheProtocolListedOrImplied) {
  EXPECT_EQ(DetailOf("legacy", R"("minReaderVersion":1,"minWriterVersion":3)").table_features,
            (Names{"appendOnly", "checkConstraints", "invariants"}));
  EXPECT_EQ(DetailOf("listed", R"("minReaderVersion":3,"minWriterVersion":7,)"
                               R"("readerFeatures":["timestampNtz"],)"
                               R"("writerFeatures":["timestampNtz","rowTracking","new"])")
                .table_features,
            (Names{"new", "rowTracking", "timestampNtz"}));
}

TEST(Detail, ClusteringColumnsAreThoseOfTheDomain) {
  const auto clustering = [](const std::string& name, const std::string& configuration) {
    return DetailOf(name,
                    R"("minReaderVersion":1,"minWriterVersion":7,)"
                    R"("writerFeatures":["domainMetadata","clustering"])",
                    R"({"domainMetadata":{"domain":"delta.clustering","configuration":")" +
                        configuration + R"(","removed":false}})")
        .clustering_columns;
  };
  EXPECT_EQ(clustering("clustered", R"({\"clusteringColumns\":[[\"x\"],[\"s\",\"y\"]]})"),
            (Names{"x", "s.y"}));
  EXPECT_EQ(clustering("odd", R"({\"clusteringColumns\":[[\"x\"],7]})"), Names{});
  EXPECT_EQ(clustering("broken", "nothing"), Names{});
}

TEST(Detail, IsARow) {
  TableDetail detail = DetailOf("row", R"("minReaderVersion":1,"minWriterVersion":2)");
  detail.last_modified = 1700000000001;
  detail.clustering_columns = {"a", "b"};
  const RecordBatch row = ToRecordBatch(detail);
  EXPECT_EQ(row.num_rows(), 1);
  EXPECT_EQ(row.schema().column_names(),
            (Names{"format", "id", "name", "description", "location", "createdAt", "lastModified",
                   "partitionColumns", "clusteringColumns", "numFiles", "sizeInBytes", "properties",
                   "minReaderVersion", "minWriterVersion", "tableFeatures"}));
  const std::string text =
      datafusion::FormatBatches(row.schema(), {row}, datafusion::TextFormat::kNdjson);
  EXPECT_EQ(text, R"({"format":"delta","id":"an-id","name":"trips","description":null,)"
                  R"("location":"memory://detail_test_row/","createdAt":"2023-11-14T22:13:20Z",)"
                  R"("lastModified":"2023-11-14T22:13:20.001Z","partitionColumns":["p"],)"
                  R"("clusteringColumns":["a","b"],"numFiles":2,"sizeInBytes":42,)"
                  R"("properties":{"delta.appendOnly":"true","k":"v"},"minReaderVersion":1,)"
                  R"("minWriterVersion":2,"tableFeatures":["appendOnly","invariants"]})"
                  "\n");
}

}  // namespace
}  // namespace deltaic::delta
