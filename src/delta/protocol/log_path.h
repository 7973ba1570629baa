#pragma once

// The only place that spells the path of a log file or reads that of a data file (PROTOCOL.md,
// "File Types", "Data Files"). Locations are relative to the table's root, as `ObjectStore` takes
// them. Pure functions; safe to call from any thread.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace deltaic::delta {

/// The folder of the log, without a slash.
inline constexpr std::string_view kLogFolder = "_delta_log";

/// Folders within that of the log.
inline constexpr std::string_view kSidecarFolder = "_delta_log/_sidecars";
inline constexpr std::string_view kStagedCommitFolder = "_delta_log/_staged_commits";

/// The hint where the newest checkpoint is.
inline constexpr std::string_view kLastCheckpointLocation = "_delta_log/_last_checkpoint";

enum class LogFileKind : uint8_t {
  kCommit,            ///< <version>.json
  kCheckpoint,        ///< <version>.checkpoint.parquet
  kCheckpointPart,    ///< <version>.checkpoint.<part>.<parts>.parquet
  kUuidCheckpoint,    ///< <version>.checkpoint.<uuid>.parquet or .json: of the V2 spec
  kCompactedCommits,  ///< <version>.<last version>.compacted.json
  kChecksum,          ///< <version>.crc
};

/// What the name of a log file says.
struct LogFileName {
  LogFileKind kind;
  int64_t version = 0;
  int32_t part = 0;          ///< Of a checkpoint part, from 1 on.
  int32_t num_parts = 0;     ///< Of a checkpoint part.
  int64_t last_version = 0;  ///< Of compacted commits.

  bool operator==(const LogFileName&) const = default;
};

/// Reads the name of a file in the log folder (without the folder); nothing for any other name.
std::optional<LogFileName> ParseLogFileName(std::string_view name);

std::string CommitLocation(int64_t version);
std::string ChecksumLocation(int64_t version);
std::string CheckpointLocation(int64_t version);
std::string CheckpointPartLocation(int64_t version, int32_t part, int32_t num_parts);
/// `uuid` is a UUID as text, also below.
std::string UuidCheckpointLocation(int64_t version, std::string_view uuid);
std::string CompactedCommitsLocation(int64_t first_version, int64_t last_version);

/// The name of a new sidecar, which is in `kSidecarFolder`.
std::string SidecarName(std::string_view uuid);

/// A text that sorts before the locations of all log files of `version` and newer ones, and after
/// those of older ones.
std::string LogListStart(int64_t version);

/// Where the sidecar is that a checkpoint names: a file name, or a path to one, always of a file
/// directly in the log's folder of sidecars. Throws `kCorruptLog` naming the path for any other.
std::string SidecarLocation(std::string_view path, std::string_view root_url);

/// Where a staged commit is, whose name or path is given: always a file directly in the log's
/// folder of staged commits. Throws `kInvalidArgument` naming the path for any other, and where the
/// file is not named as a staged commit of `version`.
std::string StagedCommitLocation(std::string_view path, int64_t version, std::string_view root_url);

/// Where a data file is.
struct DataLocation {
  /// Which of the roots it is below; nothing where it is below none.
  std::optional<size_t> root;
  /// Its location below that root; where there is none, its URI, decoded.
  std::string path;

  bool operator==(const DataLocation&) const = default;
};

/// Reads the path of an add action, decoding it once. `root_urls` are URLs with a trailing slash,
/// that of the table first; the first one that an absolute path is below counts.
///
/// Throws `kCorruptLog` naming the path where it is not a URI path, climbs out of a folder, names
/// no file, or is longer than 8192 bytes.
DataLocation ResolveDataPath(std::string_view path, std::span<const std::string> root_urls);

/// Writes the location of a file of the table as the path of an add action: the characters that a
/// URI path does not take are escaped. `ResolveDataPath` gives the location again.
std::string EncodeDataPath(std::string_view location);

/// What Hive's folders of partitions have in place of null.
inline constexpr std::string_view kHiveNull = "__HIVE_DEFAULT_PARTITION__";

/// The name of the folder that other tools expect for a value of a partition column ("p=1"), with
/// their escapes; nothing means null. It has no meaning ("Data Files").
std::string PartitionFolder(std::string_view column, const std::optional<std::string>& value);

/// The path of an add action as messages show it: in one line, without what may hold a credential.
std::string ShownDataPath(std::string_view path);

}  // namespace deltaic::delta
