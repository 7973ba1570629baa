#include "native/session.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include <deltaic/base/options.h>
#include <deltaic/datafusion/batch_formatter.h>
#include <deltaic/delta/session/delta_session_context.h>

#include "native/batch_stream.h"
#include "native/blocking_call.h"
#include "native/raw_delta_table.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace deltaic::python {
namespace {

using delta::DeltaSessionContext;

std::unique_ptr<DeltaSessionContext> MakeSession(const Options& settings,
                                                 const Options& storage_options) {
  return RunBlocking(
      [&] { return std::make_unique<DeltaSessionContext>(settings, storage_options); });
}

std::unique_ptr<BatchStream> Execute(const DeltaSessionContext& session, const std::string& sql) {
  return RunBlocking(
      [&] { return std::make_unique<BatchStream>(session.Sql(sql).ExecuteStream()); });
}

// The first rows of a batch: the same buffers under a shorter struct array.
RecordBatch FirstRows(const RecordBatch& batch, int64_t rows) {
  ArrowArray array;
  batch.Export(&array);
  array.length = rows;
  return RecordBatch::Import(batch.schema(), &array);
}

// Reads no further than it shows.
std::string FirstRowsAsText(const DeltaSessionContext& session, const std::string& sql,
                            int64_t max_rows) {
  return RunBlocking([&] {
    RecordBatchStream stream = session.Sql(sql).ExecuteStream();
    std::vector<RecordBatch> kept;
    for (int64_t room = max_rows; room > 0;) {
      std::optional<RecordBatch> batch = stream.Next();
      if (!batch) break;
      const int64_t taken = std::min(room, batch->num_rows());
      kept.push_back(FirstRows(*batch, taken));
      room -= taken;
    }
    return datafusion::FormatBatches(stream.schema(), kept, datafusion::TextFormat::kTable);
  });
}

}  // namespace

void DefineSession(nb::module_& module) {
  nb::class_<DeltaSessionContext>(module, "Session")
      .def(
          "register_table",
          [](DeltaSessionContext& session, const std::string& name, const RawDeltaTable& raw,
             bool refresh, const delta::ScanOptions& options) {
            const delta::DeltaTable table = raw.table();
            const auto mode =
                refresh ? delta::TableRefresh::kPerQuery : delta::TableRefresh::kPinned;
            RunBlocking([&] { session.RegisterTable(name, table, mode, options); });
          },
          "name"_a, "table"_a, "refresh"_a, "options"_a)
      .def(
          "register_catalog",
          [](DeltaSessionContext& session, const std::string& name, const std::string& uri,
             const Options& storage_options) {
            RunBlocking([&] { session.RegisterCatalog(name, uri, storage_options); });
          },
          "name"_a, "uri"_a, "storage_options"_a)
      .def("execute", &Execute, "sql"_a)
      .def("first_rows_as_text", &FirstRowsAsText, "sql"_a, "max_rows"_a);
  module.def("make_session", &MakeSession, "settings"_a, "storage_options"_a);
}

}  // namespace deltaic::python
