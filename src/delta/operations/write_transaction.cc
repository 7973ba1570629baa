#include <deltaic/delta/operations/write_transaction.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <deltaic/delta/protocol/schema_json.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>
#include <deltaic/delta/transaction/commit_errors.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/text/json_writer.h"
#include "delta/operations/change_rows.h"
#include "delta/operations/evolved_table.h"
#include "delta/operations/kept_rows.h"
#include "delta/operations/new_files.h"
#include "delta/operations/new_table.h"
#include "delta/operations/numbered_rows.h"
#include "delta/operations/replaced_rows.h"
#include "delta/protocol/table_properties.h"
#include "delta/protocol/table_support.h"
#include "delta/snapshot/file_removal.h"
#include "delta/transaction/identity_marks.h"
#include "delta/transaction/post_commit.h"
#include "delta/transaction/transaction.h"
#include "delta/write/column_rules.h"
#include "delta/write/schema_merge.h"
#include "delta/write/table_rows.h"

namespace deltaic::delta {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void Refuse(std::string message) {
  throw Error(ErrorCode::kInvalidArgument, std::move(message));
}

void CheckRequest(const WriteRequest& request) {
  const bool overwrites = request.mode == SaveMode::kOverwrite;
  if (request.predicate && !overwrites) {
    Refuse("A predicate says which rows an overwrite replaces; the mode is not overwrite.");
  }
  const bool of_partitions = request.overwrite == OverwriteScope::kPartitions;
  if (of_partitions && !overwrites) {
    Refuse("Partitions are replaced by an overwrite; the mode is not overwrite.");
  }
  if (of_partitions && request.predicate) {
    Refuse("An overwrite replaces the rows of a predicate or whole partitions, not both.");
  }
  const bool replaces =
      request.schema_mode == SchemaMode::kOverwrite || request.replaces_definition;
  if (replaces && (!overwrites || request.predicate || of_partitions)) {
    Refuse("The schema is overwritten only where all rows are.");
  }
  if (request.writer.target_file_size && *request.writer.target_file_size <= 0) {
    Refuse(fmt::format("The target size of files must be at least 1 byte: {}",
                       *request.writer.target_file_size));
  }
}

TableDefinition DefinitionOf(const std::vector<StructField>& columns, const WriteRequest& request) {
  return {.schema = DataType::Struct(columns),
          .partition_columns = request.partition_columns.value_or(std::vector<std::string>()),
          .name = request.name,
          .description = request.description,
          .configuration = request.configuration};
}

std::vector<StructField> ColumnsOf(const Schema& rows, const WriteRequest& request) {
  std::vector<StructField> columns = FromArrowSchema(*rows.c_schema());
  if (!request.makes_nullable) return columns;
  return AllNullable(DataType::Struct(std::move(columns))).fields();
}

RowRules RulesOf(const WriteRequest& request) {
  return {.fills_nulls = request.schema_mode == SchemaMode::kMerge || request.parses_texts,
          .texts = request.parses_texts ? datafusion::TextConversion::kParse
                                        : datafusion::TextConversion::kRefuse};
}

bool IsAlike(const Snapshot& made, const TableShape& wanted) {
  const Metadata& metadata = made.metadata();
  return made.protocol() == wanted.protocol &&
         metadata.schema_string == wanted.metadata.schema_string &&
         metadata.partition_columns == wanted.metadata.partition_columns &&
         metadata.configuration == wanted.metadata.configuration;
}

int64_t CountPartitions(const std::vector<AddFile>& files) {
  std::set<NullableTexts> partitions;
  for (const AddFile& add : files) {
    if (!add.partition_values.empty()) partitions.insert(add.partition_values);
  }
  return static_cast<int64_t>(partitions.size());
}

}  // namespace

class WriteTransaction::Impl {
 public:
  Impl(TableAccess access, std::shared_ptr<const Snapshot> snapshot)
      : access_(std::move(access)), snapshot_(std::move(snapshot)), files_(access_) {
    if (snapshot_ == nullptr) return;
    CheckProtocolWritable(snapshot_->protocol());
    shape_ = ShapeOf(snapshot_->protocol(), snapshot_->metadata());
  }

  WriteMetrics Write(const datafusion::DataFrame& rows, const WriteRequest& request) {
    CheckRequest(request);
    if (request.mode == SaveMode::kOverwrite && operation_) {
      Refuse("An overwrite is the first write of a transaction: it does not see those before.");
    }
    if (request.predicate && snapshot_ != nullptr) CheckPredicate(*snapshot_, *request.predicate);
    const Clock::time_point begin = Clock::now();
    TableShape shape = ShapeFor(ColumnsOf(rows.schema(), request), request);
    // Refuses before anything is written what the commit would refuse.
    CheckProtocolWritable(shape.protocol);
    TableRows made = MakeTableRows(rows, WithRulesInForce(shape.schema, shape.protocol),
                                   shape.metadata, RulesOf(request));
    if (request.predicate) {
      made.checks.push_back(
          {fmt::format("the predicate of the overwrite ({})", *request.predicate),
           datafusion::Expression::Parse(*request.predicate, made.rows.schema())});
    }
    NewFiles written(access_);
    const DataFiles of_rows = WriteDataFiles(access_, shape, made, request.writer);
    written.Add(of_rows);
    std::optional<NumberedRows> numbered;
    if (!made.identities.empty() && of_rows.num_rows > 0) {
      numbered = {made.identities, made.computed, RulesOf(request), request.writer, of_rows};
      shape = WithMarks(std::move(shape), *numbered);
    }
    ReplacedRows replaced = FindReplaced(of_rows, request);
    WriteMetrics metrics{.num_removed_files = static_cast<int64_t>(replaced.files.size()),
                         .num_added_rows = of_rows.num_rows};
    if (!replaced.reduced.empty()) {
      const KeptRows kept = RowsThatStay(snapshot_, replaced.reduced, shape);
      const DataFiles files = WriteDataFiles(access_, kept.shape, kept.rows, request.writer);
      written.Add(files);
      copied_.insert(copied_.end(), files.files.begin(), files.files.end());
      metrics.num_copied_rows = files.num_rows;
    }
    metrics.num_added_files = static_cast<int64_t>(written.files().size());
    metrics.num_partitions = CountPartitions(written.files());
    for (const AddFile& add : written.files()) metrics.num_added_bytes += add.size;
    metrics.execution_time_ms = MillisecondsSince(begin);

    files_.Add({.files = written.files()});
    written.Keep();
    shape_ = std::move(shape);
    if (numbered) numbered_.push_back(*std::move(numbered));
    if (request.mode == SaveMode::kOverwrite) {
      replaced_ = std::move(replaced);
      writer_ = request.writer;
    }
    Note(request, metrics);
    return metrics;
  }

  const WriteMetrics& total() const { return total_; }

  CommitResult Commit(const CommitProperties& commit, const PostCommitProperties& post_commit) {
    if (!operation_) Refuse("The transaction has written nothing.");
    WriteChanges();
    const CommitWays ways{.steps = PostCommitSteps(post_commit)};
    try {
      return CommitNumbered(commit, ways);
    } catch (const CommitConflict& conflict) {
      if (conflict.kind() != ConflictKind::kTableCreated) throw;
      // Another writer made the table meanwhile: rows are added to it if it is the one that was to
      // be made.
      std::shared_ptr<const Snapshot> made = LoadLatestSnapshot(access_);
      if (mode_ != SaveMode::kAppend || !IsAlike(*made, *shape_)) throw;
      snapshot_ = std::move(made);
      shape_ = ShapeOf(snapshot_->protocol(), snapshot_->metadata());
      return CommitOnce(commit, ways);
    }
  }

 private:
  TableShape ShapeFor(const std::vector<StructField>& columns, const WriteRequest& request) const {
    if (!shape_) return NewTable(DefinitionOf(columns, request));
    if (request.replaces_definition && snapshot_ != nullptr) {
      return RedefinedTable(*snapshot_, DefinitionOf(columns, request));
    }
    return EvolvedTable(*shape_, columns, request);
  }

  ReplacedRows FindReplaced(const DataFiles& written, const WriteRequest& request) const {
    if (request.mode != SaveMode::kOverwrite || snapshot_ == nullptr) return {};
    if (request.predicate) {
      return ReplaceWhere(snapshot_, *request.predicate);
    }
    if (request.overwrite == OverwriteScope::kTable) return ReplaceTable(*snapshot_);
    if (snapshot_->metadata().partition_columns.empty()) {
      Refuse("The table has no partitions to overwrite.");
    }
    return ReplacePartitions(*snapshot_, written.files);
  }

  // What the commit will say. Of several writes the first one names the mode, and metrics add up.
  void Note(const WriteRequest& request, const WriteMetrics& metrics) {
    if (!operation_) {
      mode_ = request.mode;
      operation_.emplace(CommitOperation{.name = "WRITE"});
      constexpr const char* kModes[] = {"ErrorIfExists", "Ignore", "Append", "Overwrite"};
      operation_->parameters["mode"] = kModes[static_cast<size_t>(request.mode)];
      if (request.predicate) operation_->parameters["predicate"] = *request.predicate;
      JsonWriter json(operation_->parameters["partitionBy"]);
      json.BeginArray();
      for (const std::string& name : shape_->metadata.partition_columns) json.String(name);
      json.EndArray();
    }
    total_.num_added_files += metrics.num_added_files;
    total_.num_removed_files += metrics.num_removed_files;
    total_.num_added_rows += metrics.num_added_rows;
    total_.num_added_bytes += metrics.num_added_bytes;
    total_.num_copied_rows += metrics.num_copied_rows;
    CountTotal();
  }

  void CountTotal() {
    const auto count = [&](const char* name, int64_t number) {
      operation_->metrics[name] = fmt::format("{}", number);
    };
    count("numFiles", total_.num_added_files);
    count("numOutputRows", total_.num_added_rows + total_.num_copied_rows);
    count("numOutputBytes", total_.num_added_bytes);
    if (mode_ == SaveMode::kOverwrite) {
      count("numRemovedFiles", total_.num_removed_files);
      count("numCopiedRows", total_.num_copied_rows);
    }
  }

  // Of several writers that take values of identity columns at once one wins. The others take those
  // that follow.
  CommitResult CommitNumbered(const CommitProperties& commit, const CommitWays& ways) {
    const int64_t begin_ms = ways.environment->NowMs();
    for (int64_t lost = 0;; ++lost) {
      try {
        CommitResult result = CommitOnce(commit, ways);
        result.attempts += lost;
        return result;
      } catch (const CommitConflict& conflict) {
        const bool is_patient = commit.max_commit_retries ? lost < *commit.max_commit_retries
                                                          : ways.environment->NowMs() - begin_ms <=
                                                                commit.max_commit_time.count();
        if (!is_patient || !IsAboutIdentities(conflict)) throw;
        if (lost > 0)
          ways.environment->Pause(ways.environment->RandomTime(LongestBackOff(commit, lost)));
        std::shared_ptr<const Snapshot> latest = RefreshSnapshot(snapshot_);
        if (!CanFollow(*latest, commit)) throw;
        NumberAfter(std::move(latest), lost);
      }
    }
  }

  // Whether the commit does nothing but add rows and move the marks of identity columns.
  bool IsAboutIdentities(const CommitConflict& conflict) const {
    return conflict.kind() == ConflictKind::kMetadataChanged && !numbered_.empty() &&
           mode_ == SaveMode::kAppend && !access_.catalog() &&
           shape_->protocol == snapshot_->protocol() &&
           DifferInIdentityMarksOnly(shape_->metadata, snapshot_->metadata());
  }

  // Whether the same holds for all that came since.
  bool CanFollow(const Snapshot& latest, const CommitProperties& commit) const {
    const auto is_same = [&](const SetTransaction& transaction) {
      const auto now = latest.transactions().find(transaction.app_id);
      const auto before = snapshot_->transactions().find(transaction.app_id);
      if (now == latest.transactions().end()) return true;
      return before != snapshot_->transactions().end() && before->second == now->second;
    };
    return latest.protocol() == snapshot_->protocol() &&
           DifferInIdentityMarksOnly(latest.metadata(), snapshot_->metadata()) &&
           (commit.if_committed != IfCommitted::kWrite ||
            std::ranges::all_of(commit.app_transactions, is_same));
  }

  // Gives the rows values that nobody has in `latest`, and moves there. Who loses again leaves out
  // more values each time: with a lead the rows need not be written again, so that a large write
  // comes through among many small ones.
  void NumberAfter(std::shared_ptr<const Snapshot> latest, int64_t lost) {
    constexpr int64_t kMostDoublings = 20;
    TableShape shape = ShapeOf(latest->protocol(), latest->metadata());
    const bool are_free = std::ranges::all_of(
        numbered_, [&](const NumberedRows& rows) { return AreFree(rows, shape); });
    for (NumberedRows& rows : numbered_) {
      if (!are_free) {
        if (lost > 0) {
          const int64_t doublings = std::min(2 * (lost - 1), kMostDoublings);
          shape = WithGap(shape, rows, rows.files.num_rows << doublings);
        }
        NumberedRows anew = NumberAnew(*latest, shape, rows);
        files_.Replace(rows.files, anew.files);
        rows = std::move(anew);
      }
      shape = WithMarks(std::move(shape), rows);
    }
    snapshot_ = std::move(latest);
    shape_ = std::move(shape);
    total_.num_added_files = static_cast<int64_t>(files_.files().size());
    total_.num_added_bytes = 0;
    for (const AddFile& add : files_.files()) total_.num_added_bytes += add.size;
    CountTotal();
  }

  // A version with change files has no other changes. They are needed where files are written again
  // with rows that stay.
  void WriteChanges() {
    if (copied_.empty() || !TableProperties(shape_->metadata).change_data_feed()) return;
    const bool has_schema = shape_->metadata == snapshot_->metadata() ||
                            DifferInIdentityMarksOnly(shape_->metadata, snapshot_->metadata());
    if (!has_schema) {
      throw Error(ErrorCode::kUnsupportedFeature,
                  "An overwrite that keeps rows of a file cannot change the schema of a table with "
                  "a change data feed: change the schema first.");
    }
    std::set<std::string> copied;
    for (const AddFile& add : copied_) copied.insert(add.path);
    std::vector<AddFile> inserted = files_.files();
    std::erase_if(inserted, [&](const AddFile& add) { return copied.contains(add.path); });
    std::set<int64_t> reduced;
    for (const ReducedFile& file : replaced_.reduced) reduced.insert(file.file);
    std::vector<int64_t> whole = replaced_.files;
    std::erase_if(whole, [&](int64_t file) { return reduced.contains(file); });
    const auto write = [&](const datafusion::DataFrame& rows, const char* type) {
      files_.Add(WriteChangeFiles(access_, *shape_, AsChanges(rows, *shape_, type), writer_));
    };
    write(LostRows(snapshot_, replaced_.reduced, whole), "delete");
    write(RowsOfNewFiles(*snapshot_, inserted), "insert");
  }

  CommitResult CommitOnce(const CommitProperties& commit, const CommitWays& ways) {
    Transaction transaction =
        snapshot_ == nullptr ? Transaction::Create(access_) : Transaction(snapshot_);
    if (snapshot_ == nullptr || shape_->protocol != snapshot_->protocol()) {
      transaction.Stage(shape_->protocol);
    }
    if (snapshot_ == nullptr || shape_->metadata != snapshot_->metadata()) {
      transaction.Stage(shape_->metadata);
    }
    const int64_t now = NowMs();
    for (const int64_t file : replaced_.files) {
      transaction.Stage(RemovalOf(*snapshot_, file, now));
    }
    for (const AddFile& add : files_.files()) transaction.Stage(add);
    for (const AddCdcFile& change : files_.change_files()) transaction.Stage(change);
    transaction.scope() = replaced_.reads;
    try {
      CommitResult result = std::move(transaction).Commit(*operation_, commit, ways);
      if (!result.is_skipped) files_.Keep();
      return result;
    } catch (const CommitStateUnknown&) {
      files_.Keep();  // The commit may have been made, and needs them.
      throw;
    }
  }

  const TableAccess access_;
  std::shared_ptr<const Snapshot> snapshot_;  // Null for a new table.
  std::optional<TableShape> shape_;           // As the writes so far leave the table.
  NewFiles files_;
  std::vector<AddFile> copied_;  // Those of them with rows that were there before.
  WriterOptions writer_;
  std::vector<NumberedRows> numbered_;
  ReplacedRows replaced_;
  SaveMode mode_ = SaveMode::kAppend;
  std::optional<CommitOperation> operation_;
  WriteMetrics total_;
};

WriteTransaction::WriteTransaction(TableAccess access, std::shared_ptr<const Snapshot> snapshot)
    : impl_(std::make_unique<Impl>(std::move(access), std::move(snapshot))) {}

WriteTransaction::~WriteTransaction() = default;
WriteTransaction::WriteTransaction(WriteTransaction&&) noexcept = default;
WriteTransaction& WriteTransaction::operator=(WriteTransaction&&) noexcept = default;

WriteMetrics WriteTransaction::Write(const datafusion::DataFrame& rows,
                                     const WriteRequest& request) {
  if (impl_ == nullptr) Refuse("The transaction is at its end.");
  const WriteMetrics metrics = impl_->Write(rows, request);
  total_ = impl_->total();
  return metrics;
}

CommitResult WriteTransaction::Commit(const CommitProperties& commit,
                                      const PostCommitProperties& post_commit) {
  if (impl_ == nullptr) Refuse("The transaction is at its end.");
  const std::unique_ptr<Impl> ended = std::move(impl_);
  CommitResult result = ended->Commit(commit, post_commit);
  total_ = ended->total();
  return result;
}

}  // namespace deltaic::delta
