#pragma once

// `deltaic::delta::DeltaTable` for Python.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nanobind/nanobind.h>

#include <deltaic/base/options.h>
#include <deltaic/delta/table/delta_table.h>

namespace deltaic::python {

/// A table that several Python threads may use. Each call works on the version that the table
/// had when the call began; the interpreter's lock guards the change to another one.
class RawDeltaTable {
 public:
  explicit RawDeltaTable(delta::DeltaTable table) : table_(std::move(table)) {}

  /// The table at its current version. Call with the interpreter's lock held.
  const delta::DeltaTable& table() const { return table_; }

  void LoadVersion(int64_t version);
  void LoadTimestamp(int64_t timestamp_ms);
  void Refresh(std::optional<delta::CatalogCommits> catalog);

 private:
  delta::DeltaTable table_;
};

/// Defines `RawDeltaTable`, `open_table`, `summarize_table` and `is_delta_table` in the module.
void DefineRawDeltaTable(nanobind::module_& module);

}  // namespace deltaic::python
