#include "native/partition_filters.h"

namespace deltaic::python {

delta::PartitionFilters ToFilters(const Filters& filters) {
  delta::PartitionFilters any_of;
  for (const std::vector<FilterTuple>& conjunction : filters) {
    std::vector<delta::PartitionFilter>& all_of = any_of.emplace_back();
    for (const auto& [column, op, values] : conjunction) {
      delta::PartitionFilter& filter = all_of.emplace_back();
      filter.column = column;
      filter.op = op;
      for (const std::optional<nanobind::bytes>& value : values) {
        filter.values.push_back(value ? std::optional(std::string(value->c_str(), value->size()))
                                      : std::nullopt);
      }
    }
  }
  return any_of;
}

}  // namespace deltaic::python
