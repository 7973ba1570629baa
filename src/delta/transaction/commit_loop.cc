#include "delta/transaction/commit_loop.h"

#include <algorithm>
#include <exception>
#include <span>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <deltaic/base/error.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>
#include <deltaic/delta/transaction/commit_errors.h>

#include "base/text/excerpt.h"
#include "delta/log/log_segment.h"
#include "delta/protocol/table_properties.h"
#include "delta/transaction/in_commit_timestamps.h"

namespace deltaic::delta {
namespace {

using std::chrono::milliseconds;

constexpr int64_t kMaxLostRaces = 15;

// How often, and for how long, an attempt is repeated whose outcome is not known.
constexpr int kMaxDoubts = 5;
constexpr int64_t kMaxDoubtMs = 30'000;

CommitBase BaseOf(const Snapshot* read) {
  if (read == nullptr) return {};
  CommitBase base{.version = read->version(), .timestamp_ms = read->timestamp_ms()};
  const auto mark = read->domains().find(kRowTrackingDomain);
  if (mark != read->domains().end() && AssignsRowIds(read->protocol(), read->metadata())) {
    base.row_id_high_water_mark = ReadRowIdHighWaterMark(mark->second);
  }
  return base;
}

CommitConflict::Winner Named(const WinningCommit& winner) {
  return {.version = winner.version, .operation = winner.facts.operation};
}

// The answer to one of the two requests that describe an object may have the seconds only.
bool IsSameObject(const datafusion::ObjectMeta& a, const datafusion::ObjectMeta& b) {
  const bool has_seconds_only = a.last_modified_ms % 1000 == 0 || b.last_modified_ms % 1000 == 0;
  const int64_t unit = has_seconds_only ? 1000 : 1;
  return a.size == b.size && a.last_modified_ms / unit == b.last_modified_ms / unit;
}

}  // namespace

bool IsCommittedAlready(const std::map<std::string, SetTransaction>& transactions,
                        const CommitProperties& properties) {
  if (properties.if_committed == IfCommitted::kWrite) return false;
  size_t done = 0;
  std::string note;
  for (const SetTransaction& wanted : properties.app_transactions) {
    const auto found = transactions.find(wanted.app_id);
    if (found == transactions.end() || found->second.version < wanted.version) continue;
    ++done;
    note = fmt::format(
        "The application {} has committed its version {}; the table has its version "
        "{}.",
        Excerpt(wanted.app_id), wanted.version, found->second.version);
  }
  if (done == 0) return false;
  const bool is_all = done == properties.app_transactions.size();
  if (is_all && properties.if_committed == IfCommitted::kSkip) return true;
  if (!is_all) note += " Other applications of this commit have not.";
  throw Error(ErrorCode::kAlreadyExists, note);
}

CommitLoop::CommitLoop(const TableAccess& access, std::shared_ptr<const Snapshot> read,
                       const ReadScope& scope, const CommitContents& contents,
                       const CommitWays& ways)
    : access_(access),
      read_(std::move(read)),
      contents_(contents),
      ways_(ways),
      environment_(*ways.environment),
      text_(contents),
      catalog_(access.catalog()),
      base_(BaseOf(read_.get())) {
  if (!read_) return;
  checker_.emplace(*read_, scope, contents_.staged, contents_.isolation_level);
  transactions_ = read_->transactions();
}

CommitResult CommitLoop::Run() {
  if (IsCommittedAlready(transactions_, contents_.properties)) {
    return {.version = read_->version(), .snapshot = read_, .is_skipped = true};
  }
  CheckPlace();
  while (true) {
    const int64_t version = base_.version + 1;
    last_text_ = text_.Write(base_, environment_.NowMs());
    ++attempts_;
    if (TryCommit(version, last_text_)) return Finish(version, false);
    if (std::optional<CommitResult> result = Follow(version)) return *std::move(result);
  }
}

// A table may have vanished, or another one be in its place: a version that nobody has yet says
// nothing about that.
void CommitLoop::CheckPlace() const {
  if (!read_) {
    if (!HasDeltaLog(access_.store())) return;
    throw CommitConflict(ConflictKind::kTableCreated, "The table is there already.", std::nullopt,
                         attempts_);
  }
  const std::optional<CommitFile>& own = read_->segment().own_commit;
  if (access_.catalog() || !own) return;
  const std::optional<datafusion::ObjectMeta> object = access_.store().Head(own->object.location);
  if (object && IsSameObject(*object, own->object)) return;
  const std::shared_ptr<const Snapshot> latest = LoadLatestSnapshot(access_);
  if (latest->metadata().id == read_->metadata().id && latest->version() >= read_->version()) {
    return;  // The commit is cleaned up, or the table was copied.
  }
  throw CommitConflict(ConflictKind::kTableReplaced,
                       fmt::format("Since version {} was read, another table has come in the place "
                                   "of it.",
                                   read_->version()),
                       std::nullopt, attempts_);
}

// Whether the version is ours.
bool CommitLoop::TryCommit(int64_t version, std::string_view text) {
  const int64_t begin_ms = environment_.NowMs();
  std::optional<std::string> doubt;
  for (int doubts = 1;; ++doubts) {
    try {
      return access_.committer().TryCommit(access_.store(), version, text) ==
             CommitOutcome::kCommitted;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kCancelled) {
        throw CommitStateUnknown(error.code(), version, contents_.txn_id, error.message());
      }
      if (error.code() != ErrorCode::kIo && !doubt) throw;
      doubt = error.message();
    }
    if (doubts == kMaxDoubts || environment_.NowMs() - begin_ms > kMaxDoubtMs) {
      throw CommitStateUnknown(ErrorCode::kIo, version, contents_.txn_id, *doubt);
    }
    PauseInDoubt(version, BackOff(doubts));
  }
}

void CommitLoop::PauseInDoubt(int64_t version, milliseconds time) const {
  try {
    environment_.Pause(time);
  } catch (const Error& error) {
    throw CommitStateUnknown(error.code(), version, contents_.txn_id, error.message());
  }
}

milliseconds CommitLoop::BackOff(int64_t lost_races) const {
  return environment_.RandomTime(LongestBackOff(contents_.properties, lost_races));
}

// Finds out who won, and moves the base to the newest version. Returns a result where that ends the
// commit.
std::optional<CommitResult> CommitLoop::Follow(int64_t lost_version) {
  if (attempts_ == 1) first_loss_ms_ = environment_.NowMs();
  // Who has lost once is behind; who loses again is one of many.
  if (attempts_ > 1) environment_.Pause(BackOff(attempts_ - 1));
  if (access_.catalog()) {
    if (!ways_.ask_catalog) {
      throw CommitConflict(ConflictKind::kWinnersUnknown,
                           "The catalog that manages the table must tell which commits won.",
                           std::nullopt, attempts_);
    }
    catalog_ = ways_.ask_catalog();
  }
  const TableAccess access = access_.WithCatalog(catalog_);
  const NewerCommits newer = FindNewerCommits(access, base_.version, lost_version, attempts_);
  std::span<const CommitFile> files = newer.commits;
  while (!files.empty()) {
    const std::span<const CommitFile> read = files;
    const std::vector<WinningCommit> winners = ReadWinningCommits(access.store(), files, attempts_);
    for (size_t i = 0; i < winners.size(); ++i) {
      if (std::optional<CommitResult> result = Judge(winners[i], read[i])) return result;
    }
    if (files.empty()) CheckPatience(winners.back());
  }
  if (checker_ && checker_->must_be_made_anew()) throw RowsMarked{.version = base_.version};
  return std::nullopt;
}

// Throws where the transaction cannot follow the winner, and makes it the base.
std::optional<CommitResult> CommitLoop::Judge(const WinningCommit& winner, const CommitFile& file) {
  if (winner.facts.txn_id == contents_.txn_id) return Finish(winner.version, false);
  if (!read_) {
    throw CommitConflict(ConflictKind::kTableCreated, "Another writer has created the table.",
                         Named(winner), attempts_);
  }
  bool has_transactions = false;
  for (const Action& action : winner.actions) {
    if (const SetTransaction* transaction = std::get_if<SetTransaction>(&action)) {
      transactions_[transaction->app_id] = *transaction;
      has_transactions = true;
    }
  }
  if (has_transactions && IsCommittedAlready(transactions_, contents_.properties)) {
    return Finish(winner.version, true);
  }
  if (const auto conflict = checker_->Check(winner)) {
    throw CommitConflict(conflict->kind, conflict->what, Named(winner), attempts_);
  }
  base_.version = winner.version;
  const int64_t time = winner.in_commit_timestamp_ms.value_or(file.object.last_modified_ms);
  base_.timestamp_ms = std::max(base_.timestamp_ms, time);
  if (!AssignsRowIds(read_->protocol(), read_->metadata())) return std::nullopt;
  for (const Action& action : winner.actions) {
    const DomainMetadata* domain = std::get_if<DomainMetadata>(&action);
    if (domain != nullptr && domain->domain == kRowTrackingDomain && !domain->removed) {
      base_.row_id_high_water_mark =
          std::max(base_.row_id_high_water_mark, ReadRowIdHighWaterMark(*domain));
    }
  }
  return std::nullopt;
}

void CommitLoop::CheckPatience(const WinningCommit& last) const {
  const CommitProperties& properties = contents_.properties;
  const bool is_patient = contents_.is_blind_append && !properties.max_commit_retries;
  const bool goes_on =
      is_patient ? environment_.NowMs() - first_loss_ms_ <= properties.max_commit_time.count()
                 : attempts_ <= properties.max_commit_retries.value_or(kMaxLostRaces);
  if (goes_on) return;
  throw CommitConflict(ConflictKind::kTooManyRetries,
                       "Other writers were faster each time; none of them is in the way.",
                       Named(last), attempts_);
}

std::shared_ptr<const Snapshot> CommitLoop::LoadCommitted(int64_t version) const {
  CatalogCommitsPtr catalog = catalog_;
  if (catalog && catalog->max_version < version) {
    CatalogCommits with_own = *catalog;
    with_own.max_version = version;
    with_own.commits.push_back({.version = version, .content = last_text_});
    catalog = std::make_shared<const CatalogCommits>(std::move(with_own));
  }
  if (!read_) return LoadSnapshotAtVersion(access_.WithCatalog(catalog), version);
  return RefreshSnapshotTo(read_, std::move(catalog), version);
}

// Whatever fails from here on, the commit stands.
CommitResult CommitLoop::Finish(int64_t version, bool is_skipped) {
  CommitResult result{.version = version, .attempts = attempts_, .is_skipped = is_skipped};
  for (int tries = 1; !result.snapshot; ++tries) {
    try {
      result.snapshot = LoadCommitted(version);
    } catch (const std::exception& error) {
      if (tries == 1) continue;
      result.warnings.push_back(
          fmt::format("Version {} is committed, but cannot be read: {}", version, error.what()));
      return result;
    }
  }
  if (is_skipped) return result;
  if (result.snapshot->metadata().id != contents_.metadata().id) {
    result.warnings.push_back(
        fmt::format("Version {} is committed, but another table came in the place of the one that "
                    "was read, with the id {}",
                    version, Excerpt(result.snapshot->metadata().id)));
    return result;
  }
  for (const PostCommitStep& step : ways_.steps) {
    try {
      step(*result.snapshot, contents_.txn_id);
    } catch (const std::exception& error) {
      result.warnings.push_back(
          fmt::format("Version {} is committed. What follows failed: {}", version, error.what()));
    }
  }
  return result;
}

}  // namespace deltaic::delta
