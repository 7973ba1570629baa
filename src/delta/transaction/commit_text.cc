#include "delta/transaction/commit_text.h"

#include <optional>
#include <utility>
#include <vector>

#include <simdjson.h>

#include <deltaic/base/error.h>

#include "delta/actions/action_text.h"
#include "delta/protocol/row_tracking.h"
#include "delta/transaction/in_commit_timestamps.h"

namespace deltaic::delta {
namespace {

template <typename Actions>
void AppendLines(const Actions& actions, std::string& lines) {
  for (const auto& action : actions) AppendActionLine(action, lines);
}

// Whether rows kept their ids; nothing where the table has none.
std::optional<bool> RowIdsPreserved(const CommitContents& contents) {
  if (!EnabledRowTracking(contents.protocol(), contents.metadata())) return std::nullopt;
  const StagedActions& staged = contents.staged;
  bool is_rewrite = false;
  for (const RemoveFile& remove : staged.removed()) {
    // A file that only gets another deletion vector keeps its rows' ids.
    is_rewrite |= !staged.changes().at(remove.path).added && !staged.added().empty();
  }
  return contents.operation.keeps_row_ids.value_or(!is_rewrite);
}

}  // namespace

CommitText::CommitText(const CommitContents& contents)
    : contents_(contents),
      has_timestamps_(HasInCommitTimestamps({contents.protocol(), contents.metadata()})),
      turns_timestamps_on_(
          has_timestamps_ && contents.read != nullptr &&
          !HasInCommitTimestamps({contents.read->protocol(), contents.read->metadata()})),
      assigns_row_ids_(AssignsRowIds(contents.protocol(), contents.metadata())) {
  const StagedActions& staged = contents.staged;
  if (staged.protocol()) AppendActionLine(*staged.protocol(), fixed_lines_);
  for (const auto& [id, transaction] : staged.transactions()) {
    AppendActionLine(transaction, fixed_lines_);
  }
  for (const auto& [name, domain] : staged.domains()) AppendActionLine(domain, fixed_lines_);
  AppendLines(staged.removed(), fixed_lines_);
  AppendLines(staged.change_files(), fixed_lines_);
  if (!assigns_row_ids_) AppendLines(staged.added(), fixed_lines_);
}

std::string CommitText::Write(const CommitBase& base, int64_t now_ms) const {
  const int64_t version = base.version + 1;
  CommitProvenance provenance{.timestamp_ms = now_ms,
                              .operation = contents_.operation,
                              .isolation_level = contents_.isolation_level,
                              .is_blind_append = contents_.is_blind_append,
                              .txn_id = contents_.txn_id,
                              .row_ids_preserved = RowIdsPreserved(contents_),
                              .custom_metadata = contents_.properties.custom_metadata};
  if (contents_.read != nullptr) provenance.read_version = contents_.read->version();
  if (has_timestamps_) {
    const int64_t time =
        base.version < 0 ? now_ms : NextInCommitTimestamp(now_ms, base.timestamp_ms);
    provenance.timestamp_ms = time;
    provenance.in_commit_timestamp_ms = time;
  }
  std::string lines;
  AppendActionLine(MakeCommitInfo(provenance), lines);
  if (contents_.staged.metadata() || turns_timestamps_on_) {
    Metadata metadata = contents_.metadata();
    if (turns_timestamps_on_) {
      NoteFirstInCommitTimestamp(contents_.protocol(), version, provenance.timestamp_ms, metadata);
    } else if (has_timestamps_ && contents_.read != nullptr) {
      KeepFirstInCommitTimestamp(contents_.read->metadata(), metadata);
    }
    AppendActionLine(metadata, lines);
  }
  lines += fixed_lines_;
  if (assigns_row_ids_) {
    std::vector<AddFile> added = contents_.staged.added();
    const int64_t mark = AssignRowIds(base.row_id_high_water_mark, version, added);
    if (mark != base.row_id_high_water_mark) AppendActionLine(RowIdHighWaterMark(mark), lines);
    AppendLines(added, lines);
  }
  if (!simdjson::validate_utf8(lines)) {
    throw Error(ErrorCode::kInvalidArgument,
                "A text of the commit is not UTF-8: a path, a name, a property or a statistic.");
  }
  return lines;
}

}  // namespace deltaic::delta
