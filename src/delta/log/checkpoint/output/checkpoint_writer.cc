#include "delta/log/checkpoint/output/checkpoint_writer.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/parallel_for.h"
#include "base/text/ascii.h"
#include "base/uuid.h"
#include "delta/log/checkpoint/checkpoint_reader.h"
#include "delta/log/checkpoint/last_checkpoint.h"
#include "delta/log/checkpoint/output/action_rows.h"
#include "delta/log/checkpoint/output/base_rows.h"
#include "delta/log/checkpoint/output/checkpoint_file.h"
#include "delta/log/checkpoint/output/checkpoint_form.h"
#include "delta/log/checkpoint/output/file_key_set.h"
#include "delta/log/checkpoint/output/row_pipeline.h"
#include "delta/log/checkpoint/output/sidecar_files.h"
#include "delta/log/commit_replay.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/table_feature.h"
#include "delta/protocol/table_properties.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;

void CheckIsPublished(const LogSegment& segment) {
  if (IsPublished(segment)) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("A version that is not published in the log has no checkpoint: {}",
                          segment.version));
}

bool HasCheckpoint(const ObjectStore& store, int64_t version) {
  const LogFiles files(store.List(kLogFolder, LogListStart(version)));
  return std::ranges::any_of(files.checkpoints(), [version](const Checkpoint& checkpoint) {
    return checkpoint.version == version;
  });
}

// The codec that the table wants; ours where it wants none or one that we do not write. In a small
// file the memory that zstd clears for each column costs more than all else.
std::string Compression(const TableProperties& properties, int64_t log_size) {
  constexpr int64_t kSmall = int64_t{1} << 20;
  const std::string ours = log_size < kSmall ? "snappy" : "zstd";
  const std::string name = ToLower(properties.parquet_compression().value_or(ours));
  if (name == "none") return "uncompressed";
  for (const char* known : {"uncompressed", "snappy", "gzip", "lz4_raw", "zstd"}) {
    if (name == known) return name;
  }
  return ours;
}

// The time before which things have expired.
int64_t TimeBefore(int64_t now_ms, std::chrono::milliseconds span) {
  int64_t time;
  if (__builtin_sub_overflow(now_ms, int64_t{span.count()}, &time)) {
    return std::numeric_limits<int64_t>::min();
  }
  return time;
}

// Makes the rows of a checkpoint from what leads to its version.
class CheckpointSource {
 public:
  CheckpointSource(const ObjectStore& store, const LogSegment& segment, const TableState& state,
                   int64_t now_ms)
      : store_(store),
        segment_(segment),
        protocol_(state.protocol->action),
        metadata_(state.metadata->action),
        form_(StatisticsForms::Of(protocol_, metadata_)) {
    const TableProperties properties(metadata_);
    oldest_removal_ms_ = TimeBefore(now_ms, properties.deleted_file_retention());
    ChooseState(state, properties, now_ms);
    form_.Learn(protocol_);
    form_.Learn(metadata_);
    OpenBase();
  }

  const CheckpointForm& form() const { return form_; }

  // Hands over the file actions. False where members turned up for which there are no columns yet:
  // the form has them then, and all that was handed over is to be made again.
  bool TakeFiles(const RowTaker& take) {
    RowPipeline rows(take);
    FileKeySet seen;
    has_new_columns_ = false;
    num_adds_ = 0;
    ReplayCommits(
        store_, commits_, [&](std::vector<ActionPiece>& pieces) { AddActions(pieces, seen, rows); },
        [&](const std::function<void()>& read) { rows.MakeMore(read); });
    if (has_new_columns_) return false;
    for (const BaseRows& base : base_) {
      num_adds_ += base.AddAdds(form_, seen, rows);
      base.AddRemoves(seen, oldest_removal_ms_, rows);
    }
    rows.Finish();
    return true;
  }

  int64_t num_adds() const { return num_adds_; }

  // Bytes of the files that the rows are made from.
  int64_t log_size() const {
    int64_t size = 0;
    for (const CommitFile& commit : commits_) size += commit.object.size;
    for (const datafusion::ObjectMeta& file : base_files_) size += file.size;
    return size;
  }

  void WriteState(CheckpointFile& file) const {
    file.Write(ProtocolRow(protocol_, form_));
    file.Write(MetadataRow(metadata_, form_));
    if (!transactions_.empty()) file.Write(TransactionRows(transactions_, form_));
    if (!domains_.empty()) file.Write(DomainRows(domains_, form_));
  }

 private:
  void ChooseState(const TableState& state, const TableProperties& properties, int64_t now_ms) {
    const auto retention = properties.transaction_retention();
    for (const auto& [app_id, transaction] : state.transactions) {
      const bool has_expired = retention && transaction.last_updated &&
                               *transaction.last_updated <= TimeBefore(now_ms, *retention);
      if (has_expired) continue;
      form_.Learn(transaction);
      transactions_.push_back(&transaction);
    }
    for (const auto& [name, domain] : state.domains) {
      form_.Learn(domain);
      domains_.push_back(&domain);
    }
  }

  void OpenBase() {
    commits_ = segment_.commits;
    if (!segment_.checkpoint) return;
    const CheckpointManifest manifest = ReadCheckpointManifest(store_, *segment_.checkpoint);
    if (IsJsonCheckpoint(*segment_.checkpoint)) {
      commits_.insert(commits_.begin(),
                      {segment_.checkpoint->version, segment_.checkpoint->parts.front()});
    }
    base_files_ = manifest.file_parts;
    for (const datafusion::ObjectMeta& file : base_files_) {
      base_.emplace_back(store_, file).TeachColumns(form_);
    }
  }

  // The newest actions of their keys, of one piece of a commit.
  struct NewActions {
    std::vector<AddFile> adds;
    std::vector<RemoveFile> removes;
  };

  NewActions Choose(ActionPiece& actions, FileKeySet& seen) {
    NewActions chosen;
    for (Action& action : actions) {
      if (AddFile* add = std::get_if<AddFile>(&action)) {
        if (!seen.Insert(add->path, DeletionVectorIdOf(add->deletion_vector))) continue;
        has_new_columns_ |= form_.Learn(*add);
        chosen.adds.push_back(std::move(*add));
      } else if (RemoveFile* remove = std::get_if<RemoveFile>(&action)) {
        if (!seen.Insert(remove->path, DeletionVectorIdOf(remove->deletion_vector))) continue;
        if (remove->deletion_timestamp.value_or(0) <= oldest_removal_ms_) continue;
        has_new_columns_ |= form_.Learn(*remove);
        chosen.removes.push_back(std::move(*remove));
      }
    }
    return chosen;
  }

  void AddActions(std::vector<ActionPiece>& pieces, FileKeySet& seen, RowPipeline& rows) {
    std::vector<NewActions> chosen;
    for (ActionPiece& piece : pieces) chosen.push_back(Choose(piece, seen));
    if (has_new_columns_) return;
    rows.MakeMore([&] {
      std::vector<std::vector<RecordBatch>> batches(chosen.size());
      ParallelFor(chosen.size(), [&](size_t i) {
        const auto& [adds, removes] = chosen[i];
        if (!adds.empty()) batches[i].push_back(AddRows(adds, form_));
        if (!removes.empty()) batches[i].push_back(RemoveRows(removes, form_));
      });
      for (const std::vector<RecordBatch>& of_piece : batches) {
        for (const RecordBatch& batch : of_piece) rows.Add(batch, std::nullopt);
      }
    });
    for (const NewActions& of_piece : chosen) {
      num_adds_ += static_cast<int64_t>(of_piece.adds.size());
    }
  }

  const ObjectStore& store_;
  const LogSegment& segment_;
  const Protocol& protocol_;
  const Metadata& metadata_;
  CheckpointForm form_;
  int64_t oldest_removal_ms_ = 0;
  std::vector<const SetTransaction*> transactions_;
  std::vector<const DomainMetadata*> domains_;
  std::vector<CommitFile> commits_;
  std::vector<datafusion::ObjectMeta> base_files_;
  std::vector<BaseRows> base_;
  bool has_new_columns_ = false;
  int64_t num_adds_ = 0;
};

std::vector<StructField> AllColumns(const CheckpointForm& form, bool is_v2) {
  std::vector<StructField> columns = form.StateColumns(is_v2);
  for (StructField& column : form.FileColumns()) columns.push_back(std::move(column));
  return columns;
}

WrittenCheckpoint WriteClassic(const ObjectStore& store, int64_t version,
                               const std::string& compression, CheckpointSource& source) {
  std::optional<CheckpointFile> file;
  const auto write = [&] {
    file.emplace(store, CheckpointLocation(version), AllColumns(source.form(), false), compression);
    source.WriteState(*file);
    return source.TakeFiles(
        [&](const RecordBatch& batch, const auto& rows) { file->Write(batch, rows); });
  };
  while (!write()) {
  }
  const std::optional<int64_t> size = file->Finish();
  if (!size) return {};
  return {true, {file->location()}, file->num_rows(), source.num_adds(), *size};
}

WrittenCheckpoint WriteV2(const ObjectStore& store, int64_t version, const std::string& compression,
                          int64_t now_ms, CheckpointSource& source) {
  std::optional<SidecarFiles> sidecars;
  const auto write = [&] {
    sidecars.emplace(store, source.form().FileColumns(), compression);
    return source.TakeFiles(
        [&](const RecordBatch& batch, const auto& rows) { sidecars->Write(batch, rows); });
  };
  while (!write()) {
  }
  const std::vector<Sidecar> files = sidecars->Finish(now_ms);
  // Spark looks for the columns of files here too, where there are none.
  CheckpointFile file(store, UuidCheckpointLocation(version, NewUuid()),
                      AllColumns(source.form(), true), compression);
  file.Write(CheckpointMetadataRow(version));
  source.WriteState(file);
  if (!files.empty()) file.Write(SidecarRows(files));
  const std::optional<int64_t> size = file.Finish();
  if (!size) return {};
  WrittenCheckpoint written{
      true, {file.location()}, file.num_rows() + sidecars->num_rows(), source.num_adds(), *size};
  for (const Sidecar& sidecar : files) {
    written.locations.push_back(fmt::format("{}/{}", kSidecarFolder, sidecar.path));
    written.size_in_bytes += sidecar.size;
  }
  return written;
}

}  // namespace

bool IsPublished(const LogSegment& segment) {
  const auto is_published = [](const CommitFile& commit) {
    return commit.first_version || commit.object.location == CommitLocation(commit.version);
  };
  return segment.own_commit && is_published(*segment.own_commit) &&
         std::ranges::all_of(segment.commits, is_published);
}

WrittenCheckpoint WriteCheckpoint(const TableAccess& access, const LogSegment& segment,
                                  const TableState& state, int64_t now_ms) {
  if (!state.protocol || !state.metadata) {
    throw Error(ErrorCode::kInternal, "A checkpoint lacks the protocol or the metadata.");
  }
  const Protocol& protocol = state.protocol->action;
  CheckIsPublished(segment);
  const ObjectStore& store = access.store();
  const int64_t version = segment.version;
  if (HasCheckpoint(store, version)) return {};

  CheckpointSource source(store, segment, state, now_ms);
  const TableProperties properties(state.metadata->action);
  const std::string compression = Compression(properties, source.log_size());
  const bool is_v2 = properties.checkpoint_policy() == CheckpointPolicy::kV2 &&
                     IsListedForWriters(protocol, "v2Checkpoint");
  const WrittenCheckpoint written = is_v2 ? WriteV2(store, version, compression, now_ms, source)
                                          : WriteClassic(store, version, compression, source);
  if (!written.is_new) return {};
  std::string file_name;
  if (is_v2) file_name = written.locations.front().substr(kLogFolder.size() + 1);
  WriteLastCheckpoint(store, {version, written.num_actions, written.size_in_bytes, written.num_adds,
                              std::move(file_name)});
  return written;
}

}  // namespace deltaic::delta
