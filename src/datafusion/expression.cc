#include <deltaic/datafusion/expression.h>

#include "datafusion/bridge_call.h"
#include "datafusion/expression_impl.h"
#include "datafusion/sql/syntax_depth.h"

namespace deltaic::datafusion {

Expression Expression::Parse(std::string_view sql, const Schema& schema) {
  CheckSyntaxDepth(sql);
  return Call([&] {
    OutgoingSchema columns(schema);
    return MakeExpression(bridge::parse_expression(ToRust(sql), columns.get()));
  });
}

Expression Expression::ParseSpark(std::string_view sql, const Schema& schema) {
  CheckSyntaxDepth(sql);
  return Call([&] {
    OutgoingSchema columns(schema);
    return MakeExpression(bridge::parse_spark_expression(ToRust(sql), columns.get()));
  });
}

Expression Expression::Column(std::string_view name) {
  return Call([&] { return MakeExpression(bridge::column_expression(ToRust(name))); });
}

std::string Expression::ToString() const { return std::string(impl_->expression->text()); }

const std::vector<std::string>& Expression::columns() const { return impl_->columns; }

bool Expression::is_deterministic() const { return impl_->is_deterministic; }

bool Expression::is_infallible() const { return impl_->is_infallible; }

std::vector<uint8_t> EvaluateFilters(const std::vector<Expression>& filters,
                                     const RecordBatch& batch) {
  return Call([&] {
    OutgoingBatch rows(batch);
    rust::Vec<uint8_t> selected;
    bridge::evaluate_filters(*ToRust(filters), rows.schema(), rows.array(), selected);
    return std::vector<uint8_t>(selected.begin(), selected.end());
  });
}

}  // namespace deltaic::datafusion
