#include "delta/snapshot/segment_candidates.h"

#include <fmt/format.h>

#include "delta/log/log_error.h"
#include "delta/log/log_segment.h"

namespace deltaic::delta {
namespace {

// What a segment starts from. A log that is cleaned up has other candidates then.
struct Start {
  explicit Start(const LogSegment& segment) {
    if (segment.checkpoint) checkpoint = segment.checkpoint->id();
    if (!segment.commits.empty()) first_commit = segment.commits.front().version;
    for (const CommitFile& commit : segment.commits) {
      if (commit.first_version) compacted.push_back(commit.object.location);
    }
  }
  bool operator==(const Start&) const = default;

  std::string checkpoint;
  int64_t first_commit = -1;
  std::vector<std::string> compacted;
};

// How a warning calls `busy` files of a segment.
std::string NamesOf(const std::optional<Checkpoint>& checkpoint, const UnreadableFiles& busy) {
  if (!checkpoint || !busy.contains(checkpoint->id())) return "A file of compacted commits";
  const std::string name = fmt::format("The checkpoint of version {}", checkpoint->version);
  return busy.size() == 1 ? name : name + " or a file of compacted commits";
}

}  // namespace

SegmentCandidates::SegmentCandidates(const TableAccess& access, std::optional<int64_t> version,
                                     UnreadableFiles unreadable)
    : access_(access), version_(version), unreadable_(std::move(unreadable)) {}

LogSegment SegmentCandidates::Next() {
  if (next_) return *std::exchange(next_, std::nullopt);
  try {
    return Find();
  } catch (const Error& error) {
    const bool is_final =
        error.code() == ErrorCode::kCancelled || error.code() == ErrorCode::kVersionNotFound;
    if (!first_failure_ || is_final) throw;
    throw Error(*first_failure_);
  }
}

void SegmentCandidates::Fail(const Error& error, const LogSegment& candidate,
                             UnreadableFiles dispensable) {
  if (IsGone(error)) {
    if (++listings_ > kMaxListings) throw LogError(error);
    // It is no fault of the log if it was cleaned up meanwhile.
    next_ = Find();
    if (Start(*next_) != Start(candidate)) return;
    next_.reset();
  }
  const Error log_error = LogError(error);
  if (log_error.code() != ErrorCode::kCorruptLog || dispensable.empty()) throw Error(log_error);
  if (!first_failure_) first_failure_ = log_error;
  rejected_.push_back({NamesOf(candidate.checkpoint, dispensable), log_error.message()});
  unreadable_.merge(dispensable);
}

std::vector<std::string> SegmentCandidates::Warnings(const LogSegment& segment) const {
  const std::string used = segment.checkpoint
                               ? fmt::format("the checkpoint of version {} and later commits",
                                             segment.checkpoint->version)
                               : std::string("commits alone");
  std::vector<std::string> warnings;
  for (const Rejected& rejected : rejected_) {
    warnings.push_back(fmt::format("{} is passed over, and version {} is read from {} instead. {}",
                                   rejected.files, segment.version, used, rejected.message));
  }
  return warnings;
}

LogSegment SegmentCandidates::Find() {
  LogSegment segment = FindLogSegment(access_, version_, unreadable_);
  if (segment.version < least_version_) {
    segment = FindLogSegment(access_, least_version_, unreadable_);
  }
  least_version_ = segment.version;
  return segment;
}

}  // namespace deltaic::delta
