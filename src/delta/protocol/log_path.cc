#include "delta/protocol/log_path.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include <deltaic/base/error.h>

#include "base/text/ascii.h"

namespace deltaic::delta {
namespace {

constexpr size_t kVersionDigits = 20;
constexpr size_t kPartDigits = 10;
constexpr size_t kUuidLength = 36;
// Stores and file systems know at most half of it.
constexpr size_t kMaxPathBytes = 8192;
constexpr std::string_view kLocalStore = "file://";

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void AppendEscaped(char c, std::string& out) {
  fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Takes a number of exactly so many digits that fits into `Number`.
template <typename Number>
std::optional<Number> TakeNumber(std::string_view& text, size_t digits) {
  if (text.size() < digits || !std::all_of(text.begin(), text.begin() + digits, IsDigit)) {
    return std::nullopt;
  }
  Number number;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

bool TakeUuid(std::string_view& text) {
  if (text.size() < kUuidLength) return false;
  for (size_t i = 0; i < kUuidLength; ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : HexValue(text[i]) < 0) return false;
  }
  text.remove_prefix(kUuidLength);
  return true;
}

// What follows "<version>.checkpoint.".
std::optional<LogFileName> ParseCheckpointName(std::string_view rest, int64_t version) {
  if (rest == "parquet") return LogFileName{LogFileKind::kCheckpoint, version};
  std::string_view parts = rest;
  const auto part = TakeNumber<int32_t>(parts, kPartDigits);
  if (part && TakePrefix(parts, ".")) {
    const auto num_parts = TakeNumber<int32_t>(parts, kPartDigits);
    if (num_parts && parts == ".parquet" && *part >= 1 && *part <= *num_parts) {
      return LogFileName{LogFileKind::kCheckpointPart, version, *part, *num_parts};
    }
  }
  if (TakeUuid(rest) && (rest == ".parquet" || rest == ".json")) {
    return LogFileName{LogFileKind::kUuidCheckpoint, version};
  }
  return std::nullopt;
}

}  // namespace

std::string ShownDataPath(std::string_view path) {
  std::string shown;
  const size_t scheme = path.find("://");
  if (scheme != std::string_view::npos) {
    path = path.substr(0, path.find('?'));
    const size_t slash = std::min(path.find('/', scheme + 3), path.size());
    const size_t at = path.substr(0, slash).rfind('@');
    if (at != std::string_view::npos && at > scheme) {
      shown = path.substr(0, scheme + 3);
      path.remove_prefix(at + 1);
    }
  }
  for (const char c : path.substr(0, 1024)) {
    if (static_cast<unsigned char>(c) < ' ') {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      shown += c;
    }
  }
  return shown;
}

namespace {

// Reads paths of add actions; keeps the one that messages name.
class DataPath {
 public:
  explicit DataPath(std::string_view path) : path_(path) {}

  DataLocation Resolve(std::span<const std::string> root_urls) const {
    if (path_.empty()) Fail("is empty");
    if (path_.find('\0') != std::string_view::npos) Fail("has a NUL");
    const std::optional<size_t> scheme = SchemeLength(path_);
    if (!scheme && path_[0] != '/') return {0, Join(Segments(path_))};

    Absolute file;
    if (scheme) {
      file = Split(path_);
    } else {
      file = {SplitRoot(root_urls.front()).store, Segments(path_)};
    }
    for (size_t i = 0; i < root_urls.size(); ++i) {
      const Absolute root = SplitRoot(root_urls[i]);
      if (!file.IsBelow(root)) continue;
      file.segments.erase(file.segments.begin(), file.segments.begin() + root.segments.size());
      return {i, Join(file.segments)};
    }
    return {std::nullopt,
            (file.store == kLocalStore ? "" : file.store) + "/" + Join(file.segments)};
  }

 private:
  struct Absolute {
    std::string store;  // Scheme and authority.
    std::vector<std::string> segments;

    bool IsBelow(const Absolute& root) const {
      return store == root.store && segments.size() > root.segments.size() &&
             std::equal(root.segments.begin(), root.segments.end(), segments.begin());
    }
  };

  [[noreturn]] void Fail(std::string_view what) const {
    throw Error(ErrorCode::kCorruptLog, fmt::format("The path of a data file in the log {}: {}",
                                                    what, ShownDataPath(path_)));
  }

  // The length of "s3:" in "s3://bucket/x"; names may hold colons, so a slash must follow.
  static std::optional<size_t> SchemeLength(std::string_view uri) {
    size_t length = 0;
    while (length < uri.size() &&
           (IsLetter(uri[length]) || (length > 0 && (IsDigit(uri[length]) || uri[length] == '+' ||
                                                     uri[length] == '-' || uri[length] == '.')))) {
      ++length;
    }
    if (length == 0 || uri.substr(length, 2) != ":/") return std::nullopt;
    return length + 1;
  }

  Absolute SplitRoot(std::string_view url) const { return Split(url.substr(0, url.size() - 1)); }

  Absolute Split(std::string_view uri) const {
    const size_t scheme_length = SchemeLength(uri).value_or(0);
    std::string scheme = ToLower(uri.substr(0, scheme_length));
    if (scheme == "s3a:" || scheme == "s3n:") scheme = "s3:";
    uri.remove_prefix(scheme_length);
    std::string_view authority;
    if (TakePrefix(uri, "//")) {
      authority = uri.substr(0, uri.find('/'));
      uri.remove_prefix(authority.size());
    }
    if (scheme == "file:" && authority == "localhost") authority = {};
    return {scheme + "//" + std::string(authority), Segments(uri)};
  }

  // The decoded names between the slashes, without those that mean the same folder.
  std::vector<std::string> Segments(std::string_view encoded) const {
    const std::string decoded = Decode(encoded);
    if (decoded.ends_with('/')) Fail("names no file");
    std::vector<std::string> segments;
    size_t begin = 0;
    while (begin < decoded.size()) {
      const size_t end = std::min(decoded.find('/', begin), decoded.size());
      std::string segment = decoded.substr(begin, end - begin);
      if (Climbs(segment)) Fail("leaves the table's folder");
      if (!segment.empty() && segment != ".") segments.push_back(std::move(segment));
      begin = end + 1;
    }
    return segments;
  }

  // Backslashes separate nothing here; but what would climb if they did is no honest name.
  static bool Climbs(std::string_view segment) {
    while (true) {
      const std::string_view part = segment.substr(0, segment.find('\\'));
      if (part == "..") return true;
      if (part.size() == segment.size()) return false;
      segment.remove_prefix(part.size() + 1);
    }
  }

  std::string Decode(std::string_view encoded) const {
    std::string decoded;
    decoded.reserve(encoded.size());
    for (size_t i = 0; i < encoded.size(); ++i) {
      char c = encoded[i];
      if (c == '%') {
        const int high = i + 2 < encoded.size() ? HexValue(encoded[i + 1]) : -1;
        const int low = high >= 0 ? HexValue(encoded[i + 2]) : -1;
        if (low < 0) Fail("has a malformed escape");
        c = static_cast<char>(high * 16 + low);
        i += 2;
      }
      // A store takes none of them in a name.
      if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') Fail("has a control character");
      decoded += c;
    }
    if (decoded.size() > kMaxPathBytes) Fail("is longer than any store has");
    if (!simdjson::validate_utf8(decoded)) Fail("is not UTF-8");
    return decoded;
  }

  std::string Join(const std::vector<std::string>& segments) const {
    if (segments.empty()) Fail("names no file");
    std::string location;
    for (const std::string& segment : segments) {
      if (!location.empty()) location += '/';
      location += segment;
    }
    return location;
  }

  const std::string_view path_;
};

// The location of a file directly in `folder`, given by its name or by a path from the table on;
// nothing where the path leads elsewhere.
std::optional<std::string> FileIn(std::string_view folder, std::string_view path,
                                  std::string_view root_url) {
  const std::string root(root_url);
  std::string location;
  try {
    DataLocation found = ResolveDataPath(path, {&root, 1});
    if (!found.root) return std::nullopt;
    location = std::move(found.path);
  } catch (const Error&) {
    return std::nullopt;
  }
  if (path.find('/') == std::string_view::npos) location = fmt::format("{}/{}", folder, location);
  std::string_view name = location;
  if (!TakePrefix(name, folder) || !TakePrefix(name, "/")) return std::nullopt;
  if (name.empty() || name.find('/') != std::string_view::npos) return std::nullopt;
  return location;
}

}  // namespace

std::optional<LogFileName> ParseLogFileName(std::string_view name) {
  const auto version = TakeNumber<int64_t>(name, kVersionDigits);
  if (!version || !TakePrefix(name, ".")) return std::nullopt;
  if (name == "json") return LogFileName{LogFileKind::kCommit, *version};
  if (name == "crc") return LogFileName{LogFileKind::kChecksum, *version};
  if (TakePrefix(name, "checkpoint.")) return ParseCheckpointName(name, *version);
  const auto last_version = TakeNumber<int64_t>(name, kVersionDigits);
  if (last_version && *last_version > *version && name == ".compacted.json") {
    return LogFileName{LogFileKind::kCompactedCommits, *version, 0, 0, *last_version};
  }
  return std::nullopt;
}

std::string CommitLocation(int64_t version) {
  return fmt::format("{}/{:020}.json", kLogFolder, version);
}

std::string ChecksumLocation(int64_t version) {
  return fmt::format("{}/{:020}.crc", kLogFolder, version);
}

std::string CheckpointLocation(int64_t version) {
  return fmt::format("{}/{:020}.checkpoint.parquet", kLogFolder, version);
}

std::string CheckpointPartLocation(int64_t version, int32_t part, int32_t num_parts) {
  return fmt::format("{}/{:020}.checkpoint.{:010}.{:010}.parquet", kLogFolder, version, part,
                     num_parts);
}

std::string UuidCheckpointLocation(int64_t version, std::string_view uuid) {
  return fmt::format("{}/{:020}.checkpoint.{}.parquet", kLogFolder, version, uuid);
}

std::string CompactedCommitsLocation(int64_t first_version, int64_t last_version) {
  return fmt::format("{}/{:020}.{:020}.compacted.json", kLogFolder, first_version, last_version);
}

std::string SidecarName(std::string_view uuid) { return fmt::format("{}.parquet", uuid); }

std::string LogListStart(int64_t version) { return fmt::format("{}/{:020}", kLogFolder, version); }

std::string SidecarLocation(std::string_view path, std::string_view root_url) {
  const std::optional<std::string> location = FileIn(kSidecarFolder, path, root_url);
  if (location) return *location;
  throw Error(ErrorCode::kCorruptLog,
              fmt::format("The path of a sidecar leads out of its folder {}: {}", kSidecarFolder,
                          ShownDataPath(path)));
}

std::string StagedCommitLocation(std::string_view path, int64_t version,
                                 std::string_view root_url) {
  const std::optional<std::string> location = FileIn(kStagedCommitFolder, path, root_url);
  if (location) {
    std::string_view name = std::string_view(*location).substr(kStagedCommitFolder.size() + 1);
    if (TakeNumber<int64_t>(name, kVersionDigits) == version && TakePrefix(name, ".") &&
        TakeUuid(name) && name == ".json") {
      return *location;
    }
  }
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("The path of a commit of a catalog is not that of a staged commit of its "
                          "version {}: {}",
                          version, ShownDataPath(path)));
}

DataLocation ResolveDataPath(std::string_view path, std::span<const std::string> root_urls) {
  return DataPath(path).Resolve(root_urls);
}

std::string EncodeDataPath(std::string_view location) {
  // RFC 3986, "Path"; a colon in the first name would end a scheme.
  constexpr std::string_view kAllowed = "-._~!$&'()*+,;=@/";
  std::string path;
  path.reserve(location.size());
  for (const char c : location) {
    if (IsLetter(c) || IsDigit(c) || kAllowed.find(c) != std::string_view::npos) {
      path += c;
    } else {
      AppendEscaped(c, path);
    }
  }
  return path;
}

std::string PartitionFolder(std::string_view column, const std::optional<std::string>& value) {
  std::string folder;
  const auto append = [&folder](std::string_view text) {
    constexpr std::string_view kEscaped = "\"#%'*/:=?\\{[]^\x7f";
    for (const char c : text) {
      const bool is_control = static_cast<unsigned char>(c) < ' ';
      if (is_control || kEscaped.find(c) != std::string_view::npos) {
        AppendEscaped(c, folder);
      } else {
        folder += c;
      }
    }
  };
  append(column);
  folder += '=';
  if (value && !value->empty()) {
    append(*value);
  } else {
    folder += kHiveNull;
  }
  return folder;
}

}  // namespace deltaic::delta
