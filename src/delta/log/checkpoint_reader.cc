#include "delta/log/checkpoint_reader.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/columnar/record_batch.h>

#include "delta/log/arrow_column.h"
#include "delta/log/parallel_for.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectMeta;

const std::vector<std::string>& StateColumns() {
  static const std::vector<std::string> kColumns = {
      "protocol", "metaData", "txn", "domainMetadata", "checkpointMetadata", "sidecar"};
  return kColumns;
}

const std::vector<std::string>& FileColumns() {
  static const std::vector<std::string> kColumns = {
      "add.path",
      "add.partitionValues",
      "add.size",
      "add.modificationTime",
      "add.stats",
      "add.deletionVector.storageType",
      "add.deletionVector.pathOrInlineDv",
      "add.deletionVector.offset",
  };
  return kColumns;
}

// A batch of a checkpoint file as a struct column; fails with the file's name.
class CheckpointBatch {
 public:
  CheckpointBatch(std::string location, RecordBatch batch)
      : location_(std::move(location)), batch_(std::move(batch)) {
    if (ArrowArrayViewInitFromSchema(view_.get(), batch_.schema().c_schema(), nullptr) !=
            NANOARROW_OK ||
        ArrowArrayViewSetArray(view_.get(), batch_.c_array(), nullptr) != NANOARROW_OK) {
      Fail("its columns cannot be read");
    }
  }

  int64_t num_rows() const { return batch_.num_rows(); }

  ArrowColumn Root() const { return {batch_.schema().c_schema(), view_.get()}; }

  // A top-level column of structs, which may be absent.
  ArrowColumn Action(std::string_view name) const {
    return Member(Root(), name, NANOARROW_TYPE_STRUCT);
  }

  // A column that holds nothing but nulls may have no other type.
  ArrowColumn Member(const ArrowColumn& parent, std::string_view name, ArrowType type) const {
    const ArrowColumn column = parent.Child(name);
    if (column.has_type(NANOARROW_TYPE_NA)) return {};
    if (column.exists() && !column.has_type(type)) {
      Fail(fmt::format("the column {} is not of type {}", name, ArrowTypeString(type)));
    }
    return column;
  }

  ArrowColumn TextList(const ArrowColumn& parent, std::string_view name) const {
    const ArrowColumn column = Member(parent, name, NANOARROW_TYPE_LIST);
    if (column.exists() && !column.Elements().has_type(NANOARROW_TYPE_STRING)) {
      Fail(fmt::format("the column {} is not a list of texts", name));
    }
    return column;
  }

  ArrowColumn TextMap(const ArrowColumn& parent, std::string_view name) const {
    const ArrowColumn column = Member(parent, name, NANOARROW_TYPE_MAP);
    if (!column.exists()) return column;
    const ArrowColumn entries = column.Elements();
    if (entries.num_children() != 2 || !entries.Field(0).has_type(NANOARROW_TYPE_STRING) ||
        !entries.Field(1).has_type(NANOARROW_TYPE_STRING)) {
      Fail(fmt::format("the column {} is not a map of texts", name));
    }
    return column;
  }

  void Require(const ArrowColumn& column, int64_t row, std::string_view name) const {
    if (column.IsNull(row)) Fail(fmt::format("{} is missing", name));
  }

  [[noreturn]] void Fail(std::string_view what) const {
    throw Error(ErrorCode::kCorruptLog,
                fmt::format("The checkpoint is corrupt: {}: {}", what, location_));
  }

 private:
  const std::string location_;
  const RecordBatch batch_;
  nanoarrow::UniqueArrayView view_;
};

template <typename Visit>
void VisitBatches(const datafusion::ObjectStore& store, const ObjectMeta& file,
                  const std::vector<std::string>& columns, const Visit& visit) {
  try {
    RecordBatchStream stream = store.ReadParquet(file.location, file.size, columns);
    while (std::optional<RecordBatch> batch = stream.Next()) {
      ThrowIfCancelled();
      visit(std::make_shared<CheckpointBatch>(file.location, *std::move(batch)));
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorruptData) throw;
    throw Error(ErrorCode::kCorruptLog, fmt::format("The checkpoint cannot be read: {}: {}",
                                                    file.location, error.message()));
  }
}

std::optional<std::string> OptionalText(const ArrowColumn& column, int64_t row) {
  if (column.IsNull(row)) return std::nullopt;
  return std::string(column.Text(row));
}

std::optional<int64_t> OptionalInteger(const ArrowColumn& column, int64_t row) {
  if (column.IsNull(row)) return std::nullopt;
  return column.Integer(row);
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

// Reads the state's columns of one batch after the other.
class StateReader {
 public:
  explicit StateReader(const std::string& location) : location_(location) {}

  void Read(const CheckpointBatch& batch) {
    for (const std::string_view name : {"checkpointMetadata", "sidecar"}) {
      const ArrowColumn column = batch.Root().Child(name);
      for (int64_t row = 0; row < batch.num_rows(); ++row) {
        if (!column.IsNull(row)) RefuseV2();
      }
    }
    ReadProtocol(batch);
    ReadMetadata(batch);
    ReadTransactions(batch);
    ReadDomains(batch);
  }

  TableState state;

 private:
  [[noreturn]] void RefuseV2() const {
    throw Error(ErrorCode::kUnsupportedFeature,
                fmt::format("The table needs the reader feature v2Checkpoint, which is not "
                            "supported: {}",
                            location_));
  }

  void ReadProtocol(const CheckpointBatch& batch) {
    const ArrowColumn action = batch.Action("protocol");
    const ArrowColumn reader = batch.Member(action, "minReaderVersion", NANOARROW_TYPE_INT32);
    const ArrowColumn writer = batch.Member(action, "minWriterVersion", NANOARROW_TYPE_INT32);
    const ArrowColumn reader_features = batch.TextList(action, "readerFeatures");
    const ArrowColumn writer_features = batch.TextList(action, "writerFeatures");
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (action.IsNull(row)) continue;
      if (state.protocol) batch.Fail("there is a second protocol action");
      batch.Require(reader, row, "protocol.minReaderVersion");
      batch.Require(writer, row, "protocol.minWriterVersion");
      Protocol protocol{static_cast<int32_t>(reader.Integer(row)),
                        static_cast<int32_t>(writer.Integer(row)),
                        OptionalTexts(reader_features, row), OptionalTexts(writer_features, row)};
      if (protocol.min_reader_version < 1) batch.Fail("protocol.minReaderVersion is no version");
      if (protocol.min_writer_version < 1) batch.Fail("protocol.minWriterVersion is no version");
      state.protocol = {std::move(protocol), location_};
    }
  }

  void ReadMetadata(const CheckpointBatch& batch) {
    const ArrowColumn action = batch.Action("metaData");
    const ArrowColumn id = batch.Member(action, "id", NANOARROW_TYPE_STRING);
    const ArrowColumn name = batch.Member(action, "name", NANOARROW_TYPE_STRING);
    const ArrowColumn description = batch.Member(action, "description", NANOARROW_TYPE_STRING);
    const ArrowColumn format = batch.Member(action, "format", NANOARROW_TYPE_STRUCT);
    const ArrowColumn provider = batch.Member(format, "provider", NANOARROW_TYPE_STRING);
    const ArrowColumn options = batch.TextMap(format, "options");
    const ArrowColumn schema = batch.Member(action, "schemaString", NANOARROW_TYPE_STRING);
    const ArrowColumn partition_columns = batch.TextList(action, "partitionColumns");
    const ArrowColumn configuration = batch.TextMap(action, "configuration");
    const ArrowColumn created_time = batch.Member(action, "createdTime", NANOARROW_TYPE_INT64);
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (action.IsNull(row)) continue;
      if (state.metadata) batch.Fail("there is a second metaData action");
      batch.Require(id, row, "metaData.id");
      batch.Require(provider, row, "metaData.format.provider");
      batch.Require(partition_columns, row, "metaData.partitionColumns");
      Metadata metadata{std::string(id.Text(row)),
                        OptionalText(name, row),
                        OptionalText(description, row),
                        std::string(provider.Text(row)),
                        Map(options, row),
                        OptionalText(schema, row).value_or(""),
                        OptionalTexts(partition_columns, row).value_or(std::vector<std::string>()),
                        Map(configuration, row),
                        OptionalInteger(created_time, row)};
      state.metadata = {std::move(metadata), location_};
    }
  }

  void ReadTransactions(const CheckpointBatch& batch) {
    const ArrowColumn action = batch.Action("txn");
    const ArrowColumn app_id = batch.Member(action, "appId", NANOARROW_TYPE_STRING);
    const ArrowColumn version = batch.Member(action, "version", NANOARROW_TYPE_INT64);
    const ArrowColumn last_updated = batch.Member(action, "lastUpdated", NANOARROW_TYPE_INT64);
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (action.IsNull(row)) continue;
      batch.Require(app_id, row, "txn.appId");
      batch.Require(version, row, "txn.version");
      SetTransaction transaction{std::string(app_id.Text(row)), version.Integer(row),
                                 OptionalInteger(last_updated, row)};
      state.transactions.insert_or_assign(transaction.app_id, transaction);
    }
  }

  void ReadDomains(const CheckpointBatch& batch) {
    const ArrowColumn action = batch.Action("domainMetadata");
    const ArrowColumn domain = batch.Member(action, "domain", NANOARROW_TYPE_STRING);
    const ArrowColumn configuration = batch.Member(action, "configuration", NANOARROW_TYPE_STRING);
    const ArrowColumn removed = batch.Member(action, "removed", NANOARROW_TYPE_BOOL);
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (action.IsNull(row)) continue;
      batch.Require(domain, row, "domainMetadata.domain");
      if (!removed.IsNull(row) && removed.Integer(row) != 0) continue;
      DomainMetadata metadata{std::string(domain.Text(row)),
                              OptionalText(configuration, row).value_or(""), false};
      state.domains.insert_or_assign(metadata.domain, metadata);
    }
  }

  const std::string& location_;
};

// Add rows of a batch: views of its columns, and what must be computed from them.
struct CheckpointFiles {
  std::shared_ptr<const CheckpointBatch> batch;
  PartitionMaps partition_values;
  TextColumnBuilder deletion_vector_ids;
  std::vector<uint64_t> key_hashes;
};

void ImportPartitionValues(const CheckpointBatch& batch, const ArrowColumn& column, int64_t row,
                           PartitionMaps& values) {
  const ArrowColumn keys = column.Elements().Field(0);
  const ArrowColumn texts = column.Elements().Field(1);
  for (int64_t i = column.ElementsBegin(row); i < column.ElementsEnd(row); ++i) {
    batch.Require(keys, i, "a name in add.partitionValues");
    values.Append(values.InternName(keys.Text(i)),
                  texts.IsNull(i) ? PartitionMaps::kNull : static_cast<uint32_t>(i));
  }
  if (!values.EndRow()) batch.Fail("add.partitionValues has a name twice");
}

// The ids of deletion vectors by row.
class DeletionVectorColumn {
 public:
  DeletionVectorColumn(const CheckpointBatch& batch, const ArrowColumn& add)
      : batch_(batch),
        vector_(batch.Member(add, "deletionVector", NANOARROW_TYPE_STRUCT)),
        storage_type_(batch.Member(vector_, "storageType", NANOARROW_TYPE_STRING)),
        path_(batch.Member(vector_, "pathOrInlineDv", NANOARROW_TYPE_STRING)),
        offset_(batch.Member(vector_, "offset", NANOARROW_TYPE_INT32)) {}

  void Import(int64_t row, TextColumnBuilder& ids) const {
    if (vector_.IsNull(row)) return;
    // Some writers fill a struct of nulls in where there is no deletion vector.
    if (storage_type_.IsNull(row) && path_.IsNull(row)) return;
    batch_.Require(storage_type_, row, "add.deletionVector.storageType");
    batch_.Require(path_, row, "add.deletionVector.pathOrInlineDv");
    const std::optional<int64_t> offset = OptionalInteger(offset_, row);
    ids.PadTo(row);
    ids.Append(
        DeletionVectorId(storage_type_.Text(row), path_.Text(row), offset ? &*offset : nullptr));
  }

 private:
  const CheckpointBatch& batch_;
  const ArrowColumn vector_;
  const ArrowColumn storage_type_;
  const ArrowColumn path_;
  const ArrowColumn offset_;
};

// Makes a batch of add actions, and the list of the rows that are ones.
void ImportFiles(std::shared_ptr<const CheckpointBatch> source, LiveFiles& live) {
  const CheckpointBatch& batch = *source;
  const ArrowColumn add = batch.Action("add");
  if (!add.exists()) return;
  const ArrowColumn path = batch.Member(add, "path", NANOARROW_TYPE_STRING);
  const ArrowColumn partition_values = batch.TextMap(add, "partitionValues");
  const ArrowColumn size = batch.Member(add, "size", NANOARROW_TYPE_INT64);
  const ArrowColumn modified = batch.Member(add, "modificationTime", NANOARROW_TYPE_INT64);
  const ArrowColumn statistics = batch.Member(add, "stats", NANOARROW_TYPE_STRING);
  const DeletionVectorColumn deletion_vectors(batch, add);

  const auto owner = std::make_shared<CheckpointFiles>();
  owner->batch = std::move(source);
  owner->key_hashes.resize(batch.num_rows());
  AddedFiles files;
  files.num_rows = batch.num_rows();
  const auto number = static_cast<uint32_t>(live.batches.size());
  const size_t rows_before = live.rows.size();
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (add.IsNull(row)) {
      owner->partition_values.EndRow();
      continue;
    }
    batch.Require(path, row, "add.path");
    batch.Require(partition_values, row, "add.partitionValues");
    batch.Require(size, row, "add.size");
    batch.Require(modified, row, "add.modificationTime");
    if (path.Text(row).empty()) batch.Fail("add.path is empty");
    if (size.Integer(row) < 0) batch.Fail("add.size is negative");
    ImportPartitionValues(batch, partition_values, row, owner->partition_values);
    deletion_vectors.Import(row, owner->deletion_vector_ids);
    live.rows.push_back({number, static_cast<uint32_t>(row)});
  }
  if (live.rows.size() == rows_before) return;

  files.paths = path.Texts();
  files.statistics = statistics.Texts();
  files.sizes = size.Integers();
  files.modification_times = modified.Integers();
  if (owner->deletion_vector_ids.size() > 0) {
    owner->deletion_vector_ids.PadTo(files.num_rows);
    files.deletion_vector_ids = owner->deletion_vector_ids.column();
  }
  for (size_t i = rows_before; i < live.rows.size(); ++i) {
    const uint32_t row = live.rows[i].row;
    owner->key_hashes[row] = HashFileKey(files.key(row));
  }
  files.key_hashes = owner->key_hashes.data();
  files.partition_values = &owner->partition_values;
  files.partition_texts = partition_values.Elements().Field(1).Texts();
  files.owner = owner;
  live.batches.push_back(std::make_shared<const AddedFiles>(std::move(files)));
}

// Columns that a file lacks are left out of what is read: makes sure that a file without the
// columns of add actions has none of those actions.
void CheckHasNoFiles(const datafusion::ObjectStore& store, const ObjectMeta& file) {
  VisitBatches(store, file, {"add"}, [](const std::shared_ptr<CheckpointBatch>& batch) {
    const ArrowColumn add = batch->Root().Child("add");
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      if (!add.IsNull(row)) batch->Fail("add has none of its members");
    }
  });
}

}  // namespace

TableState ReadCheckpointState(const datafusion::ObjectStore& store, const Checkpoint& checkpoint) {
  std::vector<TableState> parts(checkpoint.parts.size());
  ParallelFor(parts.size(), [&](size_t i) {
    StateReader reader(checkpoint.parts[i].location);
    VisitBatches(store, checkpoint.parts[i], StateColumns(),
                 [&](const std::shared_ptr<CheckpointBatch>& batch) { reader.Read(*batch); });
    parts[i] = std::move(reader.state);
  });
  TableState state;
  for (TableState& part : parts) {
    const bool is_double = (part.protocol && state.protocol) || (part.metadata && state.metadata);
    if (is_double) {
      throw Error(ErrorCode::kCorruptLog,
                  fmt::format("The checkpoint is corrupt: two of its parts have a protocol or a "
                              "metaData action: {}",
                              checkpoint.parts.front().location));
    }
    if (part.protocol) state.protocol = std::move(part.protocol);
    if (part.metadata) state.metadata = std::move(part.metadata);
    state.transactions.merge(part.transactions);
    state.domains.merge(part.domains);
  }
  return state;
}

LiveFiles ReadCheckpointFiles(const datafusion::ObjectStore& store, const Checkpoint& checkpoint) {
  std::vector<LiveFiles> parts(checkpoint.parts.size());
  ParallelFor(parts.size(), [&](size_t i) {
    VisitBatches(
        store, checkpoint.parts[i], FileColumns(),
        [&](std::shared_ptr<CheckpointBatch> batch) { ImportFiles(std::move(batch), parts[i]); });
    if (parts[i].rows.empty()) CheckHasNoFiles(store, checkpoint.parts[i]);
  });
  LiveFiles live = std::move(parts.front());
  for (size_t i = 1; i < parts.size(); ++i) {
    const auto first = static_cast<uint32_t>(live.batches.size());
    live.batches.insert(live.batches.end(), parts[i].batches.begin(), parts[i].batches.end());
    for (const LiveFiles::Row& row : parts[i].rows) {
      live.rows.push_back({first + row.batch, row.row});
    }
  }
  return live;
}

}  // namespace deltaic::delta
