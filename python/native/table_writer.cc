#include "native/table_writer.h"

#include <unistd.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <deltaic/columnar/record_batch_stream.h>
#include <deltaic/datafusion/session_context.h>
#include <deltaic/delta/operations/commit_files.h>
#include <deltaic/delta/operations/convert_to_delta.h>
#include <deltaic/delta/operations/create_table.h>
#include <deltaic/delta/operations/store_doctor.h>
#include <deltaic/delta/operations/write_table.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <deltaic/delta/protocol/schema_json.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "native/blocking_call.h"
#include "native/native_commit.h"
#include "native/partition_filters.h"
#include "native/raw_delta_table.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace deltaic::python {
namespace {

using Names = std::optional<std::vector<std::string>>;

delta::SaveMode SaveModeOf(const std::string& name) {
  if (name == "append") return delta::SaveMode::kAppend;
  if (name == "overwrite") return delta::SaveMode::kOverwrite;
  if (name == "ignore") return delta::SaveMode::kIgnore;
  return delta::SaveMode::kErrorIfExists;
}

delta::SchemaMode SchemaModeOf(const std::string& name) {
  if (name == "merge") return delta::SchemaMode::kMerge;
  if (name == "overwrite") return delta::SchemaMode::kOverwrite;
  return delta::SchemaMode::kStrict;
}

// Takes the stream out of its capsule.
RecordBatchStream StreamOf(nb::handle capsule) {
  void* stream = PyCapsule_GetPointer(capsule.ptr(), "arrow_array_stream");
  if (stream == nullptr) throw nb::python_error();
  return RecordBatchStream::Import(static_cast<ArrowArrayStream*>(stream));
}

RawDeltaTable TableOf(const delta::CommitResult& commit, const delta::TableAccess& access) {
  return RawDeltaTable(delta::DeltaTable(
      commit.snapshot != nullptr ? commit.snapshot : delta::LoadLatestSnapshot(access)));
}

// Nothing where the new version cannot be read: what was committed stays so.
std::optional<RawDeltaTable> TableIfReadable(const delta::CommitResult& commit,
                                             const delta::TableAccess& access) {
  try {
    return TableOf(commit, access);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// The session in which rows that Python brings are read: to make one takes longer than to write a
// few rows. A process that was forked gets its own; none is ended, since threads may use it till
// the end.
const datafusion::SessionContext& WriterSession() {
  struct OfProcess {
    pid_t pid;
    datafusion::SessionContext session;
  };
  static std::atomic<const OfProcess*> shared = nullptr;
  const OfProcess* found = shared.load();
  if (found != nullptr && found->pid == getpid()) return found->session;
  auto made = std::make_unique<const OfProcess>(OfProcess{getpid(), {}});
  if (!shared.compare_exchange_strong(found, made.get())) return WriterSession();
  return made.release()->session;
}

std::optional<RawDeltaTable> WriteTable(const std::string& uri, const Options& storage_options,
                                        const RawDeltaTable* table, nb::handle rows,
                                        const std::map<std::string, std::string>& modes,
                                        const Names& partition_by, std::optional<std::string> name,
                                        std::optional<std::string> description,
                                        std::map<std::string, std::string> configuration,
                                        std::optional<std::string> predicate,
                                        std::optional<int64_t> target_file_size,
                                        Options writer_properties, const NativeCommit& commit) {
  delta::WriteRequest request;
  request.mode = SaveModeOf(modes.at("mode"));
  request.schema_mode = SchemaModeOf(modes.at("schema_mode"));
  if (modes.at("partition_overwrite_mode") == "dynamic") {
    request.overwrite = delta::OverwriteScope::kPartitions;
  }
  request.partition_columns = partition_by;
  request.name = std::move(name);
  request.description = std::move(description);
  request.configuration = std::move(configuration);
  request.predicate = std::move(predicate);
  request.writer = {.target_file_size = target_file_size, .parquet = std::move(writer_properties)};
  request.commit = CommitOf(commit);
  request.post_commit = PostCommitOf(commit);
  RecordBatchStream stream = StreamOf(rows);
  std::shared_ptr<const delta::Snapshot> snapshot;
  if (table != nullptr) snapshot = table->table().snapshot();
  return RunBlocking([&] {
    const delta::TableAccess access =
        snapshot != nullptr ? snapshot->access() : delta::TableAccess::Open(uri, storage_options);
    const delta::WriteResult written =
        delta::WriteTable(access, snapshot, WriterSession().ReadStream(std::move(stream)), request);
    return TableIfReadable(written.commit, access);
  });
}

// Path, size, modification time, partition values, statistics.
using NativeFile = std::tuple<std::string, int64_t, int64_t,
                              std::map<std::string, std::optional<std::string>>, std::string>;

std::vector<delta::ScanFile> FilesOf(const std::vector<NativeFile>& native) {
  std::vector<delta::ScanFile> files;
  for (const auto& [path, size, modification_time, partition_values, statistics] : native) {
    files.push_back({path, size, modification_time, partition_values, statistics});
  }
  return files;
}

RawDeltaTable CreateTable(const std::string& uri, const Options& storage_options,
                          const std::string& schema_json, const std::string& mode,
                          const Names& partition_by, std::optional<std::string> name,
                          std::optional<std::string> description,
                          std::map<std::string, std::string> configuration,
                          bool keeps_unknown_properties, const std::vector<NativeFile>& files,
                          const NativeCommit& commit) {
  return RunBlocking([&] {
    const delta::CreateTableRequest request{
        .table = {.schema = delta::ParseSchemaJson(schema_json),
                  .partition_columns = partition_by.value_or(std::vector<std::string>()),
                  .name = std::move(name),
                  .description = std::move(description),
                  .configuration = std::move(configuration),
                  .keeps_unknown_properties = keeps_unknown_properties},
        .files = FilesOf(files),
        .mode = SaveModeOf(mode),
        .commit = CommitOf(commit),
        .post_commit = PostCommitOf(commit)};
    const delta::TableAccess access = delta::TableAccess::Open(uri, storage_options);
    return TableOf(delta::CreateTable(access, request), access);
  });
}

void ConvertToTable(const std::string& uri, const Options& storage_options, const std::string& mode,
                    const std::optional<std::string>& partition_schema,
                    const std::string& partition_strategy, std::optional<std::string> name,
                    std::optional<std::string> description,
                    std::map<std::string, std::string> configuration, bool collect_stats,
                    const NativeCommit& commit) {
  RunBlocking([&] {
    delta::ConvertToDeltaRequest request{.name = std::move(name),
                                         .description = std::move(description),
                                         .configuration = std::move(configuration),
                                         .collects_statistics = collect_stats,
                                         .mode = SaveModeOf(mode),
                                         .commit = CommitOf(commit),
                                         .post_commit = PostCommitOf(commit)};
    if (partition_schema) {
      request.partition_columns = delta::ParseSchemaJson(*partition_schema).fields();
    }
    if (partition_strategy == "directory") request.folders = delta::PartitionFolders::kDirectory;
    return delta::ConvertToDelta(delta::TableAccess::Open(uri, storage_options), request).num_files;
  });
}

// Path, whether rows go, time of deletion.
using NativeRemoval = std::tuple<std::string, bool, std::optional<int64_t>>;

RawDeltaTable CommitFiles(const RawDeltaTable& table, const std::vector<NativeFile>& added,
                          bool data_change, const std::vector<NativeRemoval>& removed,
                          const std::optional<Filters>& replaced, const NativeCommit& commit) {
  delta::CommitFilesRequest request{.add = FilesOf(added),
                                    .data_change = data_change,
                                    .commit = CommitOf(commit),
                                    .post_commit = PostCommitOf(commit)};
  if (replaced) request.replace = ToFilters(*replaced);
  for (const auto& [path, changes_data, time] : removed) {
    request.remove.push_back({path, changes_data, time});
  }
  delta::DeltaTable moved = table.table();
  return RunBlocking([&] {
    moved.Commit(request);
    return RawDeltaTable(std::move(moved));
  });
}

// Name, whether it passed, detail.
std::vector<std::tuple<std::string, bool, std::string>> CheckStore(const std::string& uri,
                                                                   const Options& options,
                                                                   int rounds, int writers) {
  return RunBlocking([&] {
    const datafusion::ObjectStore store = delta::TableAccess::Open(uri, options).store();
    std::vector<std::tuple<std::string, bool, std::string>> checks;
    for (const delta::StoreCheck& check :
         delta::CheckStore(store, {.rounds = rounds, .writers = writers}).checks) {
      checks.emplace_back(check.name, check.passed, check.detail);
    }
    return checks;
  });
}

// The schema as JSON of the protocol that holds values of an Arrow schema.
std::string SchemaJsonOfArrow(nb::handle capsule) {
  void* schema = PyCapsule_GetPointer(capsule.ptr(), "arrow_schema");
  if (schema == nullptr) throw nb::python_error();
  return delta::SchemaToJson(
      delta::DataType::Struct(delta::FromArrowSchema(*static_cast<ArrowSchema*>(schema))));
}

}  // namespace

void DefineTableWriter(nb::module_& module) {
  module.def("write_table", &WriteTable, "uri"_a, "storage_options"_a, "table"_a.none(), "rows"_a,
             "modes"_a, "partition_by"_a.none(), "name"_a.none(), "description"_a.none(),
             "configuration"_a, "predicate"_a.none(), "target_file_size"_a.none(),
             "writer_properties"_a, "commit"_a);
  module.def("create_table", &CreateTable, "uri"_a, "storage_options"_a, "schema_json"_a, "mode"_a,
             "partition_by"_a.none(), "name"_a.none(), "description"_a.none(), "configuration"_a,
             "keeps_unknown_properties"_a, "files"_a, "commit"_a);
  module.def("convert_to_table", &ConvertToTable, "uri"_a, "storage_options"_a, "mode"_a,
             "partition_schema_json"_a.none(), "partition_strategy"_a, "name"_a.none(),
             "description"_a.none(), "configuration"_a, "collect_stats"_a, "commit"_a);
  module.def("commit_files", &CommitFiles, "table"_a, "added"_a, "data_change"_a, "removed"_a,
             "replaced"_a.none(), "commit"_a);
  module.def("check_store", &CheckStore, "uri"_a, "storage_options"_a, "rounds"_a, "writers"_a);
  module.def("schema_json_of_arrow", &SchemaJsonOfArrow, "schema"_a);
}

}  // namespace deltaic::python
