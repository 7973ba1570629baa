#pragma once

// Rows of any source as a table holds them: its columns in its order and types, what the table
// fills itself, and what must be true of them (PROTOCOL.md, "Generated Columns", "Default Columns",
// "Identity Columns"). Nothing runs here. Safe to call from any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <deltaic/datafusion/data_frame.h>
#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/protocol/state_actions.h>

#include "datafusion/writing/conformed_rows.h"
#include "datafusion/writing/file_sink.h"

namespace deltaic::delta {

/// How rows become those of a table.
struct RowRules {
  /// Whether columns that may be null are, where the rows lack them; else that is an error.
  bool fills_nulls = false;
  /// Whether texts are read as values of other types.
  datafusion::TextConversion texts = datafusion::TextConversion::kRefuse;
};

/// An identity column that the rows lack: row number n, from 0 on, gets `first` + n * `step`.
struct IdentityRange {
  std::string column;
  int64_t first = 0;
  int64_t step = 1;

  /// The value of the last of `num_rows` rows; there is at least one.
  int64_t Last(int64_t num_rows) const { return first + step * (num_rows - 1); }
};

struct TableRows {
  datafusion::DataFrame rows;
  std::vector<datafusion::RowCheck> checks;
  std::vector<IdentityRange> identities;
  /// Columns whose values depend on the others, or on the order of the rows: identity and generated
  /// columns that the rows lack.
  std::vector<std::string> computed = {};
};

/// Throws `kSchemaMismatch` naming the column: for one that the table does not have, one that is
/// lacking and cannot be filled, one whose type never fits, and values for an identity column that
/// takes none. Throws as `ChecksOf` for what the table asks and we cannot evaluate.
TableRows MakeTableRows(const datafusion::DataFrame& rows, const DataType& schema,
                        const Metadata& metadata, const RowRules& rules);

/// The schema with the high-water marks that the ranges have after `num_rows` rows, which is at
/// least one.
DataType WithHighWaterMarks(const DataType& schema, const std::vector<IdentityRange>& ranges,
                            int64_t num_rows);

}  // namespace deltaic::delta
