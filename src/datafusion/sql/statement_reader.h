#pragma once

// Statements that the engine's parser does not know, for those who add some to a session.

#include <optional>
#include <vector>

#include <deltaic/datafusion/data_frame.h>

#include "datafusion/sql/sql_token.h"

namespace deltaic::datafusion {

class SessionContext;

/// Reads each statement of a session before the parser does. Implementations must be safe to call
/// from any thread.
class StatementReader {
 public:
  virtual ~StatementReader() = default;

  /// Runs a statement that is none of the engine's, now, and returns what it answers; nothing for
  /// any other. Throws as `Read`, and what the statement fails with.
  virtual std::optional<DataFrame> Run(const SessionContext& session,
                                       const SqlTokens& statement) const {
    (void)session, (void)statement;
    return std::nullopt;
  }

  /// Returns by what tokens the parser reads the statement, in the order of the tokens. Throws
  /// `SqlError` for a statement that makes no sense.
  virtual std::vector<SqlEdit> Read(const SessionContext& session,
                                    const SqlTokens& statement) const = 0;
};

}  // namespace deltaic::datafusion
