#include "delta/write/table_rows.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <fmt/format.h>

#include "base/text/excerpt.h"
#include "delta/protocol/schema/field_metadata.h"
#include "delta/protocol/schema/field_metadata_writer.h"
#include "delta/protocol/sql_literal.h"
#include "delta/write/row_layout.h"
#include "delta/write/schema_merge.h"
#include "delta/write/table_constraints.h"

namespace deltaic::delta {
namespace {

using datafusion::Expression;

// Where the row numbers of identity columns are until they are used.
constexpr char kRowNumber[] = "deltaic row number";

[[noreturn]] void Refuse(std::string message) {
  throw Error(ErrorCode::kSchemaMismatch, std::move(message));
}

[[noreturn]] void RefuseOverflow(const std::string& column) {
  throw Error(ErrorCode::kConstraintViolation,
              fmt::format("The identity column {} has no values left.", Excerpt(column)));
}

IdentityRange NextRange(const StructField& field, const FieldMetadata& metadata) {
  IdentityRange range{field.name, metadata.identity_start().value_or(1),
                      metadata.identity_step().value_or(1)};
  const auto mark = metadata.identity_high_water_mark();
  if (mark && __builtin_add_overflow(*mark, range.step, &range.first)) RefuseOverflow(field.name);
  return range;
}

// Puts the columns of a table together.
class Columns {
 public:
  Columns(const DataType& schema, const std::vector<std::string>& partition_columns,
          const RowRules& rules, std::vector<std::optional<std::string>> sources)
      : schema_(schema),
        partition_columns_(partition_columns),
        rules_(rules),
        sources_(std::move(sources)) {}

  TableRows Make(const datafusion::DataFrame& rows) {
    std::vector<StructField> given;
    std::vector<std::string> names;
    for (size_t i = 0; i < sources_.size(); ++i) {
      if (!sources_[i]) continue;
      given.push_back(fields()[i]);
      names.push_back(*sources_[i]);
    }
    const bool is_complete = given.size() == fields().size();
    const Schema columns = rows.schema();
    std::vector<int64_t> places;
    for (const std::string& name : names) places.push_back(columns.FindColumn(name));
    const Schema target = LaidOutAs(given, columns, places);
    datafusion::DataFrame made = datafusion::Conform(rows, names, target, rules_.texts);
    FindFilled();
    made = WithoutEmptyTexts(made, [&](size_t i) { return sources_[i].has_value(); });
    if (!is_complete || !identities_.empty()) {
      made = Fill(made);
      made = WithoutEmptyTexts(made, [&](size_t i) { return !sources_[i]; });
    }
    return {std::move(made), {}, std::move(identities_), ComputedNames()};
  }

  std::vector<std::string> verified() const {
    std::vector<std::string> names;
    FieldMetadata metadata;
    for (size_t i = 0; i < sources_.size(); ++i) {
      if (sources_[i] && metadata.Read(fields()[i]) && metadata.generation_expression()) {
        names.push_back(fields()[i].name);
      }
    }
    return names;
  }

 private:
  const std::vector<StructField>& fields() const { return schema_.fields(); }

  // Checks what the rows bring, and finds the identity columns that they lack.
  void FindFilled() {
    FieldMetadata metadata;
    for (size_t i = 0; i < sources_.size(); ++i) {
      const StructField& field = fields()[i];
      if (!metadata.Read(field) || !metadata.identity_step()) continue;
      if (!sources_[i]) {
        identities_.push_back(NextRange(field, metadata));
      } else if (!metadata.identity_allows_explicit_insert().value_or(false)) {
        Refuse(fmt::format("The identity column {} takes no values: the table gives them.",
                           Excerpt(field.name)));
      }
    }
  }

  std::vector<std::string> ComputedNames() const {
    std::vector<std::string> names;
    FieldMetadata metadata;
    for (size_t i = 0; i < sources_.size(); ++i) {
      const bool is_identity =
          !sources_[i] && metadata.Read(fields()[i]) && metadata.identity_step();
      if (is_identity || IsComputed(i)) names.push_back(fields()[i].name);
    }
    return names;
  }

  // The rows with nulls for the empty texts of those partition columns that are `wanted`: the log
  // has no empty text, and what is checked, computed and compared must be what is read later.
  datafusion::DataFrame WithoutEmptyTexts(const datafusion::DataFrame& rows,
                                          const std::function<bool(size_t)>& is_wanted) const {
    const Schema columns = rows.schema();
    const std::vector<StructField> there = FromArrowSchema(*columns.c_schema());
    std::vector<std::pair<std::string, Expression>> all;
    std::vector<std::string> names;
    bool has_texts = false;
    for (const StructField& column : there) {
      const int index = FindField(fields(), column.name);
      const TypeKind kind = column.type.kind();
      const bool is_text = (kind == TypeKind::kString || kind == TypeKind::kBinary) &&
                           is_wanted(static_cast<size_t>(index)) &&
                           std::ranges::count(partition_columns_, column.name) > 0;
      has_texts |= is_text;
      names.push_back(column.name);
      all.emplace_back(column.name, is_text ? NotEmpty(column.name, kind, columns)
                                            : Expression::Column(column.name));
    }
    if (!has_texts) return rows;
    return datafusion::Conform(rows.Project(all), names, columns);
  }

  static Expression NotEmpty(const std::string& name, TypeKind kind, const Schema& columns) {
    const char* empty = kind == TypeKind::kString ? "''" : "X''";
    return Expression::Parse(fmt::format("nullif({}, {})", SqlIdentifier(name), empty), columns);
  }

  // Generated columns are computed when all others are there.
  datafusion::DataFrame Fill(datafusion::DataFrame made) {
    if (!identities_.empty()) made = made.NumberRows(kRowNumber);
    made = Add(made, [&](size_t i) { return !IsComputed(i); });
    return Add(made, [](size_t) { return true; });
  }

  // The rows with those columns that `is_wanted`, in the types of the table.
  datafusion::DataFrame Add(const datafusion::DataFrame& rows,
                            const std::function<bool(size_t)>& is_wanted) const {
    const Schema columns = rows.schema();
    std::vector<std::pair<std::string, Expression>> all;
    std::vector<std::string> names;
    std::vector<StructField> wanted;
    std::vector<int64_t> places;
    for (size_t i = 0; i < fields().size(); ++i) {
      if (!is_wanted(i)) continue;
      const StructField& field = fields()[i];
      places.push_back(columns.FindColumn(field.name));
      const bool is_there = places.back() >= 0;
      all.emplace_back(field.name,
                       is_there ? Expression::Column(field.name) : Filled(field, columns));
      names.push_back(field.name);
      wanted.push_back(field);
    }
    return datafusion::Conform(rows.Project(all), names, LaidOutAs(wanted, columns, places),
                               datafusion::TextConversion::kParse);
  }

  // Whether the table computes column `i`, since the rows lack it.
  bool IsComputed(size_t i) const {
    FieldMetadata metadata;
    return !sources_[i] && metadata.Read(fields()[i]) && metadata.generation_expression();
  }

  // The value of a column that the rows lack.
  Expression Filled(const StructField& field, const Schema& columns) const {
    FieldMetadata metadata;
    metadata.Read(field);
    if (const auto sql = metadata.generation_expression()) {
      return ParseTableSql(fmt::format("generated column {}", Excerpt(field.name)),
                           std::string(*sql), columns);
    }
    const auto identity = std::ranges::find(identities_, field.name, &IdentityRange::column);
    if (identity != identities_.end()) {
      // As decimals, which are refused, and not wrapped, where they do not fit the column.
      return Expression::Parse(
          fmt::format("CAST({} AS DECIMAL(38, 0)) + CAST({} AS DECIMAL(19, 0)) * "
                      "(CAST(\"{}\" AS DECIMAL(19, 0)) - 1)",
                      identity->first, identity->step, kRowNumber),
          columns);
    }
    if (const auto sql = metadata.current_default()) {
      return ParseTableSql(fmt::format("default of the column {}", Excerpt(field.name)),
                           std::string(*sql), columns);
    }
    if (!field.nullable) {
      Refuse(fmt::format("The rows lack the column {}, which is NOT NULL.", Excerpt(field.name)));
    }
    if (!rules_.fills_nulls) {
      Refuse(fmt::format("The rows lack the column {}; with the schema mode \"merge\" it is null.",
                         Excerpt(field.name)));
    }
    return Expression::Parse("NULL", columns);
  }

  const DataType& schema_;
  const std::vector<std::string>& partition_columns_;
  const RowRules& rules_;
  std::vector<std::optional<std::string>> sources_;
  std::vector<IdentityRange> identities_;
};

}  // namespace

TableRows MakeTableRows(const datafusion::DataFrame& rows, const DataType& schema,
                        const Metadata& metadata, const RowRules& rules) {
  const Schema columns = rows.schema();
  const std::vector<StructField> fields = FromArrowSchema(*columns.c_schema());
  std::vector<std::optional<std::string>> sources = MatchColumns(schema.fields(), fields);
  if (!rules.fills_nulls) CheckNestedFields(schema.fields(), fields);
  Columns plan(schema, metadata.partition_columns, rules, std::move(sources));
  TableRows made = plan.Make(rows);
  made.checks = ChecksOf(schema, metadata, made.rows.schema(), plan.verified());
  return made;
}

DataType WithHighWaterMarks(const DataType& schema, const std::vector<IdentityRange>& ranges,
                            int64_t num_rows) {
  std::vector<StructField> fields = schema.fields();
  for (const IdentityRange& range : ranges) {
    StructField& field = fields[static_cast<size_t>(FindField(fields, range.column))];
    field = WithMetadata(field, "delta.identity.highWaterMark",
                         fmt::format("{}", range.Last(num_rows)));
  }
  return DataType::Struct(std::move(fields));
}

}  // namespace deltaic::delta
