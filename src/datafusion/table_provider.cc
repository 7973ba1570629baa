#include <deltaic/datafusion/table_provider.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>

#include "datafusion/bridge_call.h"
#include "datafusion/data_frame_impl.h"
#include "datafusion/expression_impl.h"
#include "datafusion/object_store_impl.h"
#include "datafusion/sql/syntax_depth.h"

namespace deltaic::datafusion {

RowSkipper::~RowSkipper() = default;

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

int64_t TableProvider::Insert(const DataFrame& /*rows*/, InsertMode /*mode*/) const {
  throw Error(ErrorCode::kNotImplemented, "The table cannot be written.");
}

std::shared_ptr<const TableProvider> TableProvider::WithIdentity() const {
  throw Error(ErrorCode::kNotImplemented, "The rows of the table cannot be changed.");
}

int64_t TableProvider::Delete(const ChangedRows& /*rows*/) const {
  throw Error(ErrorCode::kNotImplemented, "The rows of the table cannot be changed.");
}

namespace {

ScanRequest ReadRequest(const bridge::ScanRequest& request) {
  ScanRequest result;
  if (!request.all_columns) {
    result.projection.emplace(request.columns.begin(), request.columns.end());
  }
  for (const bridge::Expression& filter : request.filters) {
    result.filters.push_back(MakeExpression(filter.copy()));
  }
  if (request.limit >= 0) result.limit = request.limit;
  return result;
}

void HandOver(const FileScan& scan, bridge::FileScanBuilder& builder) {
  builder.add_store(scan.store.impl().engine());
  for (const ObjectStore& store : scan.other_stores) builder.add_store(store.impl().engine());
  OutgoingSchema file_schema(scan.file_schema);
  OutgoingSchema partition_schema(scan.partition_schema);
  std::optional<OutgoingSchema> stored_schema;
  if (scan.stored_schema) stored_schema.emplace(*scan.stored_schema);
  builder.set_schemas(file_schema.get(), partition_schema.get(),
                      stored_schema ? stored_schema->get() : nullptr);
  OutgoingBatch files(scan.files);
  builder.set_files(files.schema(), files.array());

  bridge::FileScan rest;
  rest.all_columns = !scan.columns;
  if (scan.columns) {
    for (const int32_t column : *scan.columns) rest.columns.push_back(column);
  }
  rest.use_row_filters = scan.use_row_filters;
  std::vector<Expression> packed;
  if (scan.packed) {
    rest.packed_name = rust::String(scan.packed->name);
    rest.row_index = rust::String(scan.packed->row_index);
    for (const auto& [name, value] : scan.packed->fields) {
      rest.packed_fields.push_back(rust::String(name));
      packed.push_back(value);
    }
  }
  rest.missing_file_note = rust::String(scan.missing_file_note);
  for (const auto& [key, value] : scan.annotations) {
    rest.annotations.push_back({rust::String(key), rust::String(value)});
  }
  if (scan.describe) rest.lister = std::make_unique<bridge::FileLister>(scan.describe);
  if (scan.row_skipper) {
    std::vector<ObjectStore> stores = {scan.store};
    stores.insert(stores.end(), scan.other_stores.begin(), scan.other_stores.end());
    rest.row_skipper = std::make_shared<bridge::RowSkipper>(scan.row_skipper, std::move(stores));
  }
  builder.describe(std::move(rest), *ToRust(packed));
}

bridge::TableDescription Describe(const TableProvider& table) {
  bridge::TableDescription description;
  for (const UniqueColumns& key : table.UniqueKeys()) {
    bridge::UniqueKey unique{{}, key.is_primary};
    for (const int32_t column : key.columns) unique.columns.push_back(column);
    description.keys.push_back(std::move(unique));
  }
  for (const auto& [column, sql] : table.ColumnDefaults()) {
    description.defaults.push_back({rust::String(column), rust::String(IsTooDeep(sql) ? "" : sql)});
  }
  description.definition = rust::String(table.Definition().value_or(""));
  return description;
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

TableDescription TableCallback::describe() const {
  return datafusion::Call([&] { return datafusion::Describe(*table_); });
}

bool TableCallback::decides(const Expression& filter) const {
  return table_->Decides(datafusion::MakeExpression(filter.copy()));
}

void TableCallback::statistics(BatchReceiver& statistics) const {
  if (const std::optional<RecordBatch> row = table_->Statistics()) Deliver(*row, statistics);
}

void FileLister::list(BatchReceiver& files) const { Deliver(describe_(), files); }

void RowSkipper::rows_to_skip(rust::Str descriptor, BatchReceiver& rows) const {
  Deliver(skipper_->RowsToSkip(std::string_view(descriptor.data(), descriptor.size()), stores_),
          rows);
}

void TableCallback::scan(const ScanRequest& request, FileScanBuilder& scan) const {
  datafusion::Call(
      [&] { datafusion::HandOver(table_->Scan(datafusion::ReadRequest(request)), scan); });
}

int64_t TableCallback::insert(rust::Box<Frame> rows, bool overwrites, const StopFlag& stop) const {
  const CancelScope scope([&stop] { return stop.is_set(); });
  const auto mode =
      overwrites ? datafusion::InsertMode::kOverwrite : datafusion::InsertMode::kAppend;
  return table_->Insert(datafusion::MakeDataFrame(std::move(rows)), mode);
}

std::shared_ptr<TableCallback> TableCallback::with_identity() const {
  return Wrap(table_->WithIdentity());
}

int64_t TableCallback::remove(rust::Box<Frame> identities, const RowCondition& condition,
                              const StopFlag& stop) const {
  const CancelScope scope([&stop] { return stop.is_set(); });
  datafusion::ChangedRows rows{.identities = datafusion::MakeDataFrame(std::move(identities)),
                               .is_filtered = condition.is_filtered};
  if (!condition.filter.empty()) {
    rows.filter = datafusion::MakeExpression(condition.filter.front().copy());
  }
  if (condition.has_text) rows.condition = std::string(condition.text);
  return table_->Delete(rows);
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
