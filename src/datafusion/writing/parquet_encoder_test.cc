#include "datafusion/writing/parquet_encoder.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/object_store.h>
#include <deltaic/datafusion/parquet_file.h>

#include "columnar/arrow_column.h"
#include "columnar/batch_builder.h"
#include "testing/error_of.h"

namespace deltaic::datafusion {
namespace {

using testing::ErrorOf;

RecordBatch Numbers(const std::vector<int64_t>& values) {
  BatchBuilder builder(static_cast<int64_t>(values.size()));
  builder.AddInt64("n", values);
  return builder.Finish();
}

ParquetFile Open(std::string_view bytes) {
  static int files = 0;
  const ObjectStore store =
      ObjectStore::Open("memory://parquet_encoder_test" + std::to_string(++files) + "/t");
  store.Put("f", bytes);
  return ParquetFile::Open(store, "f", static_cast<int64_t>(bytes.size()));
}

// The rows of the only column; nulls are -1.
std::vector<int64_t> Read(const ParquetFile& file) {
  std::vector<int64_t> values;
  RecordBatchStream stream = file.Read({});
  while (const auto batch = stream.Next()) {
    nanoarrow::UniqueArrayView view;
    EXPECT_EQ(ArrowArrayViewInitFromSchema(view.get(), batch->schema().c_schema(), nullptr), 0);
    EXPECT_EQ(ArrowArrayViewSetArray(view.get(), batch->c_array(), nullptr), 0);
    const ArrowColumn column = ArrowColumn(batch->schema().c_schema(), view.get()).Field(0);
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      values.push_back(column.IsNull(row) ? -1 : column.Integer(row));
    }
  }
  return values;
}

TEST(ParquetEncoder, MakesAFilePieceByPiece) {
  std::mt19937_64 random(1);
  std::vector<int64_t> values(10'000);
  for (int64_t& value : values) value = static_cast<int64_t>(random() >> 1);
  const RecordBatch rows = Numbers(values);
  ParquetEncoder encoder(rows.schema(), {.row_group_rows = 2'000, .plain_columns = {"n"}});
  std::string bytes;
  encoder.Write(rows);
  bytes += encoder.Take();
  EXPECT_GT(bytes.size(), 50'000);
  encoder.Write(Numbers({4, 5, 6}), std::vector<uint32_t>{0, 2});
  bytes += encoder.Take();
  bytes += encoder.Finish();
  values.insert(values.end(), {4, 6});
  EXPECT_EQ(Read(Open(bytes)), values);
}

TEST(ParquetEncoder, PutsColumnsInTheirPlacesByName) {
  ParquetEncoder encoder(Numbers({}).schema(), {});
  BatchBuilder other(2);
  other.AddStrings("text", {"a", "b"});
  encoder.Write(other.Finish());
  BatchBuilder texts(1);
  texts.AddStrings("n", {"12"});
  encoder.Write(texts.Finish());
  const std::string bytes(encoder.Finish());
  EXPECT_EQ(Read(Open(bytes)), (std::vector<int64_t>{-1, -1, 12}));
}

TEST(ParquetEncoder, RefusesWhatDoesNotFit) {
  EXPECT_EQ(ErrorOf([] { ParquetEncoder(Numbers({}).schema(), {.compression = "zip"}); }).code(),
            ErrorCode::kInvalidArgument);
  ParquetEncoder encoder(Numbers({}).schema(), {});
  BatchBuilder texts(1);
  texts.AddStrings("n", {"no number"});
  const RecordBatch bad = texts.Finish();
  EXPECT_EQ(ErrorOf([&] { encoder.Write(bad); }).code(), ErrorCode::kExecution);
}

TEST(ParquetEncoder, EndsOnce) {
  ParquetEncoder encoder(Numbers({}).schema(), {});
  encoder.Finish();
  EXPECT_EQ(ErrorOf([&] { encoder.Finish(); }).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ErrorOf([&] { encoder.Write(Numbers({1})); }).code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace deltaic::datafusion
