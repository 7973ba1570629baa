#include <deltaic/datafusion/data_frame.h>

#include <deltaic/datafusion/batch_formatter.h>

#include "datafusion/bridge_call.h"
#include "datafusion/data_frame_impl.h"
#include "datafusion/expression_impl.h"
#include "datafusion/sql/syntax_depth.h"

namespace deltaic::datafusion {
namespace {

std::vector<RecordBatch> ReadAll(RecordBatchStream& stream) {
  std::vector<RecordBatch> batches;
  while (std::optional<RecordBatch> batch = stream.Next()) batches.push_back(*std::move(batch));
  return batches;
}

}  // namespace

Schema DataFrame::schema() const {
  return Call([&] {
    ArrowSchema schema{};
    impl_->frame->export_schema(&schema);
    return Schema::Import(&schema);
  });
}

DataFrame DataFrame::Filter(std::string_view predicate) const {
  CheckSyntaxDepth(predicate);
  return Call([&] { return MakeDataFrame(impl_->frame->filter(ToRust(predicate))); });
}

DataFrame DataFrame::Select(const std::vector<std::string>& columns) const {
  return Call([&] { return MakeDataFrame(impl_->frame->select(ToRust(columns))); });
}

DataFrame DataFrame::Project(const std::vector<std::pair<std::string, Expression>>& columns) const {
  return Call([&] {
    std::vector<std::string> names;
    std::vector<Expression> values;
    for (const auto& [name, value] : columns) {
      names.push_back(name);
      values.push_back(value);
    }
    return MakeDataFrame(impl_->frame->project(ToRust(names), *ToRust(values)));
  });
}

DataFrame DataFrame::NumberRows(std::string_view name) const {
  return Call([&] { return MakeDataFrame(impl_->frame->number_rows(ToRust(name))); });
}

DataFrame DataFrame::Limit(int64_t rows) const {
  return Call([&] { return MakeDataFrame(impl_->frame->limit(rows)); });
}

RecordBatchStream DataFrame::ExecuteStream() const {
  return Call([&] {
    ArrowArrayStream stream{};
    impl_->frame->execute_stream(&stream);
    return RecordBatchStream::Import(&stream);
  });
}

std::vector<RecordBatch> DataFrame::Collect() const {
  RecordBatchStream stream = ExecuteStream();
  return ReadAll(stream);
}

int64_t DataFrame::Count() const {
  return Call([&] { return impl_->frame->count(); });
}

std::string DataFrame::Explain(bool analyze) const {
  return Call([&] { return std::string(impl_->frame->explain(analyze)); });
}

std::string DataFrame::ToString() const {
  RecordBatchStream stream = ExecuteStream();
  const std::vector<RecordBatch> batches = ReadAll(stream);
  return FormatBatches(stream.schema(), batches, TextFormat::kTable);
}

}  // namespace deltaic::datafusion
