#include "delta/log/checkpoint/checkpoint_files.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_json.h>

#include "base/parallel_for.h"
#include "base/text/excerpt.h"
#include "delta/log/checkpoint/checkpoint_batch.h"
#include "delta/log/checkpoint/checkpoint_columns.h"
#include "delta/log/checkpoint/parsed_partition_values.h"
#include "delta/log/checkpoint/parsed_statistics.h"
#include "delta/protocol/deletion_vector.h"
#include "delta/protocol/schema/column_mapping.h"
#include "delta/statistics/statistics_text.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectMeta;
using datafusion::ParquetFile;
using datafusion::RowRange;

// Statistics of that many bytes are read when they are first asked for: fewer cost less than to
// come back for them.
constexpr int64_t kDeferredBytes = 1 << 20;

// The partition values by row, as texts.
class PartitionValueReader {
 public:
  PartitionValueReader(const CheckpointBatch& batch, const ArrowColumn& add)
      : batch_(batch), maps_(batch.TextMap(add, "partitionValues")) {
    if (!maps_.exists()) return;
    keys_ = maps_.Elements().Field(0);
    texts_ = maps_.Elements().Field(1);
  }

  void Import(int64_t row, PartitionMapsBuilder& values) const {
    batch_.Require(maps_, row, "add.partitionValues");
    for (int64_t i = maps_.ElementsBegin(row); i < maps_.ElementsEnd(row); ++i) {
      batch_.Require(keys_, i, "a name in add.partitionValues");
      values.Append(values.InternName(keys_.Text(i)),
                    texts_.IsNull(i) ? std::nullopt : std::optional(texts_.Text(i)));
    }
    if (!values.EndRow()) batch_.Fail("add.partitionValues has a name twice");
  }

 private:
  const CheckpointBatch& batch_;
  const ArrowColumn maps_;
  ArrowColumn keys_;
  ArrowColumn texts_;
};

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

// Files that are together, and the rows of the checkpoint's file that have their actions.
struct FileBatch {
  std::shared_ptr<AddedFiles> files;
  RowRange rows;
};

// A file with file actions, and what reading it has found.
struct FilePart {
  const ObjectMeta* file;
  CheckpointForms forms;
  bool has_both_statistics = false;
  std::atomic<bool> lacks_partition_values = false;  // In the typed form.
  std::atomic<bool> has_parsed_statistics = false;
  std::vector<std::vector<FileBatch>> batches;  // By range.
  std::atomic<int64_t> rows_read = 0;

  // What to read, and which rows side by side.
  std::optional<ParquetFile> parquet;
  std::vector<std::string> columns;
  std::vector<RowRange> ranges;
  std::optional<StatisticsFile> deferred;  // Where statistics are not read with the rest.
};

// Adds a number of a row that is going to be the next of `files`, if it has one.
void ImportNumber(const CheckpointBatch& batch, const ArrowColumn& column, int64_t row,
                  const AddedFilesBuilder& files, std::vector<int64_t>& numbers) {
  if (column.IsNull(row)) return;
  if (column.Integer(row) < 0) batch.Fail("a number of row tracking is negative");
  SetNumber(numbers, files.num_rows(), column.Integer(row));
}

// Collects the add actions of a range of rows. One thread at a time.
class FileReader {
 public:
  FileReader(FilePart& part, int64_t first_row)
      : part_(part), first_row_(first_row), rows_read_{first_row, first_row} {
    files_.statistics.LimitLongTexts(kMaxLongTexts);
  }

  // False where the file must be read in another form.
  bool Read(const CheckpointBatch& batch) {
    rows_read_.end += batch.num_rows();
    const ArrowColumn add = batch.Action("add");
    if (!add.exists()) return true;
    const ArrowColumn path = batch.Member(add, "path", NANOARROW_TYPE_STRING_VIEW);
    const PartitionValueReader partition_values(batch, add);
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
      if (size.Longs()[row] < 0) batch.Fail("add.size is negative");
      if (!parsed_values.exists()) {
        partition_values.Import(row, files_.partition_values);
      } else if (!parsed_partition.Import(row) || !files_.partition_values.EndRow()) {
        part_.lacks_partition_values = true;
        return false;
      }
      deletion_vectors.Import(row, files_);
      ImportNumber(batch, base_row_id, row, files_, files_.base_row_ids);
      ImportNumber(batch, row_commit_version, row, files_, files_.row_commit_versions);
      files_.paths.Append(path.Text(row));
      files_.sizes.push_back(size.Longs()[row]);
      files_.modification_times.push_back(modified.Longs()[row]);
      rows_.push_back(row);
      if (parsed_statistics.exists()) {
        if (!parsed_statistics.IsNull(row)) part_.has_parsed_statistics = true;
      } else if (!part_.deferred) {
        statistics_.Append(statistics.IsNull(row) ? std::string_view() : statistics.Text(row));
      }
    }
    if (parsed_statistics.exists()) {
      AppendParsedStatistics(parsed_statistics, rows_, files_.statistics);
    }
    if (files_.num_rows() == rows_.size()) files_.paths.Reserve(kFilesInBatch);
    if (files_.num_rows() >= kFilesInBatch) FinishBatch();
    return true;
  }

  int64_t rows_read() const { return rows_read_.end - first_row_; }

  std::vector<FileBatch> Finish() {
    FinishBatch();
    return std::move(batches_);
  }

 private:
  void FinishBatch() {
    if (files_.num_rows() == 0) return;
    batches_.push_back({std::make_shared<AddedFiles>(files_.Finish()), rows_read_});
    rows_read_.begin = rows_read_.end;
  }

  FilePart& part_;
  const int64_t first_row_;
  AddedFilesBuilder files_;
  StatisticsTextParser statistics_{files_.statistics};
  std::vector<FileBatch> batches_;
  RowRange rows_read_;         // Of the file, those after the last batch.
  std::vector<int64_t> rows_;  // Of the batch at hand, those with add actions.
};

// The partition columns of a checkpoint's table, found out when they are first needed: the schema
// may be large.
class PartitionColumnsOfTable {
 public:
  explicit PartitionColumnsOfTable(const TableState& state) : state_(state) {}

  // Safe to call from any thread.
  const PartitionColumns& Get() {
    std::call_once(once_, [&] {
      try {
        columns_ = Find();
      } catch (const Error&) {
        // What is wrong with the schema is said where the table's state is checked: newer commits
        // may replace it.
      }
    });
    return columns_;
  }

 private:
  PartitionColumns Find() const {
    if (!state_.protocol || !state_.metadata) return std::nullopt;
    const Metadata& metadata = state_.metadata->action;
    const DataType schema = MapColumns(ParseSchemaJson(metadata.schema_string),
                                       ColumnMappingModeOf(state_.protocol->action, metadata));
    std::vector<StructField> columns;
    for (const std::string& name : metadata.partition_columns) {
      const auto field = std::ranges::find(schema.fields(), name, &StructField::name);
      if (field == schema.fields().end()) return std::nullopt;
      columns.push_back(*field);
    }
    return columns;
  }

  const TableState& state_;
  std::once_flag once_;
  PartitionColumns columns_;
};

// Decides what is read of a file, and how.
void PlanReading(const datafusion::ObjectStore& store, PartitionColumnsOfTable& partition_columns,
                 size_t readers, bool may_defer, FilePart& part) {
  ObjectMeta file = *part.file;
  if (may_defer && file.size >= kDeferredBytes && file.last_modified_ms == 0) {
    // No listing tells of sidecars, and it must be known later whether this one is still the same.
    const auto found = store.Head(file.location);
    if (found) file.last_modified_ms = found->last_modified_ms;
  }
  if (!part.parquet) part.parquet = OpenCheckpointFile(store, *part.file);
  const ParquetFile& parquet = *part.parquet;
  const Schema schema = parquet.Read(CheckpointFileColumns()).schema();
  part.has_both_statistics = HasBothStatistics(schema);
  part.columns = ChooseFileColumns(
      schema, part.forms,
      HasParsedPartitionValues(schema) ? partition_columns.Get() : PartitionColumns());
  for (const char* member :
       {"add.deletionVector", "add.baseRowId", "add.defaultRowCommitVersion"}) {
    if (!parquet.IsNull(member)) continue;
    std::erase_if(part.columns,
                  [member](const std::string& column) { return column.starts_with(member); });
  }
  part.ranges = parquet.SplitRows(readers);
  part.batches.assign(part.ranges.size(), {});
  part.rows_read = 0;
  part.deferred.reset();
  const auto statistics = std::ranges::find_if(
      part.columns, [](const std::string& column) { return IsStatisticsColumn(column); });
  if (!may_defer || statistics == part.columns.end()) return;
  if (parquet.StoredSize(*statistics) < kDeferredBytes) return;
  part.deferred = {file, parquet, *statistics == kParsedStatistics, part.has_both_statistics};
  part.columns.erase(statistics);
}

// Reads some files side by side.
void ReadParts(const datafusion::ObjectStore& store, PartitionColumnsOfTable& partition_columns,
               bool may_defer, std::span<FilePart* const> parts) {
  const size_t threads = MinCheckpointReaders(store);
  const size_t readers = (Processors() + parts.size() - 1) / parts.size();
  ParallelFor(
      parts.size(),
      [&](size_t i) { PlanReading(store, partition_columns, readers, may_defer, *parts[i]); },
      threads);
  std::vector<std::pair<FilePart*, size_t>> ranges;
  for (FilePart* part : parts) {
    for (size_t i = 0; i < part->ranges.size(); ++i) ranges.emplace_back(part, i);
  }
  ParallelFor(
      ranges.size(),
      [&](size_t i) {
        const auto [part, range] = ranges[i];
        FileReader reader(*part, part->ranges[range].begin);
        CheckpointBatches batches(*part->file, *part->parquet, part->columns,
                                  {part->ranges[range]});
        while (const std::unique_ptr<CheckpointBatch> batch = batches.Next()) {
          if (!reader.Read(*batch)) return;
        }
        part->batches[range] = reader.Finish();
        part->rows_read += reader.rows_read();
      },
      threads);
}

// Whether a file must be read again, with texts in the place of a typed form that some writers
// leave empty.
bool NeedsTexts(FilePart& part) {
  const CheckpointForms before = part.forms;
  if (part.lacks_partition_values) part.forms.parsed_partition_values = false;
  const bool has_files =
      std::ranges::any_of(part.batches, [](const auto& range) { return !range.empty(); });
  if (!part.deferred && part.has_both_statistics && !part.has_parsed_statistics && has_files) {
    part.forms.parsed_statistics = false;
  }
  return part.forms.parsed_partition_values != before.parsed_partition_values ||
         part.forms.parsed_statistics != before.parsed_statistics;
}

}  // namespace

LiveFiles ReadCheckpointFiles(const datafusion::ObjectStore& store,
                              const CheckpointManifest& manifest, const ReplayAgain& replay) {
  PartitionColumnsOfTable partition_columns(manifest.state);
  std::vector<std::unique_ptr<FilePart>> parts;
  std::vector<FilePart*> unread;
  for (const ObjectMeta& file : manifest.file_parts) {
    parts.push_back(std::make_unique<FilePart>());
    parts.back()->file = &file;
    unread.push_back(parts.back().get());
  }
  while (!unread.empty()) {
    ReadParts(store, partition_columns, replay != nullptr, unread);
    std::erase_if(unread, [](FilePart* part) { return !NeedsTexts(*part); });
  }
  LiveFiles live = manifest.files;
  const auto statistics = std::make_shared<CheckpointStatistics>(store, replay);
  for (const std::unique_ptr<FilePart>& part : parts) {
    const size_t before = live.batches.size();
    if (part->deferred) {
      part->deferred->num_rows = part->rows_read;
      statistics->AddFile(std::move(*part->deferred));
    }
    for (size_t i = 0; i < part->ranges.size(); ++i) {
      if (part->deferred) statistics->StartRange();
      for (FileBatch& batch : part->batches[i]) {
        if (part->deferred) statistics->AddBatch(batch.files, batch.rows);
        live.batches.push_back({std::move(batch.files), nullptr});
      }
    }
    if (live.batches.size() == before) {
      CheckHasNoFiles(store, *part->file, "add has none of its members");
    }
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
