#pragma once

// The statements and clauses that a Delta session adds to SQL (docs/sql.md).

#include <vector>

#include "datafusion/sql/statement_reader.h"

namespace deltaic::delta {

/// Stateless.
class DeltaStatements : public datafusion::StatementReader {
 public:
  std::vector<datafusion::SqlEdit> Read(const datafusion::SessionContext& session,
                                        const datafusion::SqlTokens& statement) const override;
};

}  // namespace deltaic::delta
