#include <deltaic/datafusion/table_function.h>

#include "datafusion/bridge_call.h"

namespace deltaic::datafusion {

RowSource::~RowSource() = default;
TableFunction::~TableFunction() = default;

namespace {

using Kind = FunctionArgument::Kind;

Kind KindOf(std::string_view name) {
  if (name == "null") return Kind::kNull;
  if (name == "boolean") return Kind::kBoolean;
  if (name == "integer") return Kind::kInteger;
  if (name == "number") return Kind::kNumber;
  if (name == "text") return Kind::kText;
  if (name == "time") return Kind::kTime;
  return Kind::kOther;
}

TableFunctionCall ReadCall(const std::string& function, const bridge::FunctionCall& call) {
  TableFunctionCall result;
  result.function = function;
  for (size_t i = 0; i < call.num_arguments(); ++i) {
    FunctionArgument argument;
    argument.name = std::string(call.name(i));
    argument.kind = KindOf(std::string(call.kind(i)));
    argument.text = std::string(call.text(i));
    if (argument.kind == Kind::kBoolean) argument.boolean = call.boolean(i);
    if (argument.kind == Kind::kInteger) argument.integer = call.integer(i);
    argument.timestamp_us = [&call, i] { return Call([&] { return call.instant(i); }); };
    result.arguments.push_back(std::move(argument));
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

void FunctionCallback::call(const FunctionCall& call, FunctionResult& result) const {
  datafusion::Call([&] {
    auto answer = function_->Call(datafusion::ReadCall(name_, call));
    if (auto* table = std::get_if<0>(&answer)) {
      result.set_table(TableCallback::Wrap(std::move(*table)));
    } else {
      result.set_rows(std::make_shared<RowsCallback>(std::get<1>(std::move(answer))));
    }
  });
}

void RowsCallback::export_schema(ArrowSchema* out) const { rows_->schema().Export(out); }

void RowsCallback::open(ArrowArrayStream* out) const { rows_->Open().Export(out); }

}  // namespace deltaic::bridge
