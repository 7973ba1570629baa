#pragma once

// The segments by which a version may be read, one after the other: a checkpoint that cannot be
// read does no harm where older files lead to the version too. One thread at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/delta/log/table_access.h>

#include "delta/log/log_files.h"

namespace deltaic::delta {

/// Candidates for a version (nothing = the newest). None has `unreadable` files.
class SegmentCandidates {
 public:
  SegmentCandidates(const TableAccess& access, std::optional<int64_t> version,
                    UnreadableFiles unreadable);

  /// The next candidate, of no older version than those before. Throws the first error that a
  /// candidate met where there is none left.
  LogSegment Next();

  /// Takes the error that a candidate met, and the files in use that others can stand in for.
  /// Throws where there is nothing else to try.
  void Fail(const Error& error, const LogSegment& candidate, UnreadableFiles dispensable);

  /// What was wrong with the candidates before `segment`: a sentence each.
  std::vector<std::string> Warnings(const LogSegment& segment) const;

 private:
  struct Rejected {
    std::string files;
    std::string message;
  };

  LogSegment Find();

  const TableAccess& access_;
  const std::optional<int64_t> version_;
  UnreadableFiles unreadable_;
  std::optional<LogSegment> next_;
  std::optional<Error> first_failure_;
  std::vector<Rejected> rejected_;
  int64_t least_version_ = 0;
  int listings_ = 1;
};

/// Calls `read` with candidate segments until one can be read. It is called with the segment, with
/// the dispensable files that it is busy with, which it keeps up to date, and with what was wrong
/// with the candidates before.
template <typename Read>
auto ReadSomeSegment(const TableAccess& access, std::optional<int64_t> version,
                     UnreadableFiles unreadable, const Read& read) {
  SegmentCandidates candidates(access, version, std::move(unreadable));
  while (true) {
    const auto segment = std::make_shared<const LogSegment>(candidates.Next());
    UnreadableFiles busy_with;
    try {
      return read(segment, busy_with, candidates.Warnings(*segment));
    } catch (const Error& error) {
      candidates.Fail(error, *segment, std::move(busy_with));
    }
  }
}

}  // namespace deltaic::delta
