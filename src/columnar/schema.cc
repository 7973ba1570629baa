#include <deltaic/columnar/schema.h>

#include <utility>

#include <deltaic/base/error.h>
#include <nanoarrow/nanoarrow.h>

namespace deltaic {
namespace {

std::shared_ptr<const ArrowSchema> Own(ArrowSchema* schema) {
  return {new ArrowSchema(std::exchange(*schema, ArrowSchema{})), [](ArrowSchema* owned) {
            if (owned->release != nullptr) owned->release(owned);
            delete owned;
          }};
}

std::shared_ptr<const ArrowSchema> MakeEmpty() {
  ArrowSchema schema{};
  ArrowSchemaInit(&schema);
  if (ArrowSchemaSetTypeStruct(&schema, 0) != NANOARROW_OK) throw std::bad_alloc();
  return Own(&schema);
}

}  // namespace

Schema::Schema() {
  static const std::shared_ptr<const ArrowSchema> empty = MakeEmpty();
  schema_ = empty;
}

Schema Schema::Import(ArrowSchema* schema) {
  if (schema->release == nullptr || schema->format == nullptr ||
      std::string_view(schema->format) != "+s") {
    throw Error(ErrorCode::kInvalidArgument, "An Arrow schema must be a live struct type.");
  }
  Schema result;
  result.schema_ = Own(schema);
  return result;
}

void Schema::Export(ArrowSchema* out) const {
  if (ArrowSchemaDeepCopy(schema_.get(), out) != NANOARROW_OK) throw std::bad_alloc();
}

std::vector<std::string> Schema::column_names() const {
  std::vector<std::string> names;
  names.reserve(num_columns());
  for (int64_t i = 0; i < num_columns(); ++i) names.emplace_back(column_name(i));
  return names;
}

int64_t Schema::FindColumn(std::string_view name) const {
  for (int64_t i = 0; i < num_columns(); ++i) {
    if (column_name(i) == name) return i;
  }
  return -1;
}

}  // namespace deltaic
