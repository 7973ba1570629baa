#include <deltaic/delta/write/data_checker.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/batch_formatter.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include "base/text/excerpt.h"
#include "columnar/batch_view.h"
#include "delta/protocol/schema/field_metadata.h"
#include "delta/write/column_rules.h"
#include "delta/write/table_constraints.h"

namespace deltaic::delta {
namespace {

// The row as text.
std::string ShownRow(const RecordBatch& batch, int64_t row) {
  ArrowArray array;
  batch.Export(&array);
  array.offset += row;
  array.length = 1;
  array.null_count = -1;
  const RecordBatch one = RecordBatch::Import(batch.schema(), &array);
  std::string text =
      datafusion::FormatBatches(batch.schema(), {one}, datafusion::TextFormat::kNdjson);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

[[noreturn]] void Violated(const std::string& what, const RecordBatch& batch, int64_t row) {
  throw Error(ErrorCode::kConstraintViolation,
              fmt::format("A row breaks {}: {}", what, ShownRow(batch, row)));
}

// Looks for nulls where the type forbids them.
class NullFinder {
 public:
  // The path of the first null among the values from `begin` to before `end`; `row` says which.
  std::optional<std::string> Find(const std::string& path, const DataType& type,
                                  const ArrowArrayView& view, int64_t begin, int64_t end) const {
    for (int64_t i = begin; i < end; ++i) {
      if (ArrowArrayViewIsNull(&view, i) != 0) continue;
      if (auto found = FindIn(path, type, view, i)) return found;
    }
    return std::nullopt;
  }

  std::optional<std::string> FindField(const std::string& prefix, const StructField& field,
                                       const ArrowArrayView& view, int64_t begin,
                                       int64_t end) const {
    const std::string path = prefix + field.name;
    return FindNullable(path, field.type, field.nullable, view, begin, end);
  }

 private:
  std::optional<std::string> FindNullable(const std::string& path, const DataType& type,
                                          bool is_nullable, const ArrowArrayView& view,
                                          int64_t begin, int64_t end) const {
    for (int64_t i = begin; !is_nullable && i < end; ++i) {
      if (ArrowArrayViewIsNull(&view, i) != 0) return path;
    }
    return type.is_nested() ? Find(path, type, view, begin, end) : std::nullopt;
  }

  std::optional<std::string> FindIn(const std::string& path, const DataType& type,
                                    const ArrowArrayView& view, int64_t i) const {
    if (type.kind() == TypeKind::kStruct) {
      const int64_t at = view.offset + i;
      for (size_t f = 0; f < type.fields().size(); ++f) {
        if (auto found = FindField(path + ".", type.fields()[f], *view.children[f], at, at + 1)) {
          return found;
        }
      }
      return std::nullopt;
    }
    const int64_t begin = ArrowArrayViewListChildOffset(&view, view.offset + i);
    const int64_t end = ArrowArrayViewListChildOffset(&view, view.offset + i + 1);
    const ArrowArrayView& elements = *view.children[0];
    if (type.kind() == TypeKind::kArray) {
      return FindNullable(path + ".element", type.element_type(), type.contains_null(), elements,
                          begin, end);
    }
    const int64_t first = elements.offset + begin;
    const int64_t last = elements.offset + end;
    if (auto found = FindNullable(path + ".key", type.key_type(), false, *elements.children[0],
                                  first, last)) {
      return found;
    }
    return FindNullable(path + ".value", type.value_type(), type.contains_null(),
                        *elements.children[1], first, last);
  }
};

}  // namespace

struct DeltaDataChecker::Impl {
  std::vector<StructField> fields;
  Schema schema;
  std::vector<datafusion::RowCheck> checks;
};

DeltaDataChecker::DeltaDataChecker(const Snapshot& snapshot) {
  auto made = std::make_shared<Impl>();
  made->fields = snapshot.schema().fields();
  made->schema = ToArrowSchema(snapshot.schema());
  std::vector<std::string> generated;
  const DataType schema = WithRulesInForce(snapshot.schema(), snapshot.protocol());
  FieldMetadata metadata;
  for (const StructField& field : schema.fields()) {
    if (metadata.Read(field) && metadata.generation_expression()) generated.push_back(field.name);
  }
  made->checks = ChecksOf(schema, snapshot.metadata(), made->schema, generated);
  impl_ = std::move(made);
}

const Schema& DeltaDataChecker::schema() const { return impl_->schema; }

void DeltaDataChecker::CheckBatch(const RecordBatch& batch) const {
  if (batch.schema().column_names() != impl_->schema.column_names()) {
    throw Error(ErrorCode::kInvalidArgument,
                "The batch has other columns than the table, or another order of them.");
  }
  const nanoarrow::UniqueArrayView view = ViewOf(batch);
  const NullFinder nulls;
  for (size_t i = 0; i < impl_->fields.size(); ++i) {
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      const int64_t at = view->offset + row;
      if (const auto path = nulls.FindField("", impl_->fields[i], *view->children[i], at, at + 1)) {
        Violated(fmt::format("NOT NULL of the column {}", Excerpt(*path)), batch, row);
      }
    }
  }
  for (const datafusion::RowCheck& check : impl_->checks) {
    const std::vector<uint8_t> holds = datafusion::EvaluateFilters({check.condition}, batch);
    for (size_t row = 0; row < holds.size(); ++row) {
      if (holds[row] == 0) Violated(check.name, batch, static_cast<int64_t>(row));
    }
  }
}

}  // namespace deltaic::delta
