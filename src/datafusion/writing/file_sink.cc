#include "datafusion/writing/file_sink.h"

#include <deltaic/base/error.h>

#include "datafusion/bridge_call.h"
#include "datafusion/data_frame_impl.h"
#include "datafusion/expression_impl.h"
#include "datafusion/object_store_impl.h"

namespace deltaic::datafusion {
namespace {

bridge::FileSink Described(const FileSink& sink) {
  bridge::FileSink outgoing;
  outgoing.partition_columns = ToRust(sink.partition_columns);
  for (const std::vector<std::string>& path : sink.statistics) {
    outgoing.statistics.push_back({ToRust(path)});
  }
  for (const RowCheck& check : sink.checks) {
    outgoing.check_names.push_back(rust::String(check.name));
  }
  outgoing.target_file_size = sink.target_file_size;
  outgoing.max_open_files = sink.max_open_files;
  outgoing.memory_limit = sink.memory_limit;
  outgoing.properties = ToRust(sink.properties);
  outgoing.created_by = rust::String("deltaic " DELTAIC_VERSION);
  outgoing.namer = std::make_shared<bridge::FileNamer>(sink.name_file);
  return outgoing;
}

}  // namespace

RecordBatch WriteFiles(const DataFrame& rows, const FileSink& sink) {
  return Call([&] {
    OutgoingSchema schema(sink.schema);
    std::optional<OutgoingSchema> stored_schema;
    if (sink.stored_schema) stored_schema.emplace(*sink.stored_schema);
    std::vector<Expression> conditions;
    for (const RowCheck& check : sink.checks) conditions.push_back(check.condition);
    ArrowSchema files_schema{};
    ArrowArray files{};
    bridge::write_files(*rows.impl().frame, sink.store.impl().engine(), schema.get(),
                        stored_schema ? stored_schema->get() : nullptr, *ToRust(conditions),
                        Described(sink), &files_schema, &files);
    return RecordBatch::Import(Schema::Import(&files_schema), &files);
  });
}

}  // namespace deltaic::datafusion

namespace deltaic::bridge {

rust::String FileNamer::name_file(ArrowSchema* schema, ArrowArray* partition) const {
  return datafusion::Call(
      [&] { return rust::String(name_(RecordBatch::Import(Schema::Import(schema), partition))); });
}

}  // namespace deltaic::bridge
