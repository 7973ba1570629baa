#include <deltaic/delta/snapshot/checksum_report.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>

#include "delta/log/checksum_reader.h"
#include "delta/log/commit_timestamp.h"
#include "delta/protocol/table_properties.h"
#include "delta/snapshot/active_file_columns.h"

namespace deltaic::delta {
namespace {

std::set<std::string> Names(const std::optional<std::vector<std::string>>& names) {
  if (!names) return {};
  return {names->begin(), names->end()};
}

bool IsSame(const Protocol& a, const Protocol& b) {
  return a.min_reader_version == b.min_reader_version &&
         a.min_writer_version == b.min_writer_version &&
         Names(a.reader_features) == Names(b.reader_features) &&
         Names(a.writer_features) == Names(b.writer_features);
}

struct Deletions {
  int64_t vectors = 0;
  int64_t records = 0;  // As many as there can be, where the sum is greater.
};

Deletions CountDeletions(const ActiveFileColumns& files) {
  Deletions count;
  for (const ActiveFileColumns::Batch& batch : files.batches()) {
    const DeletionVectorColumn& vectors = batch.files().deletion_vectors;
    if (vectors.empty()) continue;
    for (size_t i = 0; i < batch.live.size(); ++i) {
      const std::optional<int64_t> records = vectors.cardinality(batch.live.row(i));
      if (!records) continue;
      ++count.vectors;
      if (__builtin_add_overflow(count.records, *records, &count.records)) {
        count.records = std::numeric_limits<int64_t>::max();
      }
    }
  }
  return count;
}

// Whether both have the same logical files of the same sizes.
bool HasFiles(const AddedFiles& said, const ActiveFileColumns& found) {
  if (static_cast<int64_t>(said.num_rows()) != found.size()) return false;
  std::map<FileKey, int64_t> sizes;
  for (size_t row = 0; row < said.num_rows(); ++row) {
    sizes.emplace(said.key(row), said.sizes[row]);
  }
  for (const ActiveFileColumns::Batch& batch : found.batches()) {
    for (size_t i = 0; i < batch.live.size(); ++i) {
      const uint32_t row = batch.live.row(i);
      const auto place = sizes.find(batch.files().key(row));
      if (place == sizes.end() || place->second != batch.files().sizes[row]) return false;
      sizes.erase(place);
    }
  }
  return sizes.empty();
}

}  // namespace

ChecksumReport VerifyChecksum(const Snapshot& snapshot) {
  const ChecksumFile file = ReadVersionChecksum(snapshot.store(), snapshot.version());
  if (!file.is_there) return {ChecksumReport::State::kAbsent};
  if (!file.checksum) return {ChecksumReport::State::kUnreadable};
  const VersionChecksum& checksum = *file.checksum;
  const ActiveFiles& files = snapshot.files();
  ChecksumReport report{ChecksumReport::State::kMatches};
  const auto compare = [&](bool is_same, std::string_view member) {
    if (!is_same) report.differences.emplace_back(member);
  };
  const auto compare_counts = [&](int64_t said, int64_t found, std::string_view member) {
    if (said == found) return;
    report.differences.push_back(fmt::format("{} is {}, not {}", member, found, said));
  };
  compare_counts(checksum.num_files, files.size(), "numFiles");
  compare_counts(checksum.table_size_bytes, files.total_size(), "tableSizeBytes");
  if (checksum.protocol) compare(IsSame(*checksum.protocol, snapshot.protocol()), "protocol");
  if (checksum.metadata) compare(*checksum.metadata == snapshot.metadata(), "metadata");
  // Writers may drop old transactions from checksums.
  const bool keeps_transactions = !TableProperties(snapshot.metadata()).transaction_retention();
  if (checksum.transactions && keeps_transactions) {
    compare(*checksum.transactions == snapshot.transactions(), "setTransactions");
  }
  if (checksum.domains) compare(*checksum.domains == snapshot.domains(), "domainMetadata");
  if (checksum.in_commit_timestamp &&
      FindInCommitTimestamps(snapshot.protocol(), snapshot.metadata())) {
    compare_counts(*checksum.in_commit_timestamp, snapshot.timestamp_ms(), "inCommitTimestampOpt");
  }
  if (checksum.file_sizes) {
    FileSizeHistogram found = checksum.file_sizes->EmptyLike();
    for (int64_t i = 0; i < files.size(); ++i) found.Add(files.file_size(i));
    compare(found == *checksum.file_sizes, "fileSizeHistogram");
  }
  const ActiveFileColumns& columns = files.columns();
  const Deletions deletions = CountDeletions(columns);
  if (checksum.num_deletion_vectors) {
    compare_counts(*checksum.num_deletion_vectors, deletions.vectors, "numDeletionVectorsOpt");
  }
  if (checksum.num_deleted_records) {
    compare_counts(*checksum.num_deleted_records, deletions.records, "numDeletedRecordsOpt");
  }
  if (checksum.files) compare(HasFiles(*checksum.files, columns), "allFiles");
  if (!report.differences.empty()) report.state = ChecksumReport::State::kDiffers;
  return report;
}

}  // namespace deltaic::delta
