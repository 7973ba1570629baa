// Makes a table, appends rows from an Arrow stream, and handles a conflict by its type.
//   write [FOLDER]

#include <iostream>
#include <string>

#include <deltaic/columnar/record_batch_stream.h>
#include <deltaic/delta/session/delta_session_context.h>
#include <deltaic/delta/table/delta_table.h>
#include <deltaic/delta/transaction/commit_errors.h>

using deltaic::RecordBatchStream;
using deltaic::delta::CommitConflict;
using deltaic::delta::DataType;
using deltaic::delta::DeltaSessionContext;
using deltaic::delta::DeltaTable;
using deltaic::delta::SaveMode;
using deltaic::delta::TypeKind;

namespace {

// Any Arrow C stream will do: `RecordBatchStream::Import` takes it over. This one is of a query.
RecordBatchStream Rows(const DeltaSessionContext& session, const std::string& sql) {
  return session.Sql(sql).ExecuteStream();
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string folder = argc > 1 ? argv[1] : "memory://example/orders";
  const DeltaSessionContext session;

  DeltaTable orders = DeltaTable::Create(
      folder, {.table = {.schema = DataType::Struct(
                             {{"id", DataType::Primitive(TypeKind::kLong), /*nullable=*/false},
                              {"country", DataType::Primitive(TypeKind::kString)},
                              {"amount", DataType::Decimal(10, 2)}}),
                         .partition_columns = {"country"},
                         .configuration = {{"delta.constraints.positive", "amount > 0"}}}});
  DeltaTable stale = orders;  // As another process would have it.

  const auto written = orders.Write(
      Rows(session, "SELECT 1 AS id, 'NO' AS country, 10 AS amount UNION ALL SELECT 2, 'SE', 2"),
      {.mode = SaveMode::kAppend});
  std::cout << "version " << orders.version() << ": " << written.metrics.num_added_rows
            << " rows in " << written.metrics.num_added_files << " files\n";

  try {
    orders.Write(Rows(session, "SELECT 3 AS id, 'NO' AS country, -1 AS amount"),
                 {.mode = SaveMode::kAppend});
  } catch (const deltaic::Error& error) {
    std::cout << error.message() << "\n";
  }

  // Two appends never conflict; an overwrite does with rows that it has not seen.
  try {
    stale.Write(Rows(session, "SELECT 4 AS id, 'NO' AS country, 7 AS amount"),
                {.mode = SaveMode::kOverwrite, .predicate = "country = 'NO'"});
  } catch (const CommitConflict& conflict) {
    std::cout << "a conflict with version " << conflict.winner()->version << "\n";
    stale.Refresh();
    stale.Write(Rows(session, "SELECT 4 AS id, 'NO' AS country, 7 AS amount"),
                {.mode = SaveMode::kOverwrite, .predicate = "country = 'NO'"});
  }
  std::cout << "version " << stale.version() << ": " << stale.Count() << " rows\n";
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
