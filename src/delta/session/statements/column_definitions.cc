#include "delta/session/statements/column_definitions.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "base/text/ascii.h"
#include "base/text/json_writer.h"
#include "delta/protocol/schema/field_metadata_writer.h"

namespace deltaic::delta {
namespace {

using datafusion::SqlToken;

std::string JsonText(std::string_view text) {
  std::string json;
  JsonWriter(json).String(text);
  return json;
}

struct NamedType {
  std::string_view name;
  TypeKind kind;
};

// Names of Spark and of standard SQL.
constexpr NamedType kNamedTypes[] = {
    {"BIGINT", TypeKind::kLong},
    {"LONG", TypeKind::kLong},
    {"INT", TypeKind::kInteger},
    {"INTEGER", TypeKind::kInteger},
    {"SMALLINT", TypeKind::kShort},
    {"SHORT", TypeKind::kShort},
    {"TINYINT", TypeKind::kByte},
    {"BYTE", TypeKind::kByte},
    {"FLOAT", TypeKind::kFloat},
    {"REAL", TypeKind::kFloat},
    {"DOUBLE", TypeKind::kDouble},
    {"STRING", TypeKind::kString},
    {"TEXT", TypeKind::kString},
    {"BINARY", TypeKind::kBinary},
    {"BYTEA", TypeKind::kBinary},
    {"BOOLEAN", TypeKind::kBoolean},
    {"BOOL", TypeKind::kBoolean},
    {"DATE", TypeKind::kDate},
    {"TIMESTAMP", TypeKind::kTimestamp},
    {"TIMESTAMP_LTZ", TypeKind::kTimestamp},
    {"TIMESTAMP_NTZ", TypeKind::kTimestampNtz},
    {"VARIANT", TypeKind::kVariant},
    {"VOID", TypeKind::kVoid},
};

// Reads types; a bracket of two ("ARRAY<ARRAY<INT>>") is one token, of which one may be left.
class TypeReader {
 public:
  TypeReader(StatementCursor& cursor, StructField& field) : cursor_(cursor), field_(field) {}

  DataType Read(int depth = 0) {
    constexpr int kMaxDepth = 100;
    if (depth > kMaxDepth) throw cursor_.Expected("a type of at most 100 levels");
    if (cursor_.at_end() || cursor_.token().kind != SqlToken::Kind::kWord) {
      throw cursor_.Expected("a type");
    }
    if (cursor_.TakeWords({"ARRAY"})) return Array(depth);
    if (cursor_.TakeWords({"MAP"})) return Map(depth);
    if (cursor_.TakeWords({"STRUCT"})) return Struct(depth);
    if (cursor_.TakeWords({"DECIMAL"}) || cursor_.TakeWords({"NUMERIC"}) ||
        cursor_.TakeWords({"DEC"})) {
      return Decimal();
    }
    for (const std::string_view name : {"VARCHAR", "CHAR"}) {
      if (cursor_.TakeWords({name})) return LimitedText(name, depth);
    }
    for (const NamedType& type : kNamedTypes) {
      if (cursor_.TakeWords({type.name})) {
        if (type.kind == TypeKind::kDouble) cursor_.TakeWords({"PRECISION"});
        return DataType::Primitive(type.kind);
      }
    }
    throw cursor_.Expected("a type");
  }

 private:
  DataType Array(int depth) {
    Open();
    DataType element = Read(depth + 1);
    Close();
    return DataType::Array(std::move(element), true);
  }

  DataType Map(int depth) {
    Open();
    DataType key = Read(depth + 1);
    cursor_.NeedSymbol(",");
    DataType value = Read(depth + 1);
    Close();
    return DataType::Map(std::move(key), std::move(value), true);
  }

  DataType Struct(int depth) {
    Open();
    std::vector<StructField> fields;
    if (!IsClose()) {
      do {
        StructField field{cursor_.NeedName("the name of a field"),
                          DataType::Primitive(TypeKind::kVoid)};
        cursor_.TakeSymbol(":");
        TypeReader inner(cursor_, field);
        DataType type = inner.Read(depth + 1);
        closes_left_ = inner.closes_left_;
        field.type = std::move(type);
        if (closes_left_ == 0) {
          field.nullable = !cursor_.TakeWords({"NOT", "NULL"});
          if (cursor_.TakeWords({"COMMENT"})) {
            field = WithMetadata(field, "comment", JsonText(cursor_.NeedText("a comment")));
          }
        }
        fields.push_back(std::move(field));
      } while (closes_left_ == 0 && cursor_.TakeSymbol(","));
    }
    Close();
    return DataType::Struct(std::move(fields));
  }

  DataType Decimal() {
    constexpr int kDefaultPrecision = 10;
    if (!cursor_.TakeSymbol("(")) return DataType::Decimal(kDefaultPrecision, 0);
    const int precision = Number("the precision of a decimal, 1 to 38", 1, 38);
    int scale = 0;
    if (cursor_.TakeSymbol(",")) {
      scale = Number("the scale of a decimal, up to its precision", 0, precision);
    }
    cursor_.NeedSymbol(")");
    return DataType::Decimal(precision, scale);
  }

  DataType LimitedText(std::string_view name, int depth) {
    if (!cursor_.TakeSymbol("(")) return DataType::Primitive(TypeKind::kString);
    if (depth > 0) throw cursor_.Expected("STRING: fields and elements have no limited length");
    constexpr int kMaxLength = 1 << 30;
    const int length = Number("a number of characters", 1, kMaxLength);
    cursor_.NeedSymbol(")");
    field_ = WithMetadata(field_, "__CHAR_VARCHAR_TYPE_STRING",
                          JsonText(fmt::format("{}({})", ToLower(name), length)));
    return DataType::Primitive(TypeKind::kString);
  }

  int Number(std::string_view what, int least, int greatest) {
    if (cursor_.at_end()) throw cursor_.Expected(what);
    const auto number = ParseWhole<int>(cursor_.token().text);
    if (cursor_.token().kind != SqlToken::Kind::kNumber || !number || *number < least ||
        *number > greatest) {
      throw cursor_.Expected(what);
    }
    cursor_.Skip();
    return *number;
  }

  void Open() { cursor_.NeedSymbol("<"); }

  bool IsClose() const {
    return closes_left_ > 0 || cursor_.IsSymbol(cursor_.position(), ">") ||
           cursor_.IsSymbol(cursor_.position(), ">>");
  }

  void Close() {
    if (closes_left_ > 0) {
      --closes_left_;
    } else if (cursor_.TakeSymbol(">>")) {
      closes_left_ = 1;
    } else {
      cursor_.NeedSymbol(">");
    }
  }

  StatementCursor& cursor_;
  StructField& field_;
  int closes_left_ = 0;
};

// The clauses of one column after its type.
class ColumnReader {
 public:
  explicit ColumnReader(StatementCursor& cursor) : cursor_(cursor) {}

  StructField Read() {
    StructField field{cursor_.NeedName("the name of a column"),
                      DataType::Primitive(TypeKind::kVoid)};
    field.type = ReadType(cursor_, field);
    while (!IsEnd()) ReadClause(field);
    return field;
  }

 private:
  bool IsEnd() const {
    return cursor_.at_end() || cursor_.IsSymbol(cursor_.position(), ",") ||
           cursor_.IsSymbol(cursor_.position(), ")");
  }

  void ReadClause(StructField& field) {
    if (cursor_.TakeWords({"NOT", "NULL"})) {
      field.nullable = false;
    } else if (cursor_.TakeWords({"NULL"})) {
      field.nullable = true;
    } else if (cursor_.TakeWords({"COMMENT"})) {
      field = WithMetadata(field, "comment", JsonText(cursor_.NeedText("a comment")));
    } else if (cursor_.TakeWords({"DEFAULT"})) {
      field = WithMetadata(field, "CURRENT_DEFAULT", JsonText(Expression()));
    } else if (cursor_.TakeWords({"GENERATED", "ALWAYS", "AS", "IDENTITY"})) {
      field = WithIdentity(field, false);
    } else if (cursor_.TakeWords({"GENERATED", "BY", "DEFAULT", "AS", "IDENTITY"})) {
      field = WithIdentity(field, true);
    } else if (cursor_.TakeWords({"GENERATED", "ALWAYS", "AS"})) {
      cursor_.NeedSymbol("(");
      field =
          WithMetadata(field, "delta.generationExpression", JsonText(cursor_.NeedParenthesized()));
    } else {
      throw cursor_.Expected("NOT NULL, DEFAULT, GENERATED, COMMENT, a comma or )");
    }
  }

  // An expression up to the next clause, comma or closing parenthesis.
  std::string_view Expression() {
    const size_t begin = cursor_.position();
    for (int depth = 0; !cursor_.at_end(); cursor_.Skip()) {
      const SqlToken& token = cursor_.token();
      const bool ends =
          depth == 0 && (token.is_symbol(",") || token.is_symbol(")") || IsNextClause());
      if (ends) break;
      if (token.is_symbol("(")) ++depth;
      if (token.is_symbol(")")) --depth;
    }
    if (cursor_.position() == begin) throw cursor_.Expected("an expression");
    return cursor_.Text(begin, cursor_.position());
  }

  bool IsNextClause() const {
    const size_t here = cursor_.position();
    return cursor_.IsWord(here, {"COMMENT", "GENERATED"}) ||
           (cursor_.IsWord(here, {"NOT"}) && cursor_.IsWord(here + 1, {"NULL"}));
  }

  StructField WithIdentity(StructField field, bool takes_values) {
    int64_t start = 1;
    int64_t step = 1;
    if (cursor_.TakeSymbol("(")) {
      while (!cursor_.TakeSymbol(")")) {
        if (cursor_.TakeWords({"START", "WITH"})) {
          start = Integer();
        } else if (cursor_.TakeWords({"INCREMENT", "BY"})) {
          step = Integer();
        } else {
          throw cursor_.Expected("START WITH, INCREMENT BY or )");
        }
      }
    }
    field = WithMetadata(field, "delta.identity.start", fmt::format("{}", start));
    field = WithMetadata(field, "delta.identity.step", fmt::format("{}", step));
    return WithMetadata(field, "delta.identity.allowExplicitInsert",
                        takes_values ? "true" : "false");
  }

  int64_t Integer() {
    const bool is_negative = cursor_.TakeSymbol("-");
    if (cursor_.at_end()) throw cursor_.Expected("an integer");
    const auto number = ParseWhole<int64_t>((is_negative ? "-" : "") + cursor_.token().text);
    if (!number) throw cursor_.Expected("an integer");
    cursor_.Skip();
    return *number;
  }

  StatementCursor& cursor_;
};

}  // namespace

ColumnDefinitions ReadColumnDefinitions(StatementCursor& cursor) {
  ColumnDefinitions definitions;
  do {
    if (cursor.TakeWords({"CONSTRAINT"})) {
      std::string name = cursor.NeedName("the name of a constraint");
      cursor.NeedWords({"CHECK"});
      cursor.NeedSymbol("(");
      definitions.constraints[std::move(name)] = std::string(cursor.NeedParenthesized());
    } else {
      definitions.columns.push_back(ColumnReader(cursor).Read());
    }
  } while (cursor.TakeSymbol(","));
  cursor.NeedSymbol(")");
  return definitions;
}

DataType ReadType(StatementCursor& cursor, StructField& field) {
  return TypeReader(cursor, field).Read();
}

}  // namespace deltaic::delta
