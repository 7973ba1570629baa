#include <deltaic/datafusion/table_provider.h>

#include <deltaic/base/error.h>

#include "datafusion/bridge_call.h"
#include "datafusion/expression_impl.h"
#include "datafusion/object_store_impl.h"

namespace deltaic::datafusion {

TableProvider::~TableProvider() = default;

std::shared_ptr<const TableProvider> TableProvider::AtVersion(const TableVersion&) const {
  throw Error(ErrorCode::kNotImplemented, "The table keeps no versions.");
}

std::shared_ptr<const TableProvider> TableProvider::Current() const { return nullptr; }

namespace {

ScanRequest ReadRequest(const bridge::ScanRequest& request) {
  ScanRequest result;
  if (request.has_projection()) {
    rust::Vec<int32_t> columns = request.projection();
    result.projection.emplace(columns.begin(), columns.end());
  }
  for (size_t i = 0; i < request.num_filters(); ++i) {
    result.filters.push_back(MakeExpression(request.filter(i)));
  }
  if (request.limit() >= 0) result.limit = request.limit();
  return result;
}

void HandOver(const FileScan& scan, bridge::FileScanBuilder& builder) {
  builder.set_store(*scan.store.impl().store);
  OutgoingSchema file_schema(scan.file_schema);
  OutgoingSchema partition_schema(scan.partition_schema);
  builder.set_schemas(file_schema.get(), partition_schema.get());
  OutgoingBatch files(scan.files);
  builder.set_files(files.schema(), files.array());
  for (const auto& [key, value] : scan.annotations) {
    builder.annotate(ToRust(key), ToRust(value));
  }
}

}  // namespace
}  // namespace deltaic::datafusion

namespace deltaic::bridge {

std::shared_ptr<TableCallback> TableCallback::Wrap(
    std::shared_ptr<const datafusion::TableProvider> table) {
  return table == nullptr ? nullptr : std::make_shared<TableCallback>(std::move(table));
}

void TableCallback::export_schema(ArrowSchema* out) const { table_->schema().Export(out); }

void TableCallback::scan(const ScanRequest& request, FileScanBuilder& scan) const {
  datafusion::Call(
      [&] { datafusion::HandOver(table_->Scan(datafusion::ReadRequest(request)), scan); });
}

size_t TableCallback::identity() const noexcept {
  return reinterpret_cast<size_t>(static_cast<const void*>(table_.get()));
}

std::shared_ptr<TableCallback> TableCallback::current() const { return Wrap(table_->Current()); }

std::shared_ptr<TableCallback> TableCallback::at_version(bool is_time, int64_t value) const {
  datafusion::TableVersion version;
  (is_time ? version.timestamp_us : version.version) = value;
  return Wrap(table_->AtVersion(version));
}

}  // namespace deltaic::bridge
