#pragma once

// Which rows of a snapshot an operation changes, and what it reads to find them. A plain value.

#include <functional>
#include <optional>
#include <string>

#include <deltaic/datafusion/expression.h>

#include "delta/operations/matching_rows.h"

namespace deltaic::delta {

struct SelectedRows {
  /// Whether the columns of the table alone decide: the rows are those for which `filter` is true,
  /// and all rows without one. Elsewhere only `find` tells them, and all rows count as read.
  bool is_filtered = true;
  std::optional<datafusion::Expression> filter = {};
  /// Finds the rows; set unless all are meant.
  std::function<RowsByFile()> find = {};
  /// The condition as the history shows it; nothing where there is none.
  std::optional<std::string> text = {};
};

}  // namespace deltaic::delta
