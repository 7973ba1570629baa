#include <deltaic/datafusion/table_provider.h>

#include "datafusion/bridge_call.h"
#include "datafusion/expression_impl.h"
#include "datafusion/object_store_impl.h"

namespace deltaic::datafusion {

TableProvider::~TableProvider() = default;

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

void TableCallback::export_schema(ArrowSchema* out) const { table_->schema().Export(out); }

void TableCallback::scan(const ScanRequest& request, FileScanBuilder& scan) const {
  datafusion::Call(
      [&] { datafusion::HandOver(table_->Scan(datafusion::ReadRequest(request)), scan); });
}

}  // namespace deltaic::bridge
