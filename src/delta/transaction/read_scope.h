#pragma once

// What a transaction has read of its table, and so must not have changed meanwhile. A plain value.

#include <string>
#include <utility>
#include <vector>

#include <deltaic/datafusion/expression.h>

namespace deltaic::delta {

/// A union of what is named here; empty for a transaction that depends on nothing it read.
struct ReadScope {
  bool whole_table = false;
  /// The rows for which one of these is true. They are over the columns of the table as a query
  /// sees them.
  std::vector<datafusion::Expression> predicates = {};
  /// Some files, whatever rows were read of them: their paths as the log spells them.
  std::vector<std::string> files = {};
  /// Whether the transaction replaces what it has read: then rows that somebody appends there are a
  /// conflict at every level of isolation, or they would survive.
  bool is_replaced = false;
  /// Whether the transaction marks rows as deleted and does nothing else with those that it read:
  /// then commits that mark rows, of the same files too, are no conflict, but it must be made anew
  /// where they have marked rows of files that it changes (`RowsMarked`).
  bool only_marks_rows = false;

  static ReadScope Nothing() { return {}; }
  static ReadScope WholeTable() { return {.whole_table = true}; }
  static ReadScope Where(datafusion::Expression predicate) {
    return {.predicates = {std::move(predicate)}};
  }

  bool is_empty() const { return !whole_table && predicates.empty() && files.empty(); }
};

}  // namespace deltaic::delta
