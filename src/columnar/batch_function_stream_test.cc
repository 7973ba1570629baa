#include "columnar/batch_function_stream.h"

#include <memory>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

#include "columnar/batch_builder.h"

namespace deltaic {
namespace {

RecordBatch Numbers(const std::vector<int64_t>& values) {
  BatchBuilder builder(static_cast<int64_t>(values.size()));
  builder.AddInt64("n", values);
  return builder.Finish();
}

TEST(StreamOfFunction, EndsWithTheFunction) {
  int64_t calls = 0;
  RecordBatchStream stream = StreamOf(Numbers({}).schema(), [&]() -> std::optional<RecordBatch> {
    if (++calls > 2) return std::nullopt;
    return Numbers(std::vector<int64_t>(static_cast<size_t>(calls)));
  });
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(stream.schema().column_names(), (std::vector<std::string>{"n"}));
  EXPECT_EQ(stream.Next()->num_rows(), 1);
  EXPECT_EQ(stream.Next()->num_rows(), 2);
  EXPECT_FALSE(stream.Next());
}

TEST(StreamOfFunction, PassesErrorsOn) {
  RecordBatchStream stream = StreamOf(Numbers({}).schema(), []() -> std::optional<RecordBatch> {
    throw Error(ErrorCode::kCorruptData, "It is broken.");
  });
  try {
    stream.Next();
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
    EXPECT_EQ(error.message(), "It is broken.");
  }
  EXPECT_FALSE(stream.Next());
}

TEST(StreamOfFunction, FreesItsFunction) {
  const auto owned = std::make_shared<int>(1);
  {
    const RecordBatchStream stream =
        StreamOf(Numbers({}).schema(), [owned]() -> std::optional<RecordBatch> { return {}; });
    EXPECT_EQ(owned.use_count(), 2);
  }
  EXPECT_EQ(owned.use_count(), 1);
}

}  // namespace
}  // namespace deltaic
