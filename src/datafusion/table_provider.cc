#include <deltaic/datafusion/table_provider.h>

#include <deltaic/base/error.h>

#include "datafusion/bridge_call.h"
#include "datafusion/expression_impl.h"
#include "datafusion/object_store_impl.h"
#include "datafusion/syntax_depth.h"

namespace deltaic::datafusion {

TableProvider::~TableProvider() = default;

bool TableProvider::Decides(const Expression& /*filter*/) const { return false; }

std::optional<RecordBatch> TableProvider::Statistics() const { return std::nullopt; }

std::vector<UniqueColumns> TableProvider::UniqueKeys() const { return {}; }

std::vector<std::pair<std::string, std::string>> TableProvider::ColumnDefaults() const {
  return {};
}

std::optional<std::string> TableProvider::Definition() const { return std::nullopt; }
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
  builder.add_store(scan.store.impl().engine());
  for (const ObjectStore& store : scan.other_stores) builder.add_store(store.impl().engine());
  OutgoingSchema file_schema(scan.file_schema);
  OutgoingSchema partition_schema(scan.partition_schema);
  builder.set_schemas(file_schema.get(), partition_schema.get());
  if (scan.stored_schema) {
    OutgoingSchema stored_schema(*scan.stored_schema);
    builder.set_stored_schema(stored_schema.get());
  }
  if (scan.packed) {
    rust::Vec<rust::String> names;
    std::vector<Expression> values;
    for (const auto& [name, value] : scan.packed->fields) {
      names.push_back(rust::String(name));
      values.push_back(value);
    }
    builder.pack(ToRust(scan.packed->name), ToRust(scan.packed->row_index), std::move(names),
                 *ToRust(values));
  }
  if (scan.columns) builder.set_columns({scan.columns->data(), scan.columns->size()});
  if (scan.use_row_filters) builder.use_row_filters();
  OutgoingBatch files(scan.files);
  builder.set_files(files.schema(), files.array());
  if (scan.describe) builder.set_lister(std::make_unique<bridge::FileLister>(scan.describe));
  if (scan.rows_to_skip) {
    builder.set_row_skipper(std::make_shared<bridge::RowSkipper>(scan.rows_to_skip));
  }
  if (!scan.missing_file_note.empty()) {
    builder.set_missing_file_note(ToRust(scan.missing_file_note));
  }
  for (const auto& [key, value] : scan.annotations) {
    builder.annotate(ToRust(key), ToRust(value));
  }
}

void Describe(const TableProvider& table, bridge::TableDescription& description) {
  for (const UniqueColumns& key : table.UniqueKeys()) {
    description.add_unique({key.columns.data(), key.columns.size()}, key.is_primary);
  }
  for (const auto& [column, sql] : table.ColumnDefaults()) {
    description.add_default(ToRust(column), ToRust(IsTooDeep(sql) ? "" : sql));
  }
  if (const std::optional<std::string> sql = table.Definition()) {
    description.set_definition(ToRust(*sql));
  }
}

}  // namespace

RecordBatch SummarizeFiles(const FileScan& scan) {
  return Call([&] {
    rust::Box<bridge::FileScanBuilder> builder = bridge::new_file_scan_builder();
    HandOver(scan, *builder);
    ArrowSchema schema{};
    ArrowArray row{};
    builder->statistics(&schema, &row);
    return RecordBatch::Import(Schema::Import(&schema), &row);
  });
}

}  // namespace deltaic::datafusion

namespace deltaic::bridge {
namespace {

void Deliver(const RecordBatch& rows, BatchReceiver& receiver) {
  datafusion::Call([&] {
    datafusion::OutgoingBatch outgoing(rows);
    receiver.receive(outgoing.schema(), outgoing.array());
  });
}

}  // namespace

std::shared_ptr<TableCallback> TableCallback::Wrap(
    std::shared_ptr<const datafusion::TableProvider> table) {
  return table == nullptr ? nullptr : std::make_shared<TableCallback>(std::move(table));
}

void TableCallback::export_schema(ArrowSchema* out) const { table_->schema().Export(out); }

void TableCallback::describe(TableDescription& table) const {
  datafusion::Call([&] { datafusion::Describe(*table_, table); });
}

bool TableCallback::decides(const Expression& filter) const {
  return table_->Decides(datafusion::MakeExpression(filter.copy()));
}

void TableCallback::statistics(BatchReceiver& statistics) const {
  if (const std::optional<RecordBatch> row = table_->Statistics()) Deliver(*row, statistics);
}

void FileLister::list(BatchReceiver& files) const { Deliver(describe_(), files); }

void RowSkipper::rows_to_skip(int64_t file, BatchReceiver& rows) const {
  Deliver(rows_to_skip_(file), rows);
}

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
