#include "columnar/batch_builder.h"

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

namespace deltaic {
namespace {

TEST(BatchBuilder, PutsColumnsAndStructsTogether) {
  BatchBuilder inner(2);
  inner.AddInt64("n", {7, 8});
  RecordBatch numbers = inner.Finish();
  BatchBuilder outer(2);
  outer.AddStrings("s", {"a", "bc"});
  outer.AddStruct("nested", numbers);
  outer.AddColumns(numbers);
  RecordBatch batch = outer.Finish();
  EXPECT_EQ(batch.num_rows(), 2);
  EXPECT_EQ(batch.schema().column_names(), (std::vector<std::string>{"s", "nested", "n"}));
  const ArrowArray* nested = batch.c_array()->children[1];
  EXPECT_EQ(static_cast<const int64_t*>(nested->children[0]->buffers[1])[1], 8);
  EXPECT_EQ(static_cast<const int32_t*>(batch.c_array()->children[0]->buffers[1])[2], 3);
}

TEST(BatchBuilder, IntegersThatAreNothingAreNull) {
  BatchBuilder builder(2);
  builder.AddOptionalInt64("n", {7, std::nullopt});
  const RecordBatch batch = builder.Finish();
  const ArrowArray* numbers = batch.c_array()->children[0];
  EXPECT_EQ(numbers->null_count, 1);
  EXPECT_EQ(static_cast<const uint8_t*>(numbers->buffers[0])[0] & 3, 1);
  EXPECT_EQ(static_cast<const int64_t*>(numbers->buffers[1])[0], 7);
}

TEST(BatchBuilder, ColumnsOfAnotherLengthAreRefused) {
  BatchBuilder builder(2);
  EXPECT_THROW(builder.AddInt64("n", {1}), Error);
}

TEST(BatchBuilder, BatchWithoutColumnsHasRows) {
  EXPECT_EQ(BatchBuilder(3).Finish().num_rows(), 3);
}

}  // namespace
}  // namespace deltaic
