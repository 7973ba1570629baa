// What a commit says about the table: protocol, schema and properties, and all checks of them.

#include <deltaic/delta/protocol/schema_json.h>

#include "delta/actions/action_json.h"
#include "delta/log/commit_timestamp.h"
#include "delta/protocol/table_support.h"
#include "delta/statistics/indexed_columns.h"
#include "fuzz/fuzz.h"

namespace deltaic::fuzz {

void Run(std::string_view input) {
  const delta::CommitActions actions =
      delta::ParseCommitActions(input, {"_delta_log/00000000000000000000.json", 0});
  const delta::Protocol protocol = actions.protocol.value_or(delta::Protocol());
  delta::CheckProtocolReadable(protocol);
  if (!actions.metadata) return;
  delta::FindInCommitTimestamps(protocol, *actions.metadata);
  const delta::DataType schema = delta::ParseSchemaJson(actions.metadata->schema_string);
  delta::IndexedColumns(schema.fields(), *actions.metadata);
  delta::CheckReadable(protocol, *actions.metadata, schema);
}

}  // namespace deltaic::fuzz
