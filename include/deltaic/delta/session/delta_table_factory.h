#pragma once

#include <memory>
#include <utility>

#include <deltaic/base/export.h>
#include <deltaic/base/options.h>
#include <deltaic/datafusion/table_factory.h>
#include <deltaic/delta/scan/delta_scan_config.h>

namespace deltaic::delta {

/// Makes tables for `CREATE EXTERNAL TABLE t STORED AS DELTATABLE LOCATION '…' OPTIONS (…)`.
///
/// Options are storage options in any case ('aws.access_key_id', AWS_REGION), and 'version' or
/// 'timestamp', which pin the table, or 'refresh' 'true', by which each statement sees the newest
/// version; without one of those the table is pinned to the version that it has now. 'file_column'
/// names a column for each row's file, and 'metadata' 'true' adds `_metadata`. Others are errors,
/// as are columns and partition columns that are not the table's. Safe to share between threads.
class DELTAIC_EXPORT DeltaTableFactory : public datafusion::TableFactory {
 public:
  /// `storage_options` hold where a statement does not say otherwise.
  explicit DeltaTableFactory(
      Options storage_options = {}, ScanConfigSource config = [] { return DeltaScanConfig(); })
      : storage_options_(std::move(storage_options)), config_(std::move(config)) {}

  std::shared_ptr<const datafusion::TableProvider> Create(
      const datafusion::ExternalTable& table) const override;

 private:
  Options storage_options_;
  ScanConfigSource config_;
};

}  // namespace deltaic::delta
