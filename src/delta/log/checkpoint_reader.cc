#include "delta/log/checkpoint_reader.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/datafusion/parquet_file.h>

#include "delta/log/arrow_column.h"
#include "delta/log/checkpoint_columns.h"
#include "delta/log/parallel_for.h"
#include "delta/log/parsed_partition_values.h"
#include "delta/log/parsed_statistics.h"
#include "delta/protocol/deletion_vector.h"
#include "delta/protocol/excerpt.h"
#include "delta/protocol/statistics_text.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectMeta;
using datafusion::ParquetFile;
using datafusion::RowRange;

// How many threads read, most of their time waiting for the store.
constexpr size_t kRemoteReaders = 8;

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
    if (column.exists() && !column.Elements().has_type(NANOARROW_TYPE_STRING_VIEW)) {
      Fail(fmt::format("the column {} is not a list of texts", name));
    }
    return column;
  }

  ArrowColumn TextMap(const ArrowColumn& parent, std::string_view name) const {
    const ArrowColumn column = Member(parent, name, NANOARROW_TYPE_MAP);
    if (!column.exists()) return column;
    const ArrowColumn entries = column.Elements();
    if (entries.num_children() != 2 || !entries.Field(0).has_type(NANOARROW_TYPE_STRING_VIEW) ||
        !entries.Field(1).has_type(NANOARROW_TYPE_STRING_VIEW)) {
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

// Calls `read`; what is no Parquet makes the checkpoint corrupt.
template <typename Read>
auto OfCheckpoint(const ObjectMeta& file, const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorruptData) throw;
    throw Error(ErrorCode::kCorruptLog, fmt::format("The checkpoint cannot be read: {}: {}",
                                                    file.location, error.message()));
  }
}

ParquetFile OpenPart(const datafusion::ObjectStore& store, const ObjectMeta& file) {
  return OfCheckpoint(file, [&] { return ParquetFile::Open(store, file.location, file.size); });
}

// The batches of a checkpoint file, opened when the first one is asked for. Safe to share between
// threads.
class BatchSource {
 public:
  using Open = std::function<RecordBatchStream()>;

  BatchSource(const ObjectMeta& file, Open open) : file_(file), open_(std::move(open)) {}
  BatchSource(const ObjectMeta& file, const ParquetFile& parquet, std::vector<std::string> columns,
              std::vector<RowRange> rows = {})
      : BatchSource(file, [parquet, columns = std::move(columns), rows = std::move(rows)] {
          return parquet.Read(columns, rows);
        }) {}

  // The next batch, or null at the end.
  std::unique_ptr<CheckpointBatch> Next() {
    ThrowIfCancelled();
    const std::lock_guard lock(mutex_);
    return OfCheckpoint(file_, [&]() -> std::unique_ptr<CheckpointBatch> {
      if (!stream_) stream_ = open_();
      std::optional<RecordBatch> batch = stream_->Next();
      if (!batch) return nullptr;
      return std::make_unique<CheckpointBatch>(file_.location, *std::move(batch));
    });
  }

 private:
  const ObjectMeta& file_;
  const Open open_;
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
      Protocol protocol{static_cast<int32_t>(reader.Integer(row)),
                        static_cast<int32_t>(writer.Integer(row)),
                        OptionalTexts(reader_features, row), OptionalTexts(writer_features, row)};
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
      Metadata metadata{std::string(id.Text(row)),
                        OptionalText(name, row),
                        OptionalText(description, row),
                        std::string(provider.Text(row)),
                        Map(options, row),
                        OptionalText(schema, row).value_or(""),
                        OptionalTexts(partition_columns, row).value_or(std::vector<std::string>()),
                        Map(configuration, row),
                        OptionalInteger(created_time, row)};
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
                                 OptionalInteger(last_updated, row)};
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
                              OptionalText(configuration, row).value_or(""), false};
      state_.domains.insert_or_assign(metadata.domain, metadata);
    }
  }

  const std::string& location_;
  TableState& state_ = manifest.state;
};

void ImportPartitionValues(const CheckpointBatch& batch, const ArrowColumn& column, int64_t row,
                           AddedFilesBuilder& files) {
  const ArrowColumn keys = column.Elements().Field(0);
  const ArrowColumn texts = column.Elements().Field(1);
  PartitionMapsBuilder& values = files.partition_values;
  for (int64_t i = column.ElementsBegin(row); i < column.ElementsEnd(row); ++i) {
    batch.Require(keys, i, "a name in add.partitionValues");
    values.Append(values.InternName(keys.Text(i)),
                  texts.IsNull(i) ? std::nullopt : std::optional(texts.Text(i)));
  }
  if (!values.EndRow()) batch.Fail("add.partitionValues has a name twice");
}

// The deletion vectors by row.
class DeletionVectorReader {
 public:
  DeletionVectorReader(const CheckpointBatch& batch, const ArrowColumn& add)
      : batch_(batch),
        vector_(batch.Member(add, "deletionVector", NANOARROW_TYPE_STRUCT)),
        storage_type_(batch.Member(vector_, "storageType", NANOARROW_TYPE_STRING_VIEW)),
        path_(batch.Member(vector_, "pathOrInlineDv", NANOARROW_TYPE_STRING_VIEW)),
        offset_(batch.Member(vector_, "offset", NANOARROW_TYPE_INT32)),
        size_(batch.Member(vector_, "sizeInBytes", NANOARROW_TYPE_INT32)),
        cardinality_(batch.Member(vector_, "cardinality", NANOARROW_TYPE_INT64)) {}

  // Adds the vector of a row to those of the files, of which it is going to be the next.
  void Import(int64_t row, AddedFilesBuilder& files) const {
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

// What reading a file with file actions has found.
struct FilePart {
  const ObjectMeta* file;
  CheckpointForms forms;
  bool has_both_statistics = false;
  std::atomic<bool> lacks_partition_values = false;  // In the typed form.
  std::atomic<bool> has_parsed_statistics = false;
  std::vector<LiveFiles::Batch> batches;
};

// Where a file has actions other than those on files: one column of each kind of action tells.
struct StateRows {
  std::vector<std::string> actions;  // Those that there are.
  std::vector<RowRange> rows;
};

StateRows FindStateRows(const ObjectMeta& file, const ParquetFile& parquet) {
  std::vector<std::string> columns;
  for (const auto& [name, member] : kStateActions) {
    const bool has_member = parquet.Read({member}).schema().num_columns() > 0;
    columns.push_back(has_member ? member : name);
  }
  BatchSource source(file, parquet, columns);
  StateRows state;
  std::set<std::string> actions;
  int64_t first_row = 0;
  while (const std::unique_ptr<CheckpointBatch> batch = source.Next()) {
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
  const ParquetFile parquet = OpenPart(store, file);
  StateReader reader(file.location);
  const StateRows state = FindStateRows(file, parquet);
  if (!state.rows.empty()) {
    BatchSource source(file, parquet, state.actions, state.rows);
    while (const std::unique_ptr<CheckpointBatch> batch = source.Next()) reader.Read(*batch);
  }
  return std::move(reader.manifest);
}

// Adds a number of a row that is going to be the next of `files`, if it has one.
void ImportNumber(const CheckpointBatch& batch, const ArrowColumn& column, int64_t row,
                  const AddedFilesBuilder& files, std::vector<int64_t>& numbers) {
  if (column.IsNull(row)) return;
  if (column.Integer(row) < 0) batch.Fail("a number of row tracking is negative");
  SetNumber(numbers, files.num_rows(), column.Integer(row));
}

// Collects the add actions of batches. One thread at a time.
class FileReader {
 public:
  explicit FileReader(FilePart& part) : part_(part) {}

  // False where the file must be read in another form.
  bool Read(const CheckpointBatch& batch) {
    const ArrowColumn add = batch.Action("add");
    if (!add.exists()) return true;
    const ArrowColumn path = batch.Member(add, "path", NANOARROW_TYPE_STRING_VIEW);
    const ArrowColumn partition_values = batch.TextMap(add, "partitionValues");
    const ArrowColumn parsed_values = add.Child("partitionValues_parsed");
    const ArrowColumn size = batch.Member(add, "size", NANOARROW_TYPE_INT64);
    const ArrowColumn modified = batch.Member(add, "modificationTime", NANOARROW_TYPE_INT64);
    const ArrowColumn statistics = batch.Member(add, "stats", NANOARROW_TYPE_STRING_VIEW);
    const ArrowColumn parsed_statistics = add.Child("stats_parsed");
    const ArrowColumn base_row_id = batch.Member(add, "baseRowId", NANOARROW_TYPE_INT64);
    const ArrowColumn row_commit_version =
        batch.Member(add, "defaultRowCommitVersion", NANOARROW_TYPE_INT64);
    const DeletionVectorReader deletion_vectors(batch, add);
    ParsedPartitionValues parsed_partition(parsed_values, files_);
    rows_.clear();
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (add.IsNull(row)) continue;
      batch.Require(path, row, "add.path");
      batch.Require(size, row, "add.size");
      batch.Require(modified, row, "add.modificationTime");
      if (path.Text(row).empty()) batch.Fail("add.path is empty");
      if (size.Integer(row) < 0) batch.Fail("add.size is negative");
      if (!parsed_values.exists()) {
        batch.Require(partition_values, row, "add.partitionValues");
        ImportPartitionValues(batch, partition_values, row, files_);
      } else if (!parsed_partition.Import(row) || !files_.partition_values.EndRow()) {
        part_.lacks_partition_values = true;
        return false;
      }
      deletion_vectors.Import(row, files_);
      ImportNumber(batch, base_row_id, row, files_, files_.base_row_ids);
      ImportNumber(batch, row_commit_version, row, files_, files_.row_commit_versions);
      files_.paths.Append(path.Text(row));
      files_.sizes.push_back(size.Integer(row));
      files_.modification_times.push_back(modified.Integer(row));
      rows_.push_back(row);
      if (parsed_statistics.exists()) {
        if (!parsed_statistics.IsNull(row)) part_.has_parsed_statistics = true;
      } else {
        statistics_.Append(statistics.IsNull(row) ? std::string_view() : statistics.Text(row));
      }
    }
    if (parsed_statistics.exists()) {
      AppendParsedStatistics(parsed_statistics, rows_, files_.statistics);
    }
    if (files_.num_rows() >= kFilesInBatch) FinishBatch();
    return true;
  }

  std::vector<LiveFiles::Batch> Finish() {
    FinishBatch();
    return std::move(batches_);
  }

 private:
  void FinishBatch() {
    if (files_.num_rows() == 0) return;
    batches_.push_back({std::make_shared<const AddedFiles>(files_.Finish()), nullptr});
  }

  FilePart& part_;
  AddedFilesBuilder files_;
  StatisticsTextParser statistics_{files_.statistics};
  std::vector<LiveFiles::Batch> batches_;
  std::vector<int64_t> rows_;  // Of the batch at hand, those with add actions.
};

// Makes sure that a file has no add actions. Columns that a file lacks are left out of what is
// read, so that actions may be there without any of the members that are read otherwise.
void CheckHasNoFiles(const datafusion::ObjectStore& store, const ObjectMeta& file,
                     std::string_view otherwise) {
  const ParquetFile parquet = OpenPart(store, file);
  BatchSource source(file, parquet, {"add"});
  while (const std::unique_ptr<CheckpointBatch> batch = source.Next()) {
    const ArrowColumn add = batch->Root().Child("add");
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      if (!add.IsNull(row)) batch->Fail(otherwise);
    }
  }
}

// Reads some files side by side.
void ReadParts(const datafusion::ObjectStore& store, std::span<FilePart* const> parts) {
  // A batch is decoded by one thread at a time and taken apart by all.
  const size_t readers = parts.size() == 1 ? Processors() : 1;
  std::vector<std::unique_ptr<BatchSource>> sources;
  for (FilePart* part : parts) {
    const auto open = [&store, part] {
      const ParquetFile parquet = ParquetFile::Open(store, part->file->location, part->file->size);
      const Schema schema = parquet.Read(CheckpointFileColumns()).schema();
      part->has_both_statistics = HasBothStatistics(schema);
      std::vector<std::string> columns = ChooseFileColumns(schema, part->forms);
      for (const char* member :
           {"add.deletionVector", "add.baseRowId", "add.defaultRowCommitVersion"}) {
        if (!parquet.IsNull(member)) continue;
        std::erase_if(columns,
                      [member](const std::string& column) { return column.starts_with(member); });
      }
      return parquet.Read(columns);
    };
    sources.push_back(std::make_unique<BatchSource>(*part->file, open));
  }
  std::mutex mutex;
  const auto read = [&](size_t i) {
    FilePart& part = *parts[i % parts.size()];
    BatchSource& source = *sources[i % parts.size()];
    FileReader reader(part);
    while (const std::unique_ptr<CheckpointBatch> batch = source.Next()) {
      if (!reader.Read(*batch)) return;
    }
    const std::vector<LiveFiles::Batch> batches = reader.Finish();
    const std::lock_guard lock(mutex);
    part.batches.insert(part.batches.end(), batches.begin(), batches.end());
  };
  ParallelFor(parts.size() * readers, read, store.is_local() ? 1 : kRemoteReaders);
}

// Whether a file must be read again, with texts in the place of a typed form that some writers
// leave empty.
bool NeedsTexts(FilePart& part) {
  const CheckpointForms before = part.forms;
  if (part.lacks_partition_values) part.forms.parsed_partition_values = false;
  if (part.has_both_statistics && !part.has_parsed_statistics && !part.batches.empty()) {
    part.forms.parsed_statistics = false;
  }
  return part.forms.parsed_partition_values != before.parsed_partition_values ||
         part.forms.parsed_statistics != before.parsed_statistics;
}

CheckpointManifest ReadParquetManifest(const datafusion::ObjectStore& store,
                                       const Checkpoint& checkpoint) {
  std::vector<CheckpointManifest> parts(checkpoint.parts.size());
  ParallelFor(
      parts.size(), [&](size_t i) { parts[i] = ReadState(store, checkpoint.parts[i]); },
      store.is_local() ? 1 : kRemoteReaders);
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

LiveFiles ReadCheckpointFiles(const datafusion::ObjectStore& store,
                              const CheckpointManifest& manifest) {
  CheckpointForms forms;
  if (manifest.state.metadata) {
    forms.num_partition_columns = manifest.state.metadata->action.partition_columns.size();
  }
  std::vector<std::unique_ptr<FilePart>> parts;
  std::vector<FilePart*> unread;
  for (const ObjectMeta& file : manifest.file_parts) {
    parts.push_back(std::make_unique<FilePart>());
    parts.back()->file = &file;
    parts.back()->forms = forms;
    unread.push_back(parts.back().get());
  }
  while (!unread.empty()) {
    for (FilePart* part : unread) part->batches.clear();
    ReadParts(store, unread);
    std::erase_if(unread, [](FilePart* part) { return !NeedsTexts(*part); });
  }
  LiveFiles live = manifest.files;
  for (const std::unique_ptr<FilePart>& part : parts) {
    if (part->batches.empty()) CheckHasNoFiles(store, *part->file, "add has none of its members");
    live.batches.insert(live.batches.end(), part->batches.begin(), part->batches.end());
  }
  if (manifest.file_parts.empty()) return live;
  if (const std::optional<std::string> path = FindRepeatedFile(live)) {
    throw Error(ErrorCode::kCorruptLog,
                fmt::format("The checkpoint is corrupt: it has the file {} twice: {}",
                            Excerpt(*path), manifest.file_parts.front().location));
  }
  return live;
}

}  // namespace deltaic::delta
