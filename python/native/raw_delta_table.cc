#include "native/raw_delta_table.h"

#include <memory>
#include <utility>

#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <deltaic/delta/protocol/schema_json.h>
#include <deltaic/delta/session/delta_session_context.h>

#include "native/batch_stream.h"
#include "native/blocking_call.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace deltaic::python {
namespace {

using delta::DeltaTable;

RawDeltaTable OpenTable(const std::string& uri, const delta::OpenOptions& options) {
  return RunBlocking([&] { return RawDeltaTable(DeltaTable::Open(uri, options)); });
}

// A copy is cheap and keeps the version while other threads move the table on.
DeltaTable Pinned(const RawDeltaTable& table) { return table.table(); }

std::unique_ptr<BatchStream> Scan(const RawDeltaTable& raw,
                                  const std::optional<std::vector<std::string>>& columns,
                                  const std::optional<std::string>& predicate) {
  const DeltaTable table = Pinned(raw);
  return RunBlocking([&] {
    datafusion::DataFrame rows = delta::DeltaSessionContext().ReadTable(table);
    if (predicate) rows = rows.Filter(*predicate);
    if (columns) rows = rows.Select(*columns);
    return std::make_unique<BatchStream>(rows.ExecuteStream());
  });
}

nb::dict MetadataOf(const RawDeltaTable& raw) {
  const DeltaTable table = Pinned(raw);
  const delta::Metadata& metadata = table.metadata();
  nb::dict fields;
  fields["id"] = metadata.id;
  fields["name"] = metadata.name;
  fields["description"] = metadata.description;
  fields["partition_columns"] = metadata.partition_columns;
  fields["created_time"] = metadata.created_time;
  fields["configuration"] = metadata.configuration;
  return fields;
}

nb::tuple ProtocolOf(const RawDeltaTable& raw) {
  const DeltaTable table = Pinned(raw);
  const delta::Protocol& protocol = table.protocol();
  return nb::make_tuple(protocol.min_reader_version, protocol.min_writer_version,
                        protocol.writer_features, protocol.reader_features);
}

}  // namespace

void RawDeltaTable::LoadVersion(int64_t version) {
  DeltaTable moved = table_;
  RunBlocking([&] { moved.LoadVersion(version); });
  table_ = std::move(moved);
}

void RawDeltaTable::LoadTimestamp(int64_t timestamp_ms) {
  DeltaTable moved = table_;
  RunBlocking([&] { moved.LoadTimestamp(timestamp_ms); });
  table_ = std::move(moved);
}

void RawDeltaTable::Refresh() {
  DeltaTable moved = table_;
  RunBlocking([&] { moved.Refresh(); });
  table_ = std::move(moved);
}

void DefineRawDeltaTable(nb::module_& module) {
  nb::class_<RawDeltaTable>(module, "RawDeltaTable")
      .def("version", [](const RawDeltaTable& raw) { return raw.table().version(); })
      .def("table_uri", [](const RawDeltaTable& raw) { return raw.table().uri(); })
      .def("schema_json",
           [](const RawDeltaTable& raw) { return delta::SchemaToJson(raw.table().schema()); })
      .def("metadata", &MetadataOf)
      .def("protocol", &ProtocolOf)
      .def("files",
           [](const RawDeltaTable& raw) {
             const DeltaTable table = Pinned(raw);
             return RunBlocking([&] { return table.Files(); });
           })
      .def("file_uris",
           [](const RawDeltaTable& raw) {
             const DeltaTable table = Pinned(raw);
             return RunBlocking([&] { return table.FileUris(); });
           })
      .def("load_version", &RawDeltaTable::LoadVersion, "version"_a)
      .def("load_timestamp", &RawDeltaTable::LoadTimestamp, "timestamp_ms"_a)
      .def("refresh", &RawDeltaTable::Refresh)
      .def("scan", &Scan, "columns"_a = nb::none(), "predicate"_a = nb::none())
      .def("count", [](const RawDeltaTable& raw) {
        const DeltaTable table = Pinned(raw);
        return RunBlocking([&] { return delta::DeltaSessionContext().ReadTable(table).Count(); });
      });

  module.def(
      "open_table",
      [](const std::string& uri, std::optional<int64_t> version,
         std::optional<int64_t> timestamp_ms, Options storage_options) {
        return OpenTable(uri, {.storage_options = std::move(storage_options),
                               .version = version,
                               .timestamp_ms = timestamp_ms});
      },
      "uri"_a, "version"_a.none(), "timestamp_ms"_a.none(), "storage_options"_a);
  module.def(
      "is_delta_table",
      [](const std::string& uri, const Options& storage_options) {
        return RunBlocking([&] { return DeltaTable::IsDeltaTable(uri, storage_options); });
      },
      "uri"_a, "storage_options"_a);
}

}  // namespace deltaic::python
