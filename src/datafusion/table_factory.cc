#include <deltaic/datafusion/table_factory.h>

#include "datafusion/bridge_call.h"

namespace deltaic::datafusion {

TableFactory::~TableFactory() = default;

namespace {

ExternalTable ReadStatement(const bridge::ExternalTable& table) {
  ExternalTable result;
  result.name = std::string(table.name());
  result.locations = datafusion::FromRust(table.locations());
  for (const bridge::Pair& option : table.options()) {
    result.options.emplace(std::string(option.key), std::string(option.value));
  }
  ArrowSchema columns{};
  table.export_schema(&columns);
  result.columns = Schema::Import(&columns);
  result.partition_columns = datafusion::FromRust(table.partition_columns());
  result.other_clauses = std::string(table.other_clauses());
  result.parse_timestamp = [&table](const std::string& text) {
    return Call([&] { return table.instant(ToRust(text)); });
  };
  return result;
}

}  // namespace
}  // namespace deltaic::datafusion

namespace deltaic::bridge {

std::shared_ptr<TableCallback> FactoryCallback::create(const ExternalTable& table) const {
  return datafusion::Call(
      [&] { return TableCallback::Wrap(factory_->Create(datafusion::ReadStatement(table))); });
}

}  // namespace deltaic::bridge
