#include <deltaic/columnar/record_batch.h>

#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.h>

namespace deltaic {
namespace {

RecordBatch MakeNumbers() {
  ArrowSchema schema{};
  ArrowSchemaInit(&schema);
  EXPECT_EQ(ArrowSchemaSetTypeStruct(&schema, 1), NANOARROW_OK);
  EXPECT_EQ(ArrowSchemaSetType(schema.children[0], NANOARROW_TYPE_INT64), NANOARROW_OK);
  EXPECT_EQ(ArrowSchemaSetName(schema.children[0], "n"), NANOARROW_OK);
  ArrowArray array{};
  EXPECT_EQ(ArrowArrayInitFromSchema(&array, &schema, nullptr), NANOARROW_OK);
  EXPECT_EQ(ArrowArrayStartAppending(&array), NANOARROW_OK);
  for (int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(ArrowArrayAppendInt(array.children[0], i), NANOARROW_OK);
    EXPECT_EQ(ArrowArrayFinishElement(&array), NANOARROW_OK);
  }
  EXPECT_EQ(ArrowArrayFinishBuildingDefault(&array, nullptr), NANOARROW_OK);
  return RecordBatch::Import(Schema::Import(&schema), &array);
}

TEST(RecordBatch, ExportOutlivesTheBatch) {
  ArrowArray exported{};
  {
    RecordBatch batch = MakeNumbers();
    EXPECT_EQ(batch.num_rows(), 3);
    EXPECT_EQ(batch.schema().column_name(0), "n");
    batch.Export(&exported);
  }
  EXPECT_EQ(static_cast<const int64_t*>(exported.children[0]->buffers[1])[2], 2);
  exported.release(&exported);
}

TEST(RecordBatch, ConsumerMayMoveAChildOutOfAnExport) {
  RecordBatch batch = MakeNumbers();
  ArrowArray exported{};
  batch.Export(&exported);
  ArrowArray child = *exported.children[0];
  exported.children[0]->release = nullptr;
  exported.release(&exported);
  batch = RecordBatch();
  EXPECT_EQ(static_cast<const int64_t*>(child.buffers[1])[1], 1);
  child.release(&child);
}

TEST(RecordBatch, DefaultIsEmpty) {
  EXPECT_EQ(RecordBatch().num_rows(), 0);
  EXPECT_EQ(RecordBatch().num_columns(), 0);
  EXPECT_EQ(Schema().FindColumn("x"), -1);
}

}  // namespace
}  // namespace deltaic
