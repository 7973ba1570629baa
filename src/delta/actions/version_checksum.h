#pragma once

// The checksum of a version: what its state adds up to, in a file beside the log (PROTOCOL.md,
// "Version Checksum File"). Pure functions.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/delta/protocol/state_actions.h>

#include "delta/actions/file_columns.h"

namespace deltaic::delta {

/// How many files there are by their size: bin i is of sizes from `boundaries[i]` on.
struct FileSizeHistogram {
  std::vector<int64_t> boundaries;
  std::vector<int64_t> file_counts;
  std::vector<int64_t> total_bytes;

  /// A histogram of the same bins without files.
  FileSizeHistogram EmptyLike() const;
  void Add(int64_t size);

  bool operator==(const FileSizeHistogram&) const = default;
};

/// What is nothing is not said.
struct VersionChecksum {
  int64_t table_size_bytes = 0;
  int64_t num_files = 0;
  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  std::optional<int64_t> in_commit_timestamp;
  std::optional<std::map<std::string, SetTransaction>> transactions;
  std::optional<std::map<std::string, DomainMetadata>> domains;
  std::optional<FileSizeHistogram> file_sizes;
  std::optional<int64_t> num_deletion_vectors;
  std::optional<int64_t> num_deleted_records;
  /// All live files; null = not said.
  std::shared_ptr<const AddedFiles> files;
};

/// Reads the file's JSON; nothing where it is not what it should be, or contradicts itself. Older
/// files, which lack members that are required today, are read.
std::optional<VersionChecksum> ParseVersionChecksum(std::string_view json);

}  // namespace deltaic::delta
