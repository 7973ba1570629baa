#include "delta/log/checkpoint_reader.h"

#include <memory>
#include <mutex>
#include <optional>
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
#include "delta/protocol/deletion_vector.h"
#include "delta/protocol/statistics_text.h"

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
      "add.deletionVector.sizeInBytes",
      "add.deletionVector.cardinality",
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

// The batches of a checkpoint file, opened when the first one is asked for. Safe to share between
// threads.
class BatchSource {
 public:
  BatchSource(const datafusion::ObjectStore& store, const ObjectMeta& file,
              const std::vector<std::string>& columns)
      : store_(store), file_(file), columns_(columns) {}

  // The next batch, or null at the end.
  std::unique_ptr<CheckpointBatch> Next() {
    ThrowIfCancelled();
    const std::lock_guard lock(mutex_);
    try {
      if (!stream_) stream_ = store_.ReadParquet(file_.location, file_.size, columns_);
      std::optional<RecordBatch> batch = stream_->Next();
      if (!batch) return nullptr;
      return std::make_unique<CheckpointBatch>(file_.location, *std::move(batch));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCorruptData) throw;
      throw Error(ErrorCode::kCorruptLog, fmt::format("The checkpoint cannot be read: {}: {}",
                                                      file_.location, error.message()));
    }
  }

  bool has_files = false;

 private:
  const datafusion::ObjectStore& store_;
  const ObjectMeta& file_;
  const std::vector<std::string>& columns_;
  std::mutex mutex_;
  std::optional<RecordBatchStream> stream_;
};

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

void ImportPartitionValues(const CheckpointBatch& batch, const ArrowColumn& column, int64_t row,
                           AddedFiles& files) {
  const ArrowColumn keys = column.Elements().Field(0);
  const ArrowColumn texts = column.Elements().Field(1);
  PartitionMaps& values = files.partition_values;
  for (int64_t i = column.ElementsBegin(row); i < column.ElementsEnd(row); ++i) {
    batch.Require(keys, i, "a name in add.partitionValues");
    values.Append(
        values.InternName(keys.Text(i)),
        texts.IsNull(i) ? PartitionMaps::kNull : files.partition_texts.Intern(texts.Text(i)));
  }
  if (!values.EndRow()) batch.Fail("add.partitionValues has a name twice");
}

// The deletion vectors by row.
class DeletionVectorReader {
 public:
  DeletionVectorReader(const CheckpointBatch& batch, const ArrowColumn& add)
      : batch_(batch),
        vector_(batch.Member(add, "deletionVector", NANOARROW_TYPE_STRUCT)),
        storage_type_(batch.Member(vector_, "storageType", NANOARROW_TYPE_STRING)),
        path_(batch.Member(vector_, "pathOrInlineDv", NANOARROW_TYPE_STRING)),
        offset_(batch.Member(vector_, "offset", NANOARROW_TYPE_INT32)),
        size_(batch.Member(vector_, "sizeInBytes", NANOARROW_TYPE_INT32)),
        cardinality_(batch.Member(vector_, "cardinality", NANOARROW_TYPE_INT64)) {}

  // Adds the vector of a row to those of the files, of which it is going to be the next.
  void Import(int64_t row, AddedFiles& files) const {
    if (vector_.IsNull(row)) return;
    // Some writers fill a struct of nulls in where there is no deletion vector.
    if (storage_type_.IsNull(row) && path_.IsNull(row)) return;
    batch_.Require(storage_type_, row, "add.deletionVector.storageType");
    batch_.Require(path_, row, "add.deletionVector.pathOrInlineDv");
    const auto vector =
        MakeDeletionVector(storage_type_.Text(row), path_.Text(row), OptionalInteger(offset_, row),
                           OptionalInteger(size_, row), OptionalInteger(cardinality_, row));
    if (!vector) batch_.Fail("a member of add.deletionVector is missing or makes no sense");
    files.deletion_vectors.Append(files.num_rows(), *vector);
  }

 private:
  const CheckpointBatch& batch_;
  const ArrowColumn vector_;
  const ArrowColumn storage_type_;
  const ArrowColumn path_;
  const ArrowColumn offset_;
  const ArrowColumn size_;
  const ArrowColumn cardinality_;
};

// Collects the add actions of batches. One thread at a time.
class FileReader {
 public:
  void Read(const CheckpointBatch& batch) {
    const ArrowColumn add = batch.Action("add");
    if (!add.exists()) return;
    const ArrowColumn path = batch.Member(add, "path", NANOARROW_TYPE_STRING);
    const ArrowColumn partition_values = batch.TextMap(add, "partitionValues");
    const ArrowColumn size = batch.Member(add, "size", NANOARROW_TYPE_INT64);
    const ArrowColumn modified = batch.Member(add, "modificationTime", NANOARROW_TYPE_INT64);
    const ArrowColumn statistics = batch.Member(add, "stats", NANOARROW_TYPE_STRING);
    const DeletionVectorReader deletion_vectors(batch, add);
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (add.IsNull(row)) continue;
      batch.Require(path, row, "add.path");
      batch.Require(partition_values, row, "add.partitionValues");
      batch.Require(size, row, "add.size");
      batch.Require(modified, row, "add.modificationTime");
      if (path.Text(row).empty()) batch.Fail("add.path is empty");
      if (size.Integer(row) < 0) batch.Fail("add.size is negative");
      ImportPartitionValues(batch, partition_values, row, *files_);
      deletion_vectors.Import(row, *files_);
      files_->paths.Append(path.Text(row));
      files_->sizes.push_back(size.Integer(row));
      files_->modification_times.push_back(modified.Integer(row));
      statistics_.Append(statistics.IsNull(row) ? std::string_view() : statistics.Text(row));
    }
    if (files_->num_rows() >= kRowsAtOnce) FinishBatch();
  }

  std::vector<LiveFiles::Batch> Finish() {
    FinishBatch();
    return std::move(batches_);
  }

 private:
  // Files that later are judged together.
  static constexpr size_t kRowsAtOnce = 32768;

  void FinishBatch() {
    if (files_->num_rows() == 0) return;
    const std::shared_ptr<AddedFiles> finished = std::move(files_);
    files_ = std::make_shared<AddedFiles>(finished->EmptyLike());
    statistics_.MoveTo(files_->statistics);
    finished->Finish();
    batches_.push_back({finished, nullptr});
  }

  std::shared_ptr<AddedFiles> files_ = std::make_shared<AddedFiles>();
  StatisticsTextParser statistics_{files_->statistics};
  std::vector<LiveFiles::Batch> batches_;
};

// Columns that a file lacks are left out of what is read: makes sure that a file without the
// columns of add actions has none of those actions.
void CheckHasNoFiles(const datafusion::ObjectStore& store, const ObjectMeta& file) {
  const std::vector<std::string> columns = {"add"};
  BatchSource source(store, file, columns);
  while (const std::unique_ptr<CheckpointBatch> batch = source.Next()) {
    const ArrowColumn add = batch->Root().Child("add");
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      if (!add.IsNull(row)) batch->Fail("add has none of its members");
    }
  }
}

}  // namespace

TableState ReadCheckpointState(const datafusion::ObjectStore& store, const Checkpoint& checkpoint) {
  std::vector<TableState> parts(checkpoint.parts.size());
  ParallelFor(parts.size(), [&](size_t i) {
    StateReader reader(checkpoint.parts[i].location);
    BatchSource source(store, checkpoint.parts[i], StateColumns());
    while (const std::unique_ptr<CheckpointBatch> batch = source.Next()) reader.Read(*batch);
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
  // A batch is decoded by one thread at a time and taken apart by all.
  constexpr size_t kReadersOfOnePart = 4;
  const size_t num_parts = checkpoint.parts.size();
  const size_t readers = num_parts == 1 ? kReadersOfOnePart : 1;
  std::vector<std::unique_ptr<BatchSource>> sources;
  for (const ObjectMeta& part : checkpoint.parts) {
    sources.push_back(std::make_unique<BatchSource>(store, part, FileColumns()));
  }
  LiveFiles live;
  std::mutex mutex;
  ParallelFor(num_parts * readers, [&](size_t i) {
    BatchSource& source = *sources[i % num_parts];
    FileReader reader;
    while (const std::unique_ptr<CheckpointBatch> batch = source.Next()) reader.Read(*batch);
    const std::vector<LiveFiles::Batch> batches = reader.Finish();
    const std::lock_guard lock(mutex);
    if (!batches.empty()) source.has_files = true;
    live.batches.insert(live.batches.end(), batches.begin(), batches.end());
  });
  for (size_t i = 0; i < num_parts; ++i) {
    if (!sources[i]->has_files) CheckHasNoFiles(store, checkpoint.parts[i]);
  }
  return live;
}

}  // namespace deltaic::delta
