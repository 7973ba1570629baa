#include "delta/actions/version_checksum.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include <fmt/format.h>
#include <simdjson.h>

#include <deltaic/base/error.h>

#include "delta/actions/action_json.h"

namespace deltaic::delta {
namespace {

namespace ondemand = simdjson::ondemand;

// Reads the members of one file; false, once, where one makes no sense.
class ChecksumReader {
 public:
  bool Read(ondemand::object& members) {
    for (auto member : members) {
      std::string_view name;
      ondemand::value value;
      bool is_null;
      if (member.unescaped_key().get(name) || member.value().get(value)) return false;
      if (value.is_null().get(is_null)) return false;
      if (!is_null && !ReadMember(name, value)) return false;
    }
    return has_size_ && has_files_ && ReadActions() && IsConsistent();
  }

  VersionChecksum checksum;

 private:
  bool ReadMember(std::string_view name, ondemand::value value) {
    if (name == "tableSizeBytes") {
      has_size_ = true;
      return ReadCount(value, checksum.table_size_bytes);
    }
    if (name == "numFiles") {
      has_files_ = true;
      return ReadCount(value, checksum.num_files);
    }
    if (name == "numMetadata" || name == "numProtocol") {
      int64_t count;
      return ReadCount(value, count) && count == 1;
    }
    if (name == "numDeletionVectorsOpt") {
      return ReadCount(value, checksum.num_deletion_vectors.emplace());
    }
    if (name == "numDeletedRecordsOpt") {
      return ReadCount(value, checksum.num_deleted_records.emplace());
    }
    if (name == "allFiles") {
      has_all_files_ = true;
      return AddActions("add", value);
    }
    if (name == "inCommitTimestampOpt") {
      return !value.get_int64().get(checksum.in_commit_timestamp.emplace());
    }
    if (name == "protocol") return AddAction("protocol", value);
    if (name == "metadata") return AddAction("metaData", value);
    if (name == "setTransactions") {
      checksum.transactions.emplace();
      return AddActions("txn", value);
    }
    if (name == "domainMetadata") {
      checksum.domains.emplace();
      return AddActions("domainMetadata", value);
    }
    if (name == "fileSizeHistogram" || name == "histogramOpt") {
      return ReadHistogram(value, checksum.file_sizes.emplace());
    }
    return true;
  }

  static bool ReadCount(ondemand::value value, int64_t& count) {
    return !value.get_int64().get(count) && count >= 0;
  }

  static bool ReadHistogram(ondemand::value value, FileSizeHistogram& histogram) {
    ondemand::object object;
    if (value.get_object().get(object)) return false;
    for (auto member : object) {
      std::string_view name;
      ondemand::value counts;
      if (member.unescaped_key().get(name) || member.value().get(counts)) return false;
      std::vector<int64_t>* bins = name == "sortedBinBoundaries" ? &histogram.boundaries
                                   : name == "fileCounts"        ? &histogram.file_counts
                                   : name == "totalBytes"        ? &histogram.total_bytes
                                                                 : nullptr;
      if (bins != nullptr && !ReadCounts(counts, *bins)) return false;
    }
    return true;
  }

  static bool ReadCounts(ondemand::value value, std::vector<int64_t>& counts) {
    ondemand::array array;
    counts.clear();
    if (value.get_array().get(array)) return false;
    for (auto element : array) {
      ondemand::value item;
      if (element.get(item) || !ReadCount(item, counts.emplace_back())) return false;
    }
    return true;
  }

  // Actions are collected as the lines that a commit would have.
  bool AddAction(std::string_view action, ondemand::value value) {
    ondemand::object object;
    std::string_view json;
    if (value.get_object().get(object) || object.raw_json().get(json)) return false;
    std::string line(json.substr(0, json.find_last_of('}') + 1));
    std::replace(line.begin(), line.end(), '\n', ' ');
    actions_ += fmt::format("{{\"{}\":{}}}\n", action, line);
    return true;
  }

  bool AddActions(std::string_view action, ondemand::value value) {
    ondemand::array array;
    if (value.get_array().get(array)) return false;
    for (auto element : array) {
      ondemand::value item;
      if (element.get(item) || !AddAction(action, item)) return false;
    }
    return true;
  }

  bool ReadActions() {
    CommitActions actions;
    try {
      actions = ParseCommitActions(actions_, {});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCorruptLog) throw;
      return false;
    }
    checksum.protocol = std::move(actions.protocol);
    checksum.metadata = std::move(actions.metadata);
    if (has_all_files_) checksum.files = std::move(actions.files);
    for (SetTransaction& transaction : actions.transactions) {
      const std::string key = transaction.app_id;
      if (!checksum.transactions->emplace(key, std::move(transaction)).second) return false;
    }
    for (DomainMetadata& domain : actions.domains) {
      const std::string key = domain.domain;
      if (domain.removed || !checksum.domains->emplace(key, std::move(domain)).second) return false;
    }
    return true;
  }

  static bool Sum(const std::vector<int64_t>& counts, int64_t& sum) {
    sum = 0;
    return std::all_of(counts.begin(), counts.end(),
                       [&](int64_t count) { return !__builtin_add_overflow(sum, count, &sum); });
  }

  bool IsConsistent() const {
    if (checksum.files && static_cast<int64_t>(checksum.files->num_rows()) != checksum.num_files) {
      return false;
    }
    if (!checksum.file_sizes) return true;
    const auto& [boundaries, file_counts, total_bytes] = *checksum.file_sizes;
    int64_t files, bytes;
    return !boundaries.empty() && boundaries.front() == 0 &&
           std::adjacent_find(boundaries.begin(), boundaries.end(), std::greater_equal<>()) ==
               boundaries.end() &&
           file_counts.size() == boundaries.size() && total_bytes.size() == boundaries.size() &&
           Sum(file_counts, files) && files == checksum.num_files && Sum(total_bytes, bytes) &&
           bytes == checksum.table_size_bytes;
  }

  bool has_size_ = false;
  bool has_files_ = false;
  bool has_all_files_ = false;
  std::string actions_;
};

}  // namespace

FileSizeHistogram FileSizeHistogram::EmptyLike() const {
  return {boundaries, std::vector<int64_t>(file_counts.size()),
          std::vector<int64_t>(total_bytes.size())};
}

void FileSizeHistogram::Add(int64_t size) {
  const auto after = std::upper_bound(boundaries.begin(), boundaries.end(), size);
  if (after == boundaries.begin()) return;
  const auto bin = static_cast<size_t>(std::distance(boundaries.begin(), after)) - 1;
  ++file_counts[bin];
  if (__builtin_add_overflow(total_bytes[bin], size, &total_bytes[bin])) {
    total_bytes[bin] = std::numeric_limits<int64_t>::max();
  }
}

std::optional<VersionChecksum> ParseVersionChecksum(std::string_view json) {
  const simdjson::padded_string padded(json);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object members;
  if (parser.iterate(padded).get(document) || document.get_object().get(members)) {
    return std::nullopt;
  }
  ChecksumReader reader;
  if (!reader.Read(members)) return std::nullopt;
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return std::nullopt;
  return std::move(reader.checksum);
}

}  // namespace deltaic::delta
