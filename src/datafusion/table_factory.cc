#include <deltaic/datafusion/table_factory.h>

#include "datafusion/bridge_call.h"

namespace deltaic::datafusion {

TableFactory::~TableFactory() = default;

namespace {

ExternalTable ReadStatement(const bridge::ExternalTable& table, ArrowSchema* columns) {
  ExternalTable result;
  result.columns = Schema::Import(columns);
  result.name = std::string(table.name);
  result.locations = FromRust(table.locations);
  for (const bridge::Pair& option : table.options) {
    result.options.emplace(std::string(option.key), std::string(option.value));
  }
  result.partition_columns = FromRust(table.partition_columns);
  result.other_clauses = std::string(table.other_clauses);
  result.parse_timestamp = [&table](const std::string& text) {
    return Call([&] { return bridge::parse_instant(ToRust(text), table.time_zone); });
  };
  return result;
}

}  // namespace
}  // namespace deltaic::datafusion

namespace deltaic::bridge {

std::shared_ptr<TableCallback> FactoryCallback::create(const ExternalTable& table,
                                                       ArrowSchema* columns) const {
  return datafusion::Call([&] {
    return TableCallback::Wrap(factory_->Create(datafusion::ReadStatement(table, columns)));
  });
}

}  // namespace deltaic::bridge
