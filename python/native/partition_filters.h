#pragma once

// Filters of files as Python gives them.

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <nanobind/nanobind.h>

#include <deltaic/delta/scan/filter_sql.h>

namespace deltaic::python {

/// A filter: column, operator, values.
using FilterTuple =
    std::tuple<std::string, std::string, std::vector<std::optional<nanobind::bytes>>>;
using Filters = std::vector<std::vector<FilterTuple>>;

/// Reads bytes, which takes Python's lock.
delta::PartitionFilters ToFilters(const Filters& filters);

}  // namespace deltaic::python
