#include "delta/session/statements/create_table_statement.h"

#include <gtest/gtest.h>

#include <deltaic/datafusion/sql_error.h>
#include <deltaic/delta/protocol/schema_json.h>

#include "delta/session/statements/insert_statement.h"
#include "testing/error_of.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;

CreateTableStatement Read(std::string_view sql) {
  const datafusion::SqlTokens tokens = datafusion::Tokenize(sql);
  EXPECT_TRUE(IsCreateTable(tokens)) << sql;
  return ReadCreateTable(tokens, false);
}

// The type of the only column.
std::string TypeOf(const std::string& type) {
  const DataType schema = Read("CREATE TABLE t (a " + type + ") USING DELTA").table.schema;
  return SchemaToJson(schema.fields().at(0).type);
}

StructField Column(const std::string& definition) {
  return Read("CREATE TABLE t (" + definition + ") USING DELTA").table.schema.fields().at(0);
}

TEST(CreateTableStatement, IsToldByUsingBeforeAs) {
  const auto is_ours = [](std::string_view sql) {
    return IsCreateTable(datafusion::Tokenize(sql));
  };
  EXPECT_TRUE(is_ours("create table t(a int) using delta"));
  EXPECT_TRUE(is_ours("/* x */ CREATE OR REPLACE TABLE t USING DELTA AS SELECT 1;"));
  EXPECT_FALSE(is_ours("CREATE TABLE t (a INT)"));
  EXPECT_FALSE(is_ours("CREATE TABLE t AS SELECT * FROM a JOIN b USING (x)"));
  EXPECT_FALSE(is_ours("CREATE EXTERNAL TABLE t STORED AS DELTATABLE"));
}

TEST(CreateTableStatement, ReadsItsClausesInAnyOrder) {
  const CreateTableStatement read = Read(
      "CREATE TABLE IF NOT EXISTS shop.\"my orders\" (id BIGINT NOT NULL, p STRING) USING DELTA\n"
      "LOCATION 's3://b/o' TBLPROPERTIES ('delta.appendOnly' = 'true', delta.x.y = 3, z = true)\n"
      "COMMENT 'it''s' PARTITIONED BY (p);");
  EXPECT_TRUE(read.if_not_exists);
  EXPECT_FALSE(read.replaces);
  EXPECT_EQ(read.name, (std::vector<std::string>{"shop", "my orders"}));
  EXPECT_EQ(read.location, "s3://b/o");
  EXPECT_EQ(read.table.description, "it's");
  EXPECT_EQ(read.table.partition_columns, (std::vector<std::string>{"p"}));
  EXPECT_EQ(read.table.configuration,
            (std::map<std::string, std::string>{
                {"delta.appendOnly", "true"}, {"delta.x.y", "3"}, {"z", "true"}}));
  EXPECT_FALSE(read.table.schema.fields()[0].nullable);
  EXPECT_FALSE(read.query);
}

TEST(CreateTableStatement, ReadsTypes) {
  EXPECT_EQ(TypeOf("INTEGER"), "\"integer\"");
  EXPECT_EQ(TypeOf("double precision"), "\"double\"");
  EXPECT_EQ(TypeOf("DECIMAL(12, 3)"), "\"decimal(12,3)\"");
  EXPECT_EQ(TypeOf("NUMERIC"), "\"decimal(10,0)\"");
  EXPECT_EQ(TypeOf("ARRAY<ARRAY<INT>>"),
            R"({"type":"array","elementType":{"type":"array","elementType":"integer",)"
            R"("containsNull":true},"containsNull":true})");
  EXPECT_EQ(TypeOf("MAP<STRING, STRUCT<a: INT NOT NULL, `b c`: ARRAY<DATE>>>"),
            R"({"type":"map","keyType":"string","valueType":{"type":"struct","fields":[)"
            R"({"name":"a","type":"integer","nullable":false,"metadata":{}},)"
            R"({"name":"b c","type":{"type":"array","elementType":"date","containsNull":true},)"
            R"("nullable":true,"metadata":{}}]},"valueContainsNull":true})");
}

TEST(CreateTableStatement, ReadsWhatColumnsAreMadeOf) {
  EXPECT_EQ(Column("b INT GENERATED ALWAYS AS (year(a) + (1)) COMMENT 'x'").metadata_json,
            R"json({"delta.generationExpression":"year(a) + (1)","comment":"x"})json");
  EXPECT_EQ(Column("b INT DEFAULT round(1.5, 0) NOT NULL").metadata_json,
            R"j({"CURRENT_DEFAULT":"round(1.5, 0)"})j");
  EXPECT_FALSE(Column("b INT DEFAULT 1 NOT NULL").nullable);
  EXPECT_EQ(
      Column("b BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY -2)").metadata_json,
      R"j({"delta.identity.start":5,"delta.identity.step":-2,)j"
      R"j("delta.identity.allowExplicitInsert":false})j");
  EXPECT_EQ(Column("v VARCHAR(7)").metadata_json,
            R"j({"__CHAR_VARCHAR_TYPE_STRING":"varchar(7)"})j");
}

TEST(CreateTableStatement, ReadsConstraints) {
  const CreateTableStatement read =
      Read("CREATE TABLE t (a INT, CONSTRAINT pos CHECK (a > 0 AND (a < 9))) USING DELTA");
  EXPECT_EQ(read.table.configuration,
            (std::map<std::string, std::string>{{"delta.constraints.pos", "a > 0 AND (a < 9)"}}));
}

TEST(CreateTableStatement, TakesTheRestAsTheQuery) {
  const CreateTableStatement read =
      Read("CREATE OR REPLACE TABLE 'x/y' USING DELTA AS WITH a AS (SELECT 1) SELECT * FROM a;");
  EXPECT_TRUE(read.replaces);
  EXPECT_EQ(read.query, "WITH a AS (SELECT 1) SELECT * FROM a");
}

TEST(CreateTableStatement, PointsAtWhatItCannotRead) {
  for (const auto& [sql, found] : std::vector<std::pair<std::string, std::string>>{
           {"CREATE TABLE t (a INT) USING PARQUET", "PARQUET"},
           {"CREATE TABLE t (a NUMBR) USING DELTA", "NUMBR"},
           {"CREATE TABLE t (a INT,) USING DELTA", ")"},
           {"CREATE TABLE t (a DECIMAL(39)) USING DELTA", "39"},
           {"CREATE TABLE t (a INT) USING DELTA CLUSTER BY (a)", "CLUSTER"},
           {"CREATE TABLE t USING DELTA", "the end"},
           {"CREATE TABLE t (a ARRAY<INT) USING DELTA", ")"},
           {"CREATE TABLE t (a INT) USING DELTA LOCATION orders", "orders"},
           {"CREATE OR REPLACE TABLE IF NOT EXISTS t (a INT) USING DELTA", "t"}}) {
    const Error error = ErrorOf([&] { Read(sql); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidSql) << sql;
    EXPECT_NE(error.message().find("found: " + found), std::string::npos) << error.message();
  }
}

std::optional<InsertStatement> ReadInsertOf(std::string_view sql) {
  return ReadInsert(datafusion::Tokenize(sql), false);
}

TEST(InsertStatement, IsLeftToTheEngineWithoutClausesOfOurs) {
  EXPECT_FALSE(ReadInsertOf("INSERT INTO t VALUES (1)"));
  EXPECT_FALSE(ReadInsertOf("INSERT OVERWRITE t SELECT * FROM u"));
  EXPECT_FALSE(ReadInsertOf("INSERT INTO t (a) SELECT by name FROM u"));
  EXPECT_FALSE(ReadInsertOf("SELECT 1"));
}

TEST(InsertStatement, ReadsByName) {
  const auto read = ReadInsertOf("insert overwrite table s.\"T 1\" by name select 1 as a;");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->table, "s.\"T 1\"");
  EXPECT_TRUE(read->overwrites);
  EXPECT_EQ(read->query, "select 1 as a");
}

TEST(InsertStatement, ReadsThePredicateUpToTheQuery) {
  const auto read =
      ReadInsertOf("INSERT INTO t REPLACE WHERE a IN (SELECT x FROM y) AND b SELECT 1, 2");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->predicate, "a IN (SELECT x FROM y) AND b");
  EXPECT_EQ(read->query, "SELECT 1, 2");
}

TEST(InsertStatement, NeedsAQueryAndAPredicate) {
  EXPECT_EQ(ErrorOf([] { ReadInsertOf("INSERT INTO t BY NAME"); }).code(), ErrorCode::kInvalidSql);
  EXPECT_EQ(ErrorOf([] { ReadInsertOf("INSERT INTO t REPLACE WHERE SELECT 1"); }).code(),
            ErrorCode::kInvalidSql);
}

}  // namespace
}  // namespace deltaic::delta
