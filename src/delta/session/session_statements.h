#pragma once

// The statements of a Delta session that change tables and are none of the engine's (docs/sql.md).

#include <optional>

#include <deltaic/base/options.h>
#include <deltaic/delta/scan/delta_scan_config.h>

#include "delta/session/statements/convert_statement.h"
#include "delta/session/statements/create_table_statement.h"
#include "delta/session/statements/delta_statements.h"
#include "delta/session/statements/insert_statement.h"

namespace deltaic::delta {

/// Runs CREATE TABLE, CONVERT TO DELTA and the forms of INSERT that the engine lacks. Each answers
/// one row with the column `count`: how many rows were written or taken over. Immutable.
class SessionStatements : public DeltaStatements {
 public:
  /// `storage_options` open tables that are named by path or URL.
  explicit SessionStatements(Options storage_options)
      : storage_options_(std::move(storage_options)) {}

  std::optional<datafusion::DataFrame> Run(const datafusion::SessionContext& session,
                                           const datafusion::SqlTokens& statement) const override;

 private:
  int64_t Create(datafusion::SessionContext session, const CreateTableStatement& statement) const;

  const Options storage_options_;
};

}  // namespace deltaic::delta
