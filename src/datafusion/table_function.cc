#include <deltaic/datafusion/table_function.h>

#include <deltaic/base/error.h>

#include "datafusion/bridge_call.h"

namespace deltaic::datafusion {

RowSource::~RowSource() = default;
TableFunction::~TableFunction() = default;

namespace {

using Kind = FunctionArgument::Kind;

Kind KindOf(bridge::ArgumentKind kind) {
  switch (kind) {
    case bridge::ArgumentKind::Null:
      return Kind::kNull;
    case bridge::ArgumentKind::Boolean:
      return Kind::kBoolean;
    case bridge::ArgumentKind::Integer:
      return Kind::kInteger;
    case bridge::ArgumentKind::Number:
      return Kind::kNumber;
    case bridge::ArgumentKind::Text:
      return Kind::kText;
    case bridge::ArgumentKind::Time:
      return Kind::kTime;
    default:
      return Kind::kOther;
  }
}

FunctionArgument ReadArgument(const bridge::FunctionArgument& given) {
  FunctionArgument argument;
  argument.name = std::string(given.name);
  argument.kind = KindOf(given.kind);
  argument.text = std::string(given.text);
  argument.boolean = given.boolean;
  argument.integer = given.integer;
  argument.timestamp_us = [&given] {
    if (given.is_instant) return given.instant;
    throw Error(ErrorCode::kInvalidSql, "This is not a point in time: " + std::string(given.text));
  };
  return argument;
}

TableFunctionCall ReadCall(const std::string& function,
                           const rust::Vec<bridge::FunctionArgument>& arguments,
                           const bridge::FunctionCall& call) {
  TableFunctionCall result;
  result.function = function;
  for (const bridge::FunctionArgument& argument : arguments) {
    result.arguments.push_back(ReadArgument(argument));
  }
  result.find_table = [&call](const std::string& name) -> std::shared_ptr<const TableProvider> {
    const auto table = Call([&] { return call.find_table(ToRust(name)); });
    return table == nullptr ? nullptr : table->table();
  };
  result.names_version = [&call](const std::string& name) {
    return Call([&] { return call.names_version(ToRust(name)); });
  };
  return result;
}

}  // namespace
}  // namespace deltaic::datafusion

namespace deltaic::bridge {

FunctionResult FunctionCallback::call(const rust::Vec<FunctionArgument>& arguments,
                                      const FunctionCall& call) const {
  return datafusion::Call([&] {
    auto answer = function_->Call(datafusion::ReadCall(name_, arguments, call));
    FunctionResult result;
    if (auto* table = std::get_if<0>(&answer)) {
      result.table = TableCallback::Wrap(std::move(*table));
    } else {
      result.rows = std::make_shared<RowsCallback>(std::get<1>(std::move(answer)));
    }
    return result;
  });
}

void RowsCallback::export_schema(ArrowSchema* out) const { rows_->schema().Export(out); }

void RowsCallback::open(ArrowArrayStream* out) const { rows_->Open().Export(out); }

}  // namespace deltaic::bridge
