#include "columnar/column_builder.h"

#include <gtest/gtest.h>

#include <deltaic/columnar/record_batch.h>

#include "columnar/arrow_column.h"
#include "columnar/batch_builder.h"

namespace deltaic {
namespace {

RecordBatch BatchOf(ColumnBuilder column, int64_t num_rows) {
  BatchBuilder batch(num_rows);
  batch.Add(std::move(column));
  return batch.Finish();
}

// Calls `look` with the only column of `batch`.
template <typename Look>
void LookAt(const RecordBatch& batch, Look look) {
  nanoarrow::UniqueArrayView view;
  const ArrowSchema* schema = batch.schema().c_schema();
  ASSERT_EQ(ArrowArrayViewInitFromSchema(view.get(), schema, nullptr), NANOARROW_OK);
  ASSERT_EQ(ArrowArrayViewSetArray(view.get(), batch.c_array(), nullptr), NANOARROW_OK);
  ASSERT_EQ(ArrowArrayViewValidate(view.get(), NANOARROW_VALIDATION_LEVEL_FULL, nullptr),
            NANOARROW_OK);
  look(ArrowColumn(schema, view.get()).Field(0));
}

TEST(ColumnBuilder, ValuesAndNullsComeInTheirOrder) {
  ColumnBuilder numbers("n", NANOARROW_TYPE_INT32);
  numbers.AppendInt(7);
  numbers.AppendNull(2);
  numbers.AppendInt(std::optional<int64_t>(-1));
  numbers.AppendInt(std::optional<int64_t>());
  LookAt(BatchOf(std::move(numbers), 5), [](const ArrowColumn& column) {
    EXPECT_EQ(column.name(), "n");
    EXPECT_EQ(column.format(), "i");
    EXPECT_EQ(column.Integer(0), 7);
    EXPECT_TRUE(column.IsNull(1));
    EXPECT_TRUE(column.IsNull(2));
    EXPECT_EQ(column.Integer(3), -1);
    EXPECT_TRUE(column.IsNull(4));
  });
}

TEST(ColumnBuilder, ARequiredColumnSaysSoInItsField) {
  ColumnBuilder texts("t", NANOARROW_TYPE_STRING, Nullability::kRequired);
  texts.AppendBytes("");
  const RecordBatch batch = BatchOf(std::move(texts), 1);
  EXPECT_EQ(batch.schema().c_schema()->children[0]->flags & ARROW_FLAG_NULLABLE, 0);
}

TEST(ColumnBuilder, ListsHoldTheElementsAppendedSinceTheLast) {
  ColumnBuilder lists = ColumnBuilder::Lists("l", "element", NANOARROW_TYPE_STRING);
  AppendBytes("a", lists.child(0));
  AppendBytes("b", lists.child(0));
  lists.FinishElement();
  lists.FinishElement();
  LookAt(BatchOf(std::move(lists), 2), [](const ArrowColumn& column) {
    EXPECT_EQ(column.Elements().name(), "element");
    EXPECT_EQ(column.ElementsBegin(0), 0);
    EXPECT_EQ(column.ElementsEnd(0), 2);
    EXPECT_EQ(column.Elements().Text(1), "b");
    EXPECT_EQ(column.ElementsBegin(1), column.ElementsEnd(1));
  });
}

TEST(ColumnBuilder, MapsOfTextsHaveRequiredKeys) {
  ColumnBuilder maps = ColumnBuilder::TextMaps("m");
  ArrowArray* pairs = maps.child(0);
  AppendBytes("key", pairs->children[0]);
  AppendBytes("value", pairs->children[1]);
  CheckNanoarrow(ArrowArrayFinishElement(pairs));
  maps.FinishElement();
  const RecordBatch batch = BatchOf(std::move(maps), 1);
  const ArrowSchema* entries = batch.schema().c_schema()->children[0]->children[0];
  EXPECT_EQ(entries->children[0]->flags & ARROW_FLAG_NULLABLE, 0);
  LookAt(batch, [](const ArrowColumn& column) {
    EXPECT_EQ(column.Elements().Field(0).Text(0), "key");
    EXPECT_EQ(column.Elements().Field(1).Text(0), "value");
  });
}

TEST(ColumnBuilder, TimestampsAreMillisecondsInUtc) {
  ColumnBuilder times = ColumnBuilder::Timestamps("t");
  times.AppendInt(1000);
  LookAt(BatchOf(std::move(times), 1), [](const ArrowColumn& column) {
    EXPECT_EQ(column.format(), "tsm:UTC");
    EXPECT_EQ(column.Integer(0), 1000);
  });
}

}  // namespace
}  // namespace deltaic
