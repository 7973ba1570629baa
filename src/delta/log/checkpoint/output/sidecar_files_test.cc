#include "delta/log/checkpoint/output/sidecar_files.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/parquet_file.h>

#include "columnar/batch_builder.h"
#include "delta/protocol/log_path.h"
#include "testing/error_of.h"
#include "testing/faulty_store.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;
using testing::FaultyStore;
using testing::Verb;

const std::vector<StructField> kColumns = {{"n", DataType::Primitive(TypeKind::kLong)}};

RecordBatch Rows(int64_t count) {
  BatchBuilder builder(count);
  builder.AddInt64("n", std::vector<int64_t>(static_cast<size_t>(count), 7));
  return builder.Finish();
}

TEST(SidecarFiles, SpreadManyRowsOverFiles) {
  const FaultyStore faulty;
  SidecarFiles files(faulty.store(), kColumns, "zstd");
  for (int i = 0; i < 40; ++i) files.Write(Rows(5'000), std::nullopt);
  files.Write(Rows(3), std::vector<uint32_t>{1});
  EXPECT_TRUE(faulty.store().List(kSidecarFolder).empty());
  const std::vector<Sidecar> sidecars = files.Finish(9);
  EXPECT_EQ(files.num_rows(), 200'001);
  int64_t rows = 0;
  std::set<std::string> names;
  for (const Sidecar& sidecar : sidecars) {
    const std::string location = SidecarLocation(sidecar.path, faulty.store().url());
    rows += datafusion::ParquetFile::Open(faulty.store(), location, sidecar.size).NumRows();
    names.insert(sidecar.path);
    EXPECT_EQ(sidecar.modification_time, 9);
  }
  EXPECT_EQ(rows, 200'001);
  EXPECT_EQ(names.size(), sidecars.size());
}

TEST(SidecarFiles, AreFewForFewRows) {
  const FaultyStore faulty;
  SidecarFiles files(faulty.store(), kColumns, "zstd");
  for (int i = 0; i < 40; ++i) files.Write(Rows(10), std::nullopt);
  EXPECT_EQ(files.Finish(0).size(), 1);
  SidecarFiles none(faulty.store(), kColumns, "zstd");
  EXPECT_TRUE(none.Finish(0).empty());
}

TEST(SidecarFiles, LeaveNothingWhereOneFails) {
  FaultyStore faulty;
  SidecarFiles files(faulty.store(), kColumns, "zstd");
  for (int i = 0; i < 40; ++i) files.Write(Rows(5'000), std::nullopt);
  faulty.At(1, Verb::kPutIfAbsent, {.kind = testing::Fault::Kind::kLoseAnswer});
  EXPECT_EQ(ErrorOf([&] { files.Finish(0); }).code(), ErrorCode::kIo);
  EXPECT_TRUE(faulty.store().List(kSidecarFolder).empty());
}

}  // namespace
}  // namespace deltaic::delta
