#include <deltaic/delta/scan/delta_scan_config.h>

#include <memory>
#include <utility>

#include <deltaic/delta/protocol/schema_arrow.h>

namespace deltaic::delta {
namespace {

template <typename T, typename U>
DeltaScanConfig WithMember(DeltaScanConfig config, T DeltaScanConfig::*member, U value) {
  config.*member = std::move(value);
  return config;
}

}  // namespace

DeltaScanConfig DeltaScanConfig::WithFileColumnName(std::string name) const {
  return WithMember(*this, &DeltaScanConfig::file_column_name, std::move(name));
}

DeltaScanConfig DeltaScanConfig::WithWrapPartitionValues(bool enable) const {
  return WithMember(*this, &DeltaScanConfig::wrap_partition_values, enable);
}

DeltaScanConfig DeltaScanConfig::WithParquetPushdown(bool enable) const {
  return WithMember(*this, &DeltaScanConfig::enable_parquet_pushdown, enable);
}

DeltaScanConfig DeltaScanConfig::WithFileSkipping(bool enable) const {
  return WithMember(*this, &DeltaScanConfig::enable_file_skipping, enable);
}

DeltaScanConfig DeltaScanConfig::WithForceViewTypes(bool enable) const {
  return WithMember(*this, &DeltaScanConfig::schema_force_view_types, enable);
}

DeltaScanConfig DeltaScanConfig::WithSchema(Schema columns) const {
  return WithMember(*this, &DeltaScanConfig::schema, std::move(columns));
}

DeltaScanConfig DeltaScanConfig::WithSchema(const DataType& struct_type) const {
  return WithSchema(ToArrowSchema(struct_type, ArrowNullability::kAll));
}

DeltaScanConfig DeltaScanConfig::WithMetadataColumn(bool enable) const {
  return WithMember(*this, &DeltaScanConfig::metadata_column, enable);
}

DeltaScanConfig DeltaScanConfig::WithPartitionTimeZone(std::string zone) const {
  return WithMember(*this, &DeltaScanConfig::partition_time_zone, std::move(zone));
}

DeltaScanConfig DeltaScanConfig::WithOptions(const ScanOptions& options) const {
  DeltaScanConfig config = *this;
  if (options.file_column) config.file_column_name = options.file_column;
  config.metadata_column |= options.metadata;
  if (options.partition_time_zone) config.partition_time_zone = *options.partition_time_zone;
  return config;
}

DeltaScanConfig DeltaScanConfig::NewFromSession(const datafusion::SessionContext& session) {
  const auto is_on = [&](std::string_view setting) { return session.Setting(setting) == "true"; };
  return {.wrap_partition_values = false,
          .enable_parquet_pushdown = is_on("datafusion.execution.parquet.pushdown_filters"),
          .schema_force_view_types = is_on("datafusion.execution.parquet.schema_force_view_types")};
}

ScanConfigSource ScanConfigOf(const datafusion::SessionContext& session) {
  // What asks for settings is held by the session as a rule.
  return [weak = std::weak_ptr(session.impl())] {
    const std::shared_ptr<const datafusion::SessionContext::Impl> impl = weak.lock();
    if (impl == nullptr) return DeltaScanConfig();
    return DeltaScanConfig::NewFromSession(datafusion::SessionContext(impl));
  };
}

ScanConfigSource With(ScanConfigSource source, ScanOptions options) {
  return [source = std::move(source), options = std::move(options)] {
    return source().WithOptions(options);
  };
}

}  // namespace deltaic::delta
