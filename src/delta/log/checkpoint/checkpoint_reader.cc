#include "delta/log/checkpoint/checkpoint_reader.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/parallel_for.h"
#include "delta/log/checkpoint/checkpoint_batch.h"
#include "delta/log/checkpoint/column_json.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectMeta;
using datafusion::ParquetFile;
using datafusion::RowRange;

// Actions other than those on files, and a member that each of them has.
struct StateAction {
  const char* name;
  const char* member;
};
constexpr StateAction kStateActions[] = {{"protocol", "protocol.minReaderVersion"},
                                         {"metaData", "metaData.id"},
                                         {"txn", "txn.appId"},
                                         {"domainMetadata", "domainMetadata.domain"},
                                         {"checkpointMetadata", "checkpointMetadata.version"},
                                         {"sidecar", "sidecar.path"}};

std::optional<std::string> OptionalText(const ArrowColumn& column, int64_t row) {
  if (column.IsNull(row)) return std::nullopt;
  return std::string(column.Text(row));
}

std::optional<std::vector<std::string>> OptionalTexts(const ArrowColumn& column, int64_t row) {
  if (column.IsNull(row)) return std::nullopt;
  std::vector<std::string> texts;
  const ArrowColumn elements = column.Elements();
  for (int64_t i = column.ElementsBegin(row); i < column.ElementsEnd(row); ++i) {
    if (!elements.IsNull(i)) texts.emplace_back(elements.Text(i));
  }
  return texts;
}

std::map<std::string, std::string> Map(const ArrowColumn& column, int64_t row) {
  std::map<std::string, std::string> map;
  if (column.IsNull(row)) return map;
  const ArrowColumn keys = column.Elements().Field(0);
  const ArrowColumn values = column.Elements().Field(1);
  for (int64_t i = column.ElementsBegin(row); i < column.ElementsEnd(row); ++i) {
    if (!keys.IsNull(i) && !values.IsNull(i)) map.emplace(keys.Text(i), values.Text(i));
  }
  return map;
}

// The members of a row's action that have no meaning, as JSON.
UnknownMembers UnknownIn(const ArrowColumn& action, int64_t row,
                         std::initializer_list<std::string_view> known) {
  UnknownMembers members;
  for (int64_t i = 0; i < action.num_children(); ++i) {
    const ArrowColumn member = action.Field(i);
    if (member.IsNull(row) || std::ranges::find(known, member.name()) != known.end()) continue;
    members.emplace_back(member.name(), ColumnJson(member, row));
  }
  return members;
}

// Reads the state's columns of one batch after the other.
class StateReader {
 public:
  explicit StateReader(const std::string& location) : location_(location) {}

  void Read(const CheckpointBatch& batch) {
    ReadCheckpointMetadata(batch);
    ReadSidecars(batch);
    ReadProtocol(batch);
    ReadMetadata(batch);
    ReadTransactions(batch);
    ReadDomains(batch);
  }

  CheckpointManifest manifest;

 private:
  void ReadCheckpointMetadata(const CheckpointBatch& batch) {
    const ArrowColumn action = batch.Action("checkpointMetadata");
    const ArrowColumn version = batch.Member(action, "version", NANOARROW_TYPE_INT64);
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (action.IsNull(row)) continue;
      if (manifest.checkpoint_version) batch.Fail("there is a second checkpointMetadata action");
      batch.Require(version, row, "checkpointMetadata.version");
      manifest.checkpoint_version = version.Integer(row);
    }
  }

  void ReadSidecars(const CheckpointBatch& batch) {
    const ArrowColumn action = batch.Action("sidecar");
    const ArrowColumn path = batch.Member(action, "path", NANOARROW_TYPE_STRING_VIEW);
    const ArrowColumn size = batch.Member(action, "sizeInBytes", NANOARROW_TYPE_INT64);
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (action.IsNull(row)) continue;
      batch.Require(path, row, "sidecar.path");
      batch.Require(size, row, "sidecar.sizeInBytes");
      manifest.sidecars.push_back({std::string(path.Text(row)), size.Integer(row)});
    }
  }

  void ReadProtocol(const CheckpointBatch& batch) {
    const ArrowColumn action = batch.Action("protocol");
    const ArrowColumn reader = batch.Member(action, "minReaderVersion", NANOARROW_TYPE_INT32);
    const ArrowColumn writer = batch.Member(action, "minWriterVersion", NANOARROW_TYPE_INT32);
    const ArrowColumn reader_features = batch.TextList(action, "readerFeatures");
    const ArrowColumn writer_features = batch.TextList(action, "writerFeatures");
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (action.IsNull(row)) continue;
      if (state_.protocol) batch.Fail("there is a second protocol action");
      batch.Require(reader, row, "protocol.minReaderVersion");
      batch.Require(writer, row, "protocol.minWriterVersion");
      Protocol protocol{
          static_cast<int32_t>(reader.Integer(row)), static_cast<int32_t>(writer.Integer(row)),
          OptionalTexts(reader_features, row), OptionalTexts(writer_features, row),
          UnknownIn(action, row,
                    {"minReaderVersion", "minWriterVersion", "readerFeatures", "writerFeatures"})};
      if (protocol.min_reader_version < 1) batch.Fail("protocol.minReaderVersion is no version");
      if (protocol.min_writer_version < 1) batch.Fail("protocol.minWriterVersion is no version");
      state_.protocol = {std::move(protocol), location_};
    }
  }

  void ReadMetadata(const CheckpointBatch& batch) {
    const ArrowColumn action = batch.Action("metaData");
    const ArrowColumn id = batch.Member(action, "id", NANOARROW_TYPE_STRING_VIEW);
    const ArrowColumn name = batch.Member(action, "name", NANOARROW_TYPE_STRING_VIEW);
    const ArrowColumn description = batch.Member(action, "description", NANOARROW_TYPE_STRING_VIEW);
    const ArrowColumn format = batch.Member(action, "format", NANOARROW_TYPE_STRUCT);
    const ArrowColumn provider = batch.Member(format, "provider", NANOARROW_TYPE_STRING_VIEW);
    const ArrowColumn options = batch.TextMap(format, "options");
    const ArrowColumn schema = batch.Member(action, "schemaString", NANOARROW_TYPE_STRING_VIEW);
    const ArrowColumn partition_columns = batch.TextList(action, "partitionColumns");
    const ArrowColumn configuration = batch.TextMap(action, "configuration");
    const ArrowColumn created_time = batch.Member(action, "createdTime", NANOARROW_TYPE_INT64);
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (action.IsNull(row)) continue;
      if (state_.metadata) batch.Fail("there is a second metaData action");
      batch.Require(id, row, "metaData.id");
      batch.Require(provider, row, "metaData.format.provider");
      batch.Require(partition_columns, row, "metaData.partitionColumns");
      Metadata metadata{
          .id = std::string(id.Text(row)),
          .name = OptionalText(name, row),
          .description = OptionalText(description, row),
          .format_provider = std::string(provider.Text(row)),
          .format_options = Map(options, row),
          .unknown_format_members = UnknownIn(format, row, {"provider", "options"}),
          .schema_string = OptionalText(schema, row).value_or(""),
          .partition_columns =
              OptionalTexts(partition_columns, row).value_or(std::vector<std::string>()),
          .configuration = Map(configuration, row),
          .created_time = OptionalInteger(created_time, row),
          .unknown_members = UnknownIn(action, row,
                                       {"id", "name", "description", "format", "schemaString",
                                        "partitionColumns", "configuration", "createdTime"})};
      state_.metadata = {std::move(metadata), location_};
    }
  }

  void ReadTransactions(const CheckpointBatch& batch) {
    const ArrowColumn action = batch.Action("txn");
    const ArrowColumn app_id = batch.Member(action, "appId", NANOARROW_TYPE_STRING_VIEW);
    const ArrowColumn version = batch.Member(action, "version", NANOARROW_TYPE_INT64);
    const ArrowColumn last_updated = batch.Member(action, "lastUpdated", NANOARROW_TYPE_INT64);
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (action.IsNull(row)) continue;
      batch.Require(app_id, row, "txn.appId");
      batch.Require(version, row, "txn.version");
      SetTransaction transaction{std::string(app_id.Text(row)), version.Integer(row),
                                 OptionalInteger(last_updated, row),
                                 UnknownIn(action, row, {"appId", "version", "lastUpdated"})};
      state_.transactions.insert_or_assign(transaction.app_id, transaction);
    }
  }

  void ReadDomains(const CheckpointBatch& batch) {
    const ArrowColumn action = batch.Action("domainMetadata");
    const ArrowColumn domain = batch.Member(action, "domain", NANOARROW_TYPE_STRING_VIEW);
    const ArrowColumn configuration =
        batch.Member(action, "configuration", NANOARROW_TYPE_STRING_VIEW);
    const ArrowColumn removed = batch.Member(action, "removed", NANOARROW_TYPE_BOOL);
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (action.IsNull(row)) continue;
      batch.Require(domain, row, "domainMetadata.domain");
      if (!removed.IsNull(row) && removed.Integer(row) != 0) continue;
      DomainMetadata metadata{std::string(domain.Text(row)),
                              OptionalText(configuration, row).value_or(""), false,
                              UnknownIn(action, row, {"domain", "configuration", "removed"})};
      state_.domains.insert_or_assign(metadata.domain, metadata);
    }
  }

  const std::string& location_;
  TableState& state_ = manifest.state;
};

// Where a file has actions other than those on files: one column of each kind of action tells.
struct StateRows {
  std::vector<std::string> actions;  // Those that there are.
  std::vector<RowRange> rows;
};

StateRows FindStateRows(const ObjectMeta& file, const ParquetFile& parquet) {
  std::vector<std::string> columns;
  for (const auto& [name, member] : kStateActions) {
    if (parquet.IsNull(name)) continue;
    const bool has_member = parquet.Read({member}).schema().num_columns() > 0;
    columns.push_back(has_member ? member : name);
  }
  StateRows state;
  if (columns.empty()) return state;
  CheckpointBatches batches(file, parquet, columns);
  std::set<std::string> actions;
  int64_t first_row = 0;
  while (const std::unique_ptr<CheckpointBatch> batch = batches.Next()) {
    const ArrowColumn root = batch->Root();
    std::vector<ArrowColumn> fields;
    for (int64_t i = 0; i < root.num_children(); ++i) fields.push_back(root.Field(i));
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      bool is_state = false;
      for (const ArrowColumn& field : fields) {
        if (field.IsNull(row)) continue;
        is_state = true;
        actions.emplace(field.name());
      }
      if (!is_state) continue;
      const int64_t number = first_row + row;
      if (state.rows.empty() || state.rows.back().end != number) {
        state.rows.push_back({number, number});
      }
      ++state.rows.back().end;
    }
    first_row += batch->num_rows();
  }
  state.actions.assign(actions.begin(), actions.end());
  return state;
}

// Reads all that one of the checkpoint's own files says but for its file actions.
CheckpointManifest ReadState(const datafusion::ObjectStore& store, const ObjectMeta& file) {
  const ParquetFile parquet = OpenCheckpointFile(store, file);
  StateReader reader(file.location);
  const StateRows state = FindStateRows(file, parquet);
  if (!state.rows.empty()) {
    CheckpointBatches batches(file, parquet, state.actions, state.rows);
    while (const std::unique_ptr<CheckpointBatch> batch = batches.Next()) reader.Read(*batch);
  }
  return std::move(reader.manifest);
}

CheckpointManifest ReadParquetManifest(const datafusion::ObjectStore& store,
                                       const Checkpoint& checkpoint) {
  std::vector<CheckpointManifest> parts(checkpoint.parts.size());
  ParallelFor(
      parts.size(), [&](size_t i) { parts[i] = ReadState(store, checkpoint.parts[i]); },
      MinCheckpointReaders(store));
  CheckpointManifest manifest = std::move(parts.front());
  for (size_t i = 1; i < parts.size(); ++i) {
    TableState& part = parts[i].state;
    TableState& state = manifest.state;
    const bool is_double = (part.protocol && state.protocol) || (part.metadata && state.metadata);
    if (is_double) {
      throw Error(ErrorCode::kCorruptLog,
                  fmt::format("The checkpoint is corrupt: two of its parts have a protocol or a "
                              "metaData action: {}",
                              checkpoint.id()));
    }
    if (part.protocol) state.protocol = std::move(part.protocol);
    if (part.metadata) state.metadata = std::move(part.metadata);
    state.transactions.merge(part.transactions);
    state.domains.merge(part.domains);
    manifest.sidecars.insert(manifest.sidecars.end(), parts[i].sidecars.begin(),
                             parts[i].sidecars.end());
  }
  if (!manifest.sidecars.empty()) {
    CheckHasNoFiles(store, checkpoint.parts.front(), "it has sidecars and files of its own");
  }
  return manifest;
}

}  // namespace

CheckpointManifest ReadCheckpointManifest(const datafusion::ObjectStore& store,
                                          const Checkpoint& checkpoint) {
  CheckpointManifest manifest = IsJsonCheckpoint(checkpoint)
                                    ? ReadJsonManifest(store, checkpoint)
                                    : ReadParquetManifest(store, checkpoint);
  ResolveSidecars(checkpoint, store.url(), manifest);
  return manifest;
}

}  // namespace deltaic::delta
