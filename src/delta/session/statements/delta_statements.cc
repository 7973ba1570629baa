#include "delta/session/statements/delta_statements.h"

#include <optional>

#include <deltaic/datafusion/session_context.h>

#include "delta/session/statements/describe_statement.h"
#include "delta/session/statements/table_versions.h"

namespace deltaic::delta {
namespace {

constexpr char kNormalizeIdentifiers[] = "datafusion.sql_parser.enable_ident_normalization";

bool IsDescribe(const datafusion::SqlTokens& statement) {
  for (const datafusion::SqlToken& token : statement.tokens) {
    if (!token.is_space()) return token.is_word("DESCRIBE") || token.is_word("DESC");
  }
  return false;
}

}  // namespace

std::vector<datafusion::SqlEdit> DeltaStatements::Read(
    const datafusion::SessionContext& session, const datafusion::SqlTokens& statement) const {
  if (IsDescribe(statement)) {
    auto edits = DescribeEdits(statement, session.Setting(kNormalizeIdentifiers) == "true");
    if (edits) return *std::move(edits);
  }
  return VersionEdits(statement);
}

}  // namespace deltaic::delta
