#include "native/raw_delta_table.h"

#include <memory>
#include <utility>

#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <deltaic/delta/protocol/schema_json.h>
#include <deltaic/delta/scan/add_actions.h>
#include <deltaic/delta/scan/deletion_vector_stream.h>
#include <deltaic/delta/scan/file_selection.h>
#include <deltaic/delta/session/delta_session_context.h>
#include <deltaic/delta/session/delta_table_provider.h>

#include "native/batch_stream.h"
#include "native/blocking_call.h"
#include "native/partition_filters.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace deltaic::python {
namespace {

using delta::DeltaTable;

RawDeltaTable OpenTable(const std::string& uri, const delta::OpenOptions& options) {
  return RunBlocking([&] { return RawDeltaTable(DeltaTable::Open(uri, options)); });
}

// The newest version, and commits of the catalog: version, path, content.
using CommitTuple = std::tuple<int64_t, std::string, std::optional<std::string>>;
using NativeCommits = std::pair<int64_t, std::vector<CommitTuple>>;

std::optional<delta::CatalogCommits> ToCatalog(const std::optional<NativeCommits>& native) {
  if (!native) return std::nullopt;
  delta::CatalogCommits catalog{native->first};
  for (const auto& [version, path, content] : native->second) {
    catalog.commits.push_back({version, path, content});
  }
  return catalog;
}

// A copy is cheap and keeps the version while other threads move the table on.
DeltaTable Pinned(const RawDeltaTable& table) { return table.table(); }

std::unique_ptr<BatchStream> Scan(const RawDeltaTable& raw,
                                  const std::optional<std::vector<std::string>>& columns,
                                  const std::optional<std::string>& predicate,
                                  const delta::ScanOptions& options) {
  const DeltaTable table = Pinned(raw);
  return RunBlocking([&] {
    const delta::DeltaSessionContext session;
    auto provider = std::make_shared<delta::DeltaTableProvider>(
        table.snapshot(), delta::DeltaScanConfig::NewFromSession(session).WithOptions(options));
    return std::make_unique<BatchStream>(
        session.ScanTable(std::move(provider), {.columns = columns, .predicate = predicate}));
  });
}

nb::dict ToDict(const delta::Metadata& metadata) {
  nb::dict fields;
  fields["id"] = metadata.id;
  fields["name"] = metadata.name;
  fields["description"] = metadata.description;
  fields["partition_columns"] = metadata.partition_columns;
  fields["created_time"] = metadata.created_time;
  fields["configuration"] = metadata.configuration;
  return fields;
}

nb::dict MetadataOf(const RawDeltaTable& raw) { return ToDict(Pinned(raw).metadata()); }

nb::tuple ToTuple(const delta::Protocol& protocol) {
  return nb::make_tuple(protocol.min_reader_version, protocol.min_writer_version,
                        protocol.writer_features, protocol.reader_features);
}

nb::tuple ProtocolOf(const RawDeltaTable& raw) { return ToTuple(Pinned(raw).protocol()); }

nb::tuple Summarize(const std::string& uri, const Options& storage_options,
                    const std::optional<NativeCommits>& catalog) {
  const delta::TableSummary summary = RunBlocking([&] {
    return DeltaTable::Summarize(
        uri, {.storage_options = storage_options, .catalog = ToCatalog(catalog)});
  });
  return nb::make_tuple(summary.version, ToTuple(summary.protocol), ToDict(summary.metadata),
                        summary.num_files, summary.size_in_bytes, summary.is_from_checksum);
}

std::pair<std::string, std::vector<std::string>> VerifyChecksum(const RawDeltaTable& raw) {
  const DeltaTable table = Pinned(raw);
  delta::ChecksumReport report = RunBlocking([&] { return table.VerifyChecksum(); });
  constexpr const char* kStates[] = {"absent", "unreadable", "matches", "differs"};
  return {kStates[static_cast<size_t>(report.state)], std::move(report.differences)};
}

// Which files are wanted: those that filters or an SQL predicate leave, or all.
class FileChoice {
 public:
  FileChoice(const std::optional<Filters>& filters, std::optional<std::string> predicate)
      : filters_(ToFilters(filters.value_or(Filters()))), predicate_(std::move(predicate)) {}

  std::vector<int64_t> Of(const DeltaTable& table) const {
    if (predicate_) return delta::FilesMatchingPredicate(*table.snapshot(), *predicate_);
    return delta::FilesMatchingFilters(*table.snapshot(), filters_);
  }

 private:
  delta::PartitionFilters filters_;
  std::optional<std::string> predicate_;
};

std::string FilterSql(const RawDeltaTable& raw, const Filters& filters, bool of_partitions) {
  const DeltaTable table = Pinned(raw);
  return delta::FilterSql(
      *table.snapshot(), ToFilters(filters),
      of_partitions ? delta::FilterNulls::kOfPartitions : delta::FilterNulls::kOfRows);
}

std::vector<std::string> Files(const RawDeltaTable& raw, const std::optional<Filters>& filters,
                               std::optional<std::string> predicate) {
  const FileChoice choice(filters, std::move(predicate));
  const DeltaTable table = Pinned(raw);
  return RunBlocking([&] {
    std::vector<std::string> paths;
    for (const int64_t file : choice.Of(table)) {
      paths.push_back(table.snapshot()->FileLocation(file));
    }
    return paths;
  });
}

std::vector<std::string> FileUris(const RawDeltaTable& raw, const std::optional<Filters>& filters,
                                  std::optional<std::string> predicate) {
  const FileChoice choice(filters, std::move(predicate));
  const DeltaTable table = Pinned(raw);
  return RunBlocking([&] {
    std::vector<std::string> uris;
    for (const int64_t file : choice.Of(table)) uris.push_back(table.snapshot()->FileUri(file));
    return uris;
  });
}

std::vector<std::vector<std::optional<std::string>>> Partitions(
    const RawDeltaTable& raw, const std::optional<Filters>& filters,
    std::optional<std::string> predicate) {
  const FileChoice choice(filters, std::move(predicate));
  const DeltaTable table = Pinned(raw);
  return RunBlocking([&] { return delta::PartitionsOf(*table.snapshot(), choice.Of(table)); });
}

std::vector<RecordBatch> AddActions(const RawDeltaTable& raw, bool flatten,
                                    const std::optional<Filters>& filters,
                                    std::optional<std::string> predicate, bool bounds_hold) {
  const FileChoice choice(filters, std::move(predicate));
  const DeltaTable table = Pinned(raw);
  const auto bounds = bounds_hold ? delta::BoundsForm::kThatHold : delta::BoundsForm::kAsWritten;
  return RunBlocking(
      [&] { return delta::GetAddActions(*table.snapshot(), choice.Of(table), flatten, bounds); });
}

std::map<std::string, int64_t> AddFileSizes(const RawDeltaTable& raw) {
  const DeltaTable table = Pinned(raw);
  return RunBlocking([&] {
    std::map<std::string, int64_t> sizes;
    const delta::Snapshot& snapshot = *table.snapshot();
    for (int64_t file = 0; file < snapshot.files().size(); ++file) {
      sizes.emplace(snapshot.FileLocation(file), snapshot.files().file_size(file));
    }
    return sizes;
  });
}

std::vector<std::string> History(const RawDeltaTable& raw, std::optional<int64_t> limit) {
  const DeltaTable table = Pinned(raw);
  return RunBlocking([&] {
    std::vector<std::string> texts;
    for (delta::HistoryEntry& entry : table.History(limit)) texts.push_back(std::move(entry.json));
    return texts;
  });
}

RecordBatch Detail(const RawDeltaTable& raw) {
  const DeltaTable table = Pinned(raw);
  return RunBlocking([&] { return delta::ToRecordBatch(table.Detail()); });
}

std::unique_ptr<BatchStream> DeletionVectors(const RawDeltaTable& raw) {
  return std::make_unique<BatchStream>(delta::DeletionVectors(Pinned(raw).snapshot()));
}

// Fails where rows of chosen files are deleted: a reader of plain Parquet would show them.
void RequireWholeFiles(const RawDeltaTable& raw, const std::optional<Filters>& filters,
                       std::optional<std::string> predicate) {
  const FileChoice choice(filters, std::move(predicate));
  const DeltaTable table = Pinned(raw);
  RunBlocking([&] {
    for (const int64_t file : choice.Of(table)) {
      if (!table.snapshot()->files().deletion_vector(file)) continue;
      throw Error(ErrorCode::kUnsupportedFeature,
                  "Its files alone do not tell which rows the table has (deletionVectors). "
                  "QueryBuilder and scan() do; version " +
                      std::to_string(table.version()) + ", file " +
                      table.snapshot()->FileLocation(file));
    }
  });
}

// A range of a file; `location` is one that `Files` gives.
datafusion::Bytes GetRange(const delta::Snapshot& snapshot, const std::string& location,
                           int64_t offset, int64_t length) {
  for (const datafusion::ObjectStore& allowed : snapshot.access().allowed_roots()) {
    if (location.starts_with(allowed.root())) {
      return allowed.GetRange(location.substr(allowed.root().size()), offset, length);
    }
  }
  return snapshot.store().GetRange(location, offset, length);
}

nb::bytes ReadRange(const RawDeltaTable& raw, const std::string& location, int64_t offset,
                    int64_t length) {
  const DeltaTable table = Pinned(raw);
  const datafusion::Bytes bytes =
      RunBlocking([&] { return GetRange(*table.snapshot(), location, offset, length); });
  return nb::bytes(bytes.view().data(), bytes.size());
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

void RawDeltaTable::Refresh(std::optional<delta::CatalogCommits> catalog) {
  DeltaTable moved = table_;
  RunBlocking([&] {
    if (catalog) {
      moved.Refresh(*std::move(catalog));
    } else {
      moved.Refresh();
    }
  });
  table_ = std::move(moved);
}

void DefineRawDeltaTable(nb::module_& module) {
  nb::class_<RawDeltaTable>(module, "RawDeltaTable")
      .def("version", [](const RawDeltaTable& raw) { return raw.table().version(); })
      .def("table_uri", [](const RawDeltaTable& raw) { return raw.table().uri(); })
      .def("warnings", [](const RawDeltaTable& raw) { return raw.table().snapshot()->warnings(); })
      .def("schema_json",
           [](const RawDeltaTable& raw) { return delta::SchemaToJson(raw.table().schema()); })
      .def("metadata", &MetadataOf)
      .def("protocol", &ProtocolOf)
      .def("pinned", [](const RawDeltaTable& raw) { return RawDeltaTable(Pinned(raw)); })
      .def("files", &Files, "filters"_a = nb::none(), "predicate"_a = nb::none())
      .def("file_uris", &FileUris, "filters"_a = nb::none(), "predicate"_a = nb::none())
      .def("partitions", &Partitions, "filters"_a = nb::none(), "predicate"_a = nb::none())
      .def("get_add_actions", &AddActions, "flatten"_a = false, "filters"_a = nb::none(),
           "predicate"_a = nb::none(), "bounds_hold"_a = false)
      .def("get_add_file_sizes", &AddFileSizes)
      .def("filter_sql", &FilterSql, "filters"_a, "of_partitions"_a)
      .def("history", &History, "limit"_a = nb::none())
      .def("detail", &Detail)
      .def(
          "transaction_version",
          [](const RawDeltaTable& raw, const std::string& app_id) {
            return raw.table().TransactionVersion(app_id);
          },
          "app_id"_a)
      .def("root", [](const RawDeltaTable& raw) { return raw.table().snapshot()->store().root(); })
      .def("deletion_vectors", &DeletionVectors)
      .def("require_whole_files", &RequireWholeFiles, "filters"_a = nb::none(),
           "predicate"_a = nb::none())
      .def("read_range", &ReadRange, "location"_a, "offset"_a, "length"_a)
      .def_static(
          "is_deltatable",
          [](const std::string& uri, const std::optional<Options>& storage_options) {
            return RunBlocking(
                [&] { return DeltaTable::IsDeltaTable(uri, storage_options.value_or(Options())); });
          },
          "table_uri"_a, "storage_options"_a = nb::none())
      .def("load_version", &RawDeltaTable::LoadVersion, "version"_a)
      .def("load_timestamp", &RawDeltaTable::LoadTimestamp, "timestamp_ms"_a)
      .def(
          "refresh",
          [](RawDeltaTable& raw, const std::optional<NativeCommits>& catalog) {
            raw.Refresh(ToCatalog(catalog));
          },
          "catalog"_a = nb::none())
      .def("create_checkpoint",
           [](const RawDeltaTable& raw) {
             const DeltaTable table = Pinned(raw);
             RunBlocking([&] { table.CreateCheckpoint(); });
           })
      .def("cleanup_metadata",
           [](const RawDeltaTable& raw) {
             const DeltaTable table = Pinned(raw);
             return RunBlocking([&] { return table.CleanUpMetadata(); });
           })
      .def(
          "compact_logs",
          [](const RawDeltaTable& raw, int64_t first_version, int64_t last_version) {
            const DeltaTable table = Pinned(raw);
            RunBlocking([&] { table.CompactLogs(first_version, last_version); });
          },
          "first_version"_a, "last_version"_a)
      .def("verify_checksum", &VerifyChecksum)
      .def("scan", &Scan, "columns"_a.none(), "predicate"_a.none(), "options"_a)
      .def("count", [](const RawDeltaTable& raw) {
        const DeltaTable table = Pinned(raw);
        return RunBlocking([&] { return table.Count(); });
      });

  module.def(
      "open_table",
      [](const std::string& uri, std::optional<int64_t> version,
         std::optional<int64_t> timestamp_ms, Options storage_options,
         const std::optional<NativeCommits>& catalog) {
        return OpenTable(uri, {.storage_options = std::move(storage_options),
                               .version = version,
                               .timestamp_ms = timestamp_ms,
                               .catalog = ToCatalog(catalog)});
      },
      "uri"_a, "version"_a.none(), "timestamp_ms"_a.none(), "storage_options"_a,
      "catalog"_a.none());
  module.def("summarize_table", &Summarize, "uri"_a, "storage_options"_a, "catalog"_a.none());
  module.def(
      "is_delta_table",
      [](const std::string& uri, const Options& storage_options) {
        return RunBlocking([&] { return DeltaTable::IsDeltaTable(uri, storage_options); });
      },
      "uri"_a, "storage_options"_a);
}

}  // namespace deltaic::python
