#include <deltaic/delta/snapshot/checksum_report.h>

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "delta/log/checksum_reader.h"
#include "delta/log/commit_timestamp.h"
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

int64_t NumDeletionVectors(const ActiveFileColumns& files) {
  int64_t count = 0;
  for (const ActiveFileColumns::Batch& batch : files.batches()) {
    const DeletionVectorColumn& vectors = batch.files().deletion_vectors;
    if (vectors.empty()) continue;
    for (size_t i = 0; i < batch.live.size(); ++i) {
      count += vectors.cardinality(batch.live.row(i)) ? 1 : 0;
    }
  }
  return count;
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
  const bool keeps_transactions =
      !snapshot.metadata().configuration.contains("delta.setTransactionRetentionDuration");
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
  if (checksum.num_deletion_vectors) {
    compare_counts(*checksum.num_deletion_vectors, NumDeletionVectors(ColumnsOf(files)),
                   "numDeletionVectorsOpt");
  }
  if (!report.differences.empty()) report.state = ChecksumReport::State::kDiffers;
  return report;
}

}  // namespace deltaic::delta
