#include "delta/operations/numbered_rows.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <deltaic/delta/protocol/schema_json.h>

#include "delta/operations/change_rows.h"
#include "delta/protocol/schema/field_metadata.h"
#include "delta/write/schema_merge.h"

namespace deltaic::delta {
namespace {

TableShape WithSchema(TableShape shape, DataType schema) {
  shape.schema = std::move(schema);
  shape.metadata.schema_string = SchemaToJson(shape.schema);
  return shape;
}

std::optional<int64_t> MarkOf(const TableShape& shape, const std::string& column) {
  const std::vector<StructField>& fields = shape.schema.fields();
  FieldMetadata metadata;
  metadata.Read(fields[static_cast<size_t>(FindField(fields, column))]);
  return metadata.identity_high_water_mark();
}

// The rows of files that no version has, without some columns.
datafusion::DataFrame RowsOf(const Snapshot& table, const NumberedRows& rows) {
  std::vector<std::string> kept;
  for (const StructField& field : table.schema().fields()) {
    if (std::ranges::find(rows.computed, field.name) == rows.computed.end()) {
      kept.push_back(field.name);
    }
  }
  return RowsOfNewFiles(table, rows.files.files).Select(kept);
}

}  // namespace

TableShape WithMarks(TableShape shape, const NumberedRows& rows) {
  DataType schema = WithHighWaterMarks(shape.schema, rows.identities, rows.files.num_rows);
  return WithSchema(std::move(shape), std::move(schema));
}

TableShape WithGap(const TableShape& shape, const NumberedRows& rows, int64_t count) {
  std::vector<IdentityRange> gaps;
  for (IdentityRange gap : rows.identities) {
    const std::optional<int64_t> mark = MarkOf(shape, gap.column);
    int64_t values = 0;
    int64_t last = 0;
    if (!mark || __builtin_mul_overflow(gap.step, count, &values) ||
        __builtin_add_overflow(*mark, values, &last)) {
      return shape;
    }
    gap.first = *mark + gap.step;
    gaps.push_back(std::move(gap));
  }
  return WithSchema(shape, WithHighWaterMarks(shape.schema, gaps, count));
}

bool AreFree(const NumberedRows& rows, const TableShape& shape) {
  return std::ranges::all_of(rows.identities, [&](const IdentityRange& identity) {
    const std::optional<int64_t> mark = MarkOf(shape, identity.column);
    if (!mark) return true;
    return identity.step > 0 ? identity.first > *mark : identity.first < *mark;
  });
}

NumberedRows NumberAnew(const Snapshot& table, const TableShape& shape, const NumberedRows& rows) {
  TableRows made = MakeTableRows(RowsOf(table, rows), shape.schema, shape.metadata, rows.rules);
  NumberedRows anew{.identities = made.identities,
                    .computed = rows.computed,
                    .rules = rows.rules,
                    .writer = rows.writer,
                    .files = {}};
  anew.files = WriteDataFiles(table.access(), shape, made, rows.writer);
  return anew;
}

}  // namespace deltaic::delta
