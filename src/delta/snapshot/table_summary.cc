#include <deltaic/delta/snapshot/table_summary.h>

#include <optional>
#include <utility>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_json.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/log/checksum_reader.h"
#include "delta/log/log_segment.h"
#include "delta/log/log_source.h"
#include "delta/protocol/table_support.h"

namespace deltaic::delta {
namespace {

bool IsReadable(const VersionChecksum& checksum, LogSource source) {
  try {
    CheckReadable(*checksum.protocol, *checksum.metadata,
                  ParseSchemaJson(checksum.metadata->schema_string), source);
    return true;
  } catch (const Error&) {
    // The log says whether that is so.
    return false;
  }
}

std::optional<TableSummary> FromChecksum(const TableAccess& access) {
  const LogSegment segment = FindLogSegment(access, std::nullopt);
  ChecksumFile file = ReadVersionChecksum(access.store(), segment.version);
  if (!file.checksum || !file.checksum->protocol || !file.checksum->metadata) return std::nullopt;
  if (!IsReadable(*file.checksum, LogSourceOf(access))) return std::nullopt;
  if (access.catalog() && !NeedsCatalog(*file.checksum->protocol)) return std::nullopt;
  return TableSummary{segment.version,
                      *std::move(file.checksum->protocol),
                      *std::move(file.checksum->metadata),
                      file.checksum->num_files,
                      file.checksum->table_size_bytes,
                      true};
}

}  // namespace

TableSummary SummarizeTable(const TableAccess& access) {
  if (std::optional<TableSummary> summary = FromChecksum(access)) return *std::move(summary);
  const auto snapshot = LoadLatestSnapshot(access);
  return {snapshot->version(),      snapshot->protocol(),           snapshot->metadata(),
          snapshot->files().size(), snapshot->files().total_size(), false};
}

}  // namespace deltaic::delta
