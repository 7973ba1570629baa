#pragma once

// Statements that the engine's parser does not know, for those who add some to a session.

#include <vector>

#include "datafusion/sql/sql_token.h"

namespace deltaic::datafusion {

class SessionContext;

/// Reads each statement of a session before the parser does. Implementations must be safe to call
/// from any thread.
class StatementReader {
 public:
  virtual ~StatementReader() = default;

  /// Returns by what tokens the parser reads the statement, in the order of the tokens. Throws
  /// `SqlError` for a statement that makes no sense.
  virtual std::vector<SqlEdit> Read(const SessionContext& session,
                                    const SqlTokens& statement) const = 0;
};

}  // namespace deltaic::datafusion
