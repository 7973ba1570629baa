#include "delta/write/table_constraints.h"

#include <optional>
#include <string_view>
#include <utility>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <simdjson.h>

#include "base/text/ascii.h"
#include "base/text/excerpt.h"
#include "delta/protocol/schema/field_metadata.h"
#include "delta/protocol/table_properties.h"

namespace deltaic::delta {
namespace {

// {"expression":{"expression":"<SQL>"}}
std::string InvariantSql(const std::string& path, std::string_view json) {
  simdjson::dom::parser parser;
  std::string_view sql;
  if (parser.parse(simdjson::padded_string(json))["expression"]["expression"].get_string().get(
          sql) != simdjson::SUCCESS) {
    throw Error(ErrorCode::kCorruptLog,
                fmt::format("The invariant of the column {} is malformed: {}", Excerpt(path),
                            Excerpt(json)));
  }
  return std::string(sql);
}

void AddInvariants(const std::string& prefix, const std::vector<StructField>& fields,
                   std::vector<TableConstraint>& constraints) {
  FieldMetadata metadata;
  for (const StructField& field : fields) {
    const std::string path = prefix + field.name;
    if (metadata.Read(field)) {
      if (const auto json = metadata.invariants()) {
        constraints.push_back(
            {fmt::format("invariant of the column {}", Excerpt(path)), InvariantSql(path, *json)});
      }
    }
    AddInvariants(path + ".", field.type.fields(), constraints);
  }
}

// The length in "char(5)" or "varchar(5)".
struct TextLength {
  bool is_fixed = false;
  int64_t characters = 0;
};

std::optional<TextLength> ParseTextLength(std::string_view type) {
  for (const std::string_view name : {"char(", "varchar("}) {
    if (!type.starts_with(name) || !type.ends_with(')')) continue;
    type.remove_prefix(name.size());
    type.remove_suffix(1);
    const auto characters = ParseWhole<int64_t>(type);
    if (characters && *characters > 0) return TextLength{name == "char(", *characters};
  }
  return std::nullopt;
}

std::string PathSql(const std::vector<std::string>& path) {
  std::string sql;
  for (const std::string& name : path) {
    if (!sql.empty()) sql += '.';
    sql += QuotedForSpark(name);
  }
  return sql;
}

// Lengths of texts, at every depth that an expression reaches.
class LengthChecks {
 public:
  LengthChecks(const Schema& columns, std::vector<datafusion::RowCheck>& checks)
      : columns_(columns), checks_(checks) {}

  void Add(const std::vector<StructField>& fields, std::vector<std::string> path = {}) {
    FieldMetadata metadata;
    for (const StructField& field : fields) {
      path.push_back(field.name);
      if (metadata.Read(field)) {
        if (const auto type = metadata.text_length()) Check(path, std::string(*type));
      }
      Add(field.type.fields(), path);
      path.pop_back();
    }
  }

 private:
  void Check(const std::vector<std::string>& path, const std::string& type) {
    const std::string column = PathSql(path);
    const auto length = ParseTextLength(type);
    if (!length) {
      throw Error(ErrorCode::kUnsupportedFeature,
                  fmt::format("The column {} limits the length of texts in a way that is not "
                              "supported: {}",
                              column, Excerpt(type)));
    }
    const std::string name = fmt::format("the length of the column {}, {}", column, type);
    const std::string sql =
        fmt::format("{} IS NULL OR char_length({}) <= {}", column, column, length->characters);
    checks_.push_back({name, ParseTableSql(name, sql, columns_)});
  }

  const Schema& columns_;
  std::vector<datafusion::RowCheck>& checks_;
};

}  // namespace

std::vector<TableConstraint> ConstraintsOf(const DataType& schema, const Metadata& metadata) {
  std::vector<TableConstraint> constraints;
  for (const auto& [name, sql] : TableProperties(metadata).constraints()) {
    constraints.push_back({fmt::format("CHECK constraint {}", Excerpt(name)), sql});
  }
  AddInvariants("", schema.fields(), constraints);
  return constraints;
}

std::vector<datafusion::RowCheck> ChecksOf(const DataType& schema, const Metadata& metadata,
                                           const Schema& columns,
                                           const std::vector<std::string>& verified) {
  std::vector<datafusion::RowCheck> checks;
  for (const TableConstraint& constraint : ConstraintsOf(schema, metadata)) {
    checks.push_back({fmt::format("{} ({})", constraint.name, constraint.sql),
                      ParseTableSql(constraint.name, constraint.sql, columns)});
  }
  LengthChecks(columns, checks).Add(schema.fields());
  FieldMetadata of_field;
  for (const StructField& field : schema.fields()) {
    if (std::ranges::find(verified, field.name) == verified.end() || !of_field.Read(field)) {
      continue;
    }
    const std::string expression(of_field.generation_expression().value_or(""));
    const std::string name =
        fmt::format("the generated column {} ({})", Excerpt(field.name), expression);
    checks.push_back(
        {name,
         ParseTableSql(name, fmt::format("{} <=> ({})", QuotedForSpark(field.name), expression),
                       columns)});
  }
  return checks;
}

datafusion::Expression ParseTableSql(const std::string& what, const std::string& sql,
                                     const Schema& columns) {
  try {
    return datafusion::Expression::ParseSpark(sql, columns);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled) throw;
    throw Error(ErrorCode::kUnsupportedFeature,
                fmt::format("The table's {} cannot be evaluated. {}", what, error.message()));
  }
}

std::string QuotedForSpark(const std::string& name) {
  std::string quoted = "`";
  for (const char c : name) quoted.append(c == '`' ? 2 : 1, c);
  return quoted += '`';
}

}  // namespace deltaic::delta
