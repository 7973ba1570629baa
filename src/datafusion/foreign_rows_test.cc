#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/base/error.h>
#include <deltaic/columnar/record_batch_stream.h>
#include <deltaic/datafusion/session_context.h>

#include "columnar/nanoarrow_check.h"
#include "testing/error_of.h"

namespace deltaic::datafusion {
namespace {

using testing::ErrorOf;

// A stream of one batch with the column `v`, made by `build`, which gets an array under
// construction.
DataFrame Rows(const std::function<void(ArrowSchema*)>& type,
               const std::function<void(ArrowArray*)>& build) {
  nanoarrow::UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  CheckNanoarrow(ArrowSchemaSetTypeStruct(schema.get(), 1));
  type(schema->children[0]);
  CheckNanoarrow(ArrowSchemaSetName(schema->children[0], "v"));
  nanoarrow::UniqueArray array;
  ArrowError error;
  CheckNanoarrow(ArrowArrayInitFromSchema(array.get(), schema.get(), &error));
  CheckNanoarrow(ArrowArrayStartAppending(array.get()));
  build(array->children[0]);
  array->length = array->children[0]->length;
  CheckNanoarrow(ArrowArrayFinishBuilding(array.get(), NANOARROW_VALIDATION_LEVEL_NONE, &error));
  nanoarrow::UniqueArrayStream stream;
  CheckNanoarrow(ArrowBasicArrayStreamInit(stream.get(), schema.get(), 1));
  ArrowBasicArrayStreamSetArray(stream.get(), 0, array.get());
  return SessionContext().ReadStream(RecordBatchStream::Import(stream.get()));
}

void Type(ArrowSchema* schema, ArrowType type) {
  CheckNanoarrow(ArrowSchemaInitFromType(schema, type));
}

void ListOf(ArrowSchema* schema, ArrowType list, ArrowType item) {
  Type(schema, list);
  CheckNanoarrow(ArrowSchemaSetType(schema->children[0], item));
}

void MapOf(ArrowSchema* schema, ArrowType key, ArrowType value) {
  Type(schema, NANOARROW_TYPE_MAP);
  CheckNanoarrow(ArrowSchemaSetType(schema->children[0]->children[0], key));
  CheckNanoarrow(ArrowSchemaSetType(schema->children[0]->children[1], value));
}

void Fill(ArrowBuffer* buffer, const std::vector<int32_t>& numbers) {
  CheckNanoarrow(ArrowBufferResize(buffer, 0, 0));
  CheckNanoarrow(ArrowBufferAppend(buffer, numbers.data(),
                                   static_cast<int64_t>(numbers.size() * sizeof(int32_t))));
}

void AppendNumbers(ArrowArray* array, int count) {
  for (int i = 0; i < count; ++i) CheckNanoarrow(ArrowArrayAppendInt(array, i));
}

TEST(ForeignRows, OffsetsThatLeadElsewhereAreErrorsThatNameTheColumn) {
  for (const std::vector<int32_t>& offsets :
       std::vector<std::vector<int32_t>>{{0, 3, 1}, {-1, 0, 1}, {0, 1, 99}, {2, 1, 2}}) {
    const Error error = ErrorOf([&] {
      Rows([](ArrowSchema* type) { ListOf(type, NANOARROW_TYPE_LIST, NANOARROW_TYPE_INT64); },
           [&](ArrowArray* array) {
             AppendNumbers(array->children[0], 3);
             Fill(ArrowArrayBuffer(array, 1), offsets);
             array->length = 2;
           })
          .Collect();
    });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.message();
    EXPECT_NE(error.message().find("column v"), std::string::npos) << error.message();
  }
}

TEST(ForeignRows, TextsThatOverlapAreErrors) {
  const Error error = ErrorOf([&] {
    Rows([](ArrowSchema* type) { Type(type, NANOARROW_TYPE_STRING); },
         [&](ArrowArray* array) {
           CheckNanoarrow(ArrowArrayAppendString(array, ArrowCharView("abcd")));
           CheckNanoarrow(ArrowArrayAppendString(array, ArrowCharView("")));
           Fill(ArrowArrayBuffer(array, 1), {0, 5, 4});
         })
        .Collect();
  });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.message();
  EXPECT_NE(error.message().find("column v"), std::string::npos) << error.message();
}

TEST(ForeignRows, AMapHasNoNullForAKey) {
  const auto type = [](ArrowSchema* schema) {
    MapOf(schema, NANOARROW_TYPE_STRING, NANOARROW_TYPE_INT64);
  };
  const auto build = [](ArrowArray* array) {
    ArrowArray* entries = array->children[0];
    CheckNanoarrow(ArrowArrayAppendNull(entries->children[0], 1));
    CheckNanoarrow(ArrowArrayAppendInt(entries->children[1], 1));
    CheckNanoarrow(ArrowArrayFinishElement(entries));
    CheckNanoarrow(ArrowArrayFinishElement(array));
  };
  const Error error = ErrorOf([&] { Rows(type, build).Collect(); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.message();
  EXPECT_NE(error.message().find("column v"), std::string::npos) << error.message();
  EXPECT_NE(error.message().find("null"), std::string::npos) << error.message();
}

TEST(ForeignRows, TwoColumnsOfOneNameAreAnErrorAtOnce) {
  nanoarrow::UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  CheckNanoarrow(ArrowSchemaSetTypeStruct(schema.get(), 2));
  for (int64_t i = 0; i < 2; ++i) {
    CheckNanoarrow(ArrowSchemaSetType(schema->children[i], NANOARROW_TYPE_INT64));
    CheckNanoarrow(ArrowSchemaSetName(schema->children[i], "twice"));
  }
  nanoarrow::UniqueArrayStream stream;
  CheckNanoarrow(ArrowBasicArrayStreamInit(stream.get(), schema.get(), 0));
  const Error error =
      ErrorOf([&] { SessionContext().ReadStream(RecordBatchStream::Import(stream.get())); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.message();
  EXPECT_NE(error.message().find("twice"), std::string::npos) << error.message();
}

}  // namespace
}  // namespace deltaic::datafusion
