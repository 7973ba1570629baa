#include "delta/session/session_statements.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/session_context.h>
#include <deltaic/delta/operations/convert_to_delta.h>
#include <deltaic/delta/operations/create_table.h>
#include <deltaic/delta/operations/write_table.h>
#include <deltaic/delta/session/delta_table_provider.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>
#include <fmt/format.h>

#include "base/text/ascii.h"
#include "base/text/excerpt.h"
#include "columnar/batch_builder.h"
#include "datafusion/collected_rows.h"
#include "delta/protocol/sql_literal.h"
#include "delta/session/latest_table.h"

namespace deltaic::delta {
namespace {

constexpr char kNormalizeIdentifiers[] = "datafusion.sql_parser.enable_ident_normalization";

// One row: how many rows were written.
std::shared_ptr<const datafusion::RowSource> CountRow(int64_t count) {
  BatchBuilder builder(1);
  builder.AddInt64("count", {count});
  const RecordBatch row = builder.Finish();
  return std::make_shared<datafusion::CollectedRows>(row.schema(), std::vector{row});
}

Error Refusal(std::string message) { return {ErrorCode::kInvalidSql, std::move(message)}; }

// Where a table is that a statement makes, and the name under which the session knows it then;
// without one where the name is the place.
struct NewPlace {
  std::string location;
  std::optional<std::string> name = {};
};

NewPlace PlaceOf(const CreateTableStatement& statement) {
  const std::vector<std::string>& name = statement.name;
  const bool is_path = name.size() == 1 && name[0].find('/') != std::string::npos;
  const bool is_delta_path = name.size() == 2 && EqualsIgnoringCase(name[0], "delta");
  if (is_path || is_delta_path) {
    if (statement.location) throw Refusal("The table's name is a path, and LOCATION is another.");
    return {name.back()};
  }
  if (name.size() > 1) {
    throw Refusal(fmt::format("Tables are made in the session's own schema, by one name: {}",
                              Excerpt(name[0] + "." + name[1])));
  }
  if (!statement.location) {
    throw Refusal(fmt::format("The table needs a place: LOCATION, or a path as its name. It is {}.",
                              Excerpt(name[0])));
  }
  return {*statement.location, name[0]};
}

SaveMode ModeOf(const CreateTableStatement& statement) {
  if (statement.replaces) return SaveMode::kOverwrite;
  return statement.if_not_exists ? SaveMode::kIgnore : SaveMode::kErrorIfExists;
}

// The query with its columns named as those of the table, in its order.
std::string InOrderOf(const DataType& schema, const std::string& query) {
  std::string names;
  for (const StructField& field : schema.fields()) {
    if (!names.empty()) names += ", ";
    names += SqlIdentifier(field.name);
  }
  return fmt::format("SELECT * FROM ({}) AS inserted ({})", query, names);
}

int64_t Insert(const datafusion::SessionContext& session, const InsertStatement& statement) {
  const auto table = session.FindTable(statement.table);
  const auto* delta = dynamic_cast<const DeltaTableProvider*>(table.get());
  if (delta == nullptr) {
    throw Refusal(fmt::format("There is no such Delta table: {}", statement.table));
  }
  WriteRequest request{.mode = SaveMode::kAppend, .parses_texts = true};
  if (statement.overwrites || statement.predicate) request.mode = SaveMode::kOverwrite;
  request.predicate = statement.predicate;
  const std::string query =
      statement.by_name ? statement.query : InOrderOf(delta->snapshot()->schema(), statement.query);
  return WriteTable(delta->snapshot()->access(), delta->snapshot(), session.Sql(query), request)
      .metrics.num_added_rows;
}

int64_t Convert(const ConvertStatement& statement, const Options& storage_options) {
  return ConvertToDelta(TableAccess::Open(statement.location, storage_options),
                        {.partition_columns = statement.partition_columns,
                         .collects_statistics = statement.collects_statistics})
      .num_rows;
}

}  // namespace

std::optional<datafusion::DataFrame> SessionStatements::Run(
    const datafusion::SessionContext& session, const datafusion::SqlTokens& statement) const {
  const bool normalizes = session.Setting(kNormalizeIdentifiers) == "true";
  std::optional<int64_t> count;
  if (IsCreateTable(statement)) {
    count = Create(session, ReadCreateTable(statement, normalizes));
  } else if (const auto insert = ReadInsert(statement, normalizes)) {
    count = Insert(session, *insert);
  } else if (const auto convert = ReadConvert(statement, normalizes)) {
    count = Convert(*convert, storage_options_);
  }
  if (!count) return std::nullopt;
  return session.ReadRows(CountRow(*count));
}

int64_t SessionStatements::Create(datafusion::SessionContext session,
                                  const CreateTableStatement& statement) const {
  const NewPlace place = PlaceOf(statement);
  if (place.name && session.FindTable(*place.name) != nullptr && !statement.replaces) {
    if (statement.if_not_exists) return 0;
    throw Error(ErrorCode::kAlreadyExists,
                fmt::format("The session has a table of this name: {}", Excerpt(*place.name)));
  }
  const TableAccess access = TableAccess::Open(place.location, storage_options_);
  int64_t count = 0;
  std::shared_ptr<const Snapshot> made;
  if (statement.query) {
    if (!statement.table.schema.fields().empty()) {
      throw Refusal("The columns are those of the query: CREATE TABLE … AS names none.");
    }
    const WriteResult written = WriteTable(access, nullptr, session.Sql(*statement.query),
                                           {.mode = ModeOf(statement),
                                            .partition_columns = statement.table.partition_columns,
                                            .description = statement.table.description,
                                            .configuration = statement.table.configuration,
                                            .replaces_definition = statement.replaces,
                                            .makes_nullable = true});
    count = written.metrics.num_added_rows;
    made = written.commit.snapshot;
  } else {
    made = CreateTable(access, {.table = statement.table, .mode = ModeOf(statement)}).snapshot;
  }
  if (place.name) {
    if (made == nullptr) made = LoadLatestSnapshot(access);
    session.RegisterTable(*place.name,
                          std::make_shared<LatestTable>(std::move(made), ScanConfigOf(session)));
  }
  return count;
}

}  // namespace deltaic::delta
