#include <deltaic/delta/protocol/schema_json.h>

#include <pthread.h>

#include <chrono>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

std::string Wrap(std::string_view type, std::string_view metadata = "{}") {
  return fmt::format(
      R"({{"type":"struct","fields":[{{"name":"c","type":{},"nullable":true,"metadata":{}}}]}})",
      type, metadata);
}

std::string Quoted(std::string_view name) { return fmt::format("\"{}\"", name); }

ErrorCode CodeOf(std::string_view json) {
  try {
    ParseSchemaJson(json);
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "No error: " << json;
  return ErrorCode::kInternal;
}

TEST(SchemaJson, PrimitivesRoundTrip) {
  for (std::string_view name :
       {"string", "long", "integer", "short", "byte", "float", "double", "decimal(10,2)",
        "decimal(38,38)", "boolean", "binary", "date", "timestamp", "timestamp_ntz",
        "timestamp_nanos", "timestamp_nanos_ntz", "void", "variant"}) {
    std::string json = Wrap(fmt::format("\"{}\"", name));
    DataType schema = ParseSchemaJson(json);
    EXPECT_EQ(schema.fields().at(0).type.name(), name);
    EXPECT_EQ(SchemaToJson(schema), json);
  }
}

TEST(SchemaJson, OtherSpellings) {
  auto type = [](std::string_view json) { return ParseSchemaJson(Wrap(json)).fields()[0].type; };
  EXPECT_EQ(type(Quoted("decimal")), DataType::Decimal(10, 0));
  EXPECT_EQ(type(Quoted("decimal( 12 , 3 )")), DataType::Decimal(12, 3));
  EXPECT_EQ(type(Quoted("null")), DataType::Primitive(TypeKind::kVoid));
}

TEST(SchemaJson, NestedTypesRoundTrip) {
  std::string json = Wrap(
      R"({"type":"map","keyType":"string","valueType":{"type":"array","elementType":)"
      R"({"type":"struct","fields":[{"name":"x","type":"long","nullable":false,"metadata":{}}]},)"
      R"("containsNull":false},"valueContainsNull":true})");
  DataType schema = ParseSchemaJson(json);
  const DataType& map = schema.fields()[0].type;
  EXPECT_TRUE(map.contains_null());
  EXPECT_FALSE(map.value_type().contains_null());
  EXPECT_FALSE(map.value_type().element_type().fields()[0].nullable);
  EXPECT_EQ(SchemaToJson(schema), json);
  EXPECT_EQ(ParseSchemaJson(SchemaToJson(schema)), schema);
}

TEST(SchemaJson, KeysMayComeInAnyOrderAndUnknownOnesAreIgnored) {
  DataType schema = ParseSchemaJson(
      R"( {"extra":[{"a":[1]}],"fields":[{"metadata":null,"nullable":false,"type":{)"
      R"("containsNull":true,"elementType":"long","type":"array"},"x":{},"name":"a"},)"
      R"({"name":"b","type":"date","nullable":true}],"type":"struct"} )");
  ASSERT_EQ(schema.fields().size(), 2u);
  EXPECT_EQ(schema.fields()[0].name, "a");
  EXPECT_EQ(schema.fields()[0].metadata_json, "{}");
  EXPECT_EQ(schema.fields()[0].type, DataType::Array(DataType::Primitive(TypeKind::kLong), true));
  EXPECT_EQ(schema.fields()[1].metadata_json, "{}");
}

TEST(SchemaJson, MetadataIsKeptVerbatim) {
  for (std::string_view metadata :
       {"{}", R"({"comment":"a \"b\" \u00e9 \\"})",
        R"({ "n" : 123456789012345678901234567890, "f":1.50, "e":1e400, "l":[ 1,{"x":null}] })",
        R"({"delta.invariants":"{\"expression\":{\"expression\":\"x > 3\"}}"})"}) {
    DataType schema = ParseSchemaJson(Wrap(Quoted("long"), metadata));
    EXPECT_EQ(schema.fields()[0].metadata_json, metadata);
    EXPECT_EQ(ParseSchemaJson(SchemaToJson(schema)), schema);
  }
  DataType spaced = ParseSchemaJson(Wrap(Quoted("long"), "{\"a\":1} \n "));
  EXPECT_EQ(spaced.fields()[0].metadata_json, R"({"a":1})");
}

TEST(SchemaJson, MetadataThatIsNotAnObjectOrNotJsonIsRefused) {
  for (std::string_view metadata :
       {"[]", "1", "\"x\"", "nulL", R"({"a":})", R"({"a":1,})", R"({"a":tru})", R"({"a":01})",
        R"({"a":[1}})", R"({"a" 1})", R"({"a":"\q"})"}) {
    EXPECT_EQ(CodeOf(Wrap(Quoted("long"), metadata)), ErrorCode::kCorruptLog) << metadata;
  }
}

TEST(SchemaJson, NamesOfAnyKindRoundTrip) {
  for (std::string name :
       {"", " ", "a.b", "a\"b\\c", "tab\tnew\nline\x01", "\u00e9\U0001F608", "`x`", "a/b"}) {
    DataType schema = DataType::Struct({{name, DataType::Primitive(TypeKind::kLong)}});
    EXPECT_EQ(ParseSchemaJson(SchemaToJson(schema)), schema) << name;
  }
}

TEST(SchemaJson, NamesThatDifferInCaseOnlyAreRefused) {
  auto two = [](std::string_view a, std::string_view b) {
    return fmt::format(
        R"({{"type":"struct","fields":[{{"name":"{}","type":"long","nullable":true}},)"
        R"({{"name":"{}","type":"long","nullable":true}}]}})",
        a, b);
  };
  EXPECT_EQ(CodeOf(two("a", "a")), ErrorCode::kCorruptLog);
  EXPECT_EQ(CodeOf(two("Id_\u00e9", "iD_\u00e9")), ErrorCode::kCorruptLog);
  EXPECT_EQ(CodeOf(two("a", R"(\u0041)")), ErrorCode::kCorruptLog);
  EXPECT_EQ(ParseSchemaJson(two("a", "ab")).fields().size(), 2u);
  EXPECT_EQ(ParseSchemaJson(two("a[", "a{")).fields().size(), 2u);
  // Levels do not matter to each other.
  EXPECT_NO_THROW(ParseSchemaJson(Wrap(Wrap(Quoted("long")))));
}

TEST(SchemaJson, NulInANameIsRefused) {
  EXPECT_EQ(CodeOf(R"({"type":"struct","fields":[{"name":"a\u0000b","type":"long",)"
                   R"("nullable":true,"metadata":{}}]})"),
            ErrorCode::kCorruptLog);
}

TEST(SchemaJson, MalformedSchemasAreRefused) {
  for (std::string_view json :
       {"",
        " ",
        "{}",
        "[]",
        "null",
        "1",
        "\"struct\"",
        "\"long\"",
        R"({"type":"struct"})",
        R"({"type":"struct","fields":{}})",
        R"({"type":"struct","fields":null})",
        R"({"type":"struct","fields":[1]})",
        R"({"type":"struct","fields":[null]})",
        R"({"type":"struct","fields":[{}]})",
        R"({"type":"struct","fields":[]}x)",
        R"({"type":"struct","fields":[]} {})",
        R"({"type":"struct","fields":[],"fields":[]})",
        R"({"type":"struct","type":"struct","fields":[]})",
        R"({"type":"array","elementType":"long","containsNull":true})",
        R"({"type":"struct","fields":[{"name":"a","type":"long","nullable":1}]})",
        R"({"type":"struct","fields":[{"name":"a","type":"long","nullable":"true"}]})",
        R"({"type":"struct","fields":[{"name":1,"type":"long","nullable":true}]})",
        R"({"type":"struct","fields":[{"name":"a","nullable":true}]})",
        R"({"type":"struct","fields":[{"name":"a","type":"long"}]})",
        R"({"type":"struct","fields":[{"name":"\ud800","type":"long","nullable":true}]})",
        "{\"type\":\"struct\",\"fields\":[{\"name\":\"\xff\",\"type\":\"long\",\"nullable\":true}]"
        "}"}) {
    EXPECT_EQ(CodeOf(json), ErrorCode::kCorruptLog) << json;
  }
  for (const std::string& type : std::initializer_list<std::string>{
           Quoted("int"),
           Quoted("Long"),
           Quoted(""),
           Quoted("decimal(39,0)"),
           Quoted("decimal(5,6)"),
           Quoted("decimal(5,-1)"),
           Quoted("decimal(0,0)"),
           Quoted("decimal(5)"),
           Quoted("decimal()"),
           Quoted("decimal("),
           Quoted("decimal(5,2"),
           Quoted("decimalx"),
           Quoted("decimal(99999999999,1)"),
           Quoted("decimal(5,2)x"),
           Quoted("array"),
           "1",
           "null",
           "[]",
           R"({"type":"udt"})",
           R"({"type":"long"})",
           R"({"type":{"type":"long"}})",
           R"({"type":"array","elementType":"long"})",
           R"({"type":"array","containsNull":true})",
           R"({"type":"map","keyType":"long","valueContainsNull":true})",
           R"({"type":"map","keyType":"long","valueType":"long"})"}) {
    EXPECT_EQ(CodeOf(Wrap(type)), ErrorCode::kCorruptLog) << type;
  }
}

TEST(SchemaJson, GeospatialTypesNameTheirFeature) {
  for (const std::string& type :
       std::initializer_list<std::string>{Quoted("geometry"), Quoted("geometry(OGC:CRS84)"),
                                          Quoted("geography(OGC:CRS84,spherical)")}) {
    try {
      ParseSchemaJson(Wrap(type));
      FAIL() << type;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupportedFeature);
      EXPECT_NE(error.message().find("geospatial"), std::string::npos);
    }
  }
}

TEST(SchemaJson, EveryCutOfASchemaIsRefused) {
  std::string json =
      Wrap(R"({"type":"map","keyType":"string","valueType":{"type":"array","elementType":"decimal")"
           R"(,"containsNull":false},"valueContainsNull":true})",
           R"({"a":[1,"b"]})");
  ASSERT_NO_THROW(ParseSchemaJson(json));
  for (size_t size = 0; size < json.size(); ++size) {
    EXPECT_EQ(CodeOf(json.substr(0, size)), ErrorCode::kCorruptLog) << size;
  }
}

TEST(SchemaJson, EveryChangedByteParsesOrIsRefused) {
  std::string json =
      Wrap(R"({"type":"array","elementType":{"type":"struct","fields":[]},"containsNull":false})",
           R"({"a":[1,"b"]})");
  int refused = 0;
  for (size_t i = 0; i < json.size(); ++i) {
    for (char c : {'\0', '"', '{', '}', '[', ']', ':', ',', '\\', 'x', '0', '\xff'}) {
      std::string changed = json;
      changed[i] = c;
      try {
        DataType schema = ParseSchemaJson(changed);
        EXPECT_EQ(ParseSchemaJson(SchemaToJson(schema)), schema);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kCorruptLog);
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 500);
}

std::string Deep(int levels, std::string_view open, std::string_view close) {
  std::string type;
  for (int i = 0; i < levels; ++i) type += open;
  type += R"("long")";
  for (int i = 0; i < levels; ++i) type += close;
  return Wrap(type);
}

// Runs on a stack of 2 MB, which is what the engine's worker threads have.
void OnSmallStack(std::function<void()> work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, 2 << 20), 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(
                &thread, &attributes,
                [](void* argument) -> void* {
                  (*static_cast<std::function<void()>*>(argument))();
                  return nullptr;
                },
                &work),
            0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST(SchemaJson, DeepSchemasParseUpToTheLimit) {
  constexpr std::string_view kStructOpen =
      R"({"type":"struct","fields":[{"name":"c","nullable":true,"metadata":{},"type":)";
  OnSmallStack([=] {
    for (auto [open, close] :
         {std::pair<std::string_view, std::string_view>{kStructOpen, "}]}"},
          {R"({"type":"array","containsNull":true,"elementType":)", "}"},
          {R"({"type":"map","valueContainsNull":true,"keyType":"long","valueType":)", "}"}}) {
      DataType schema = ParseSchemaJson(Deep(500, open, close));
      EXPECT_EQ(ParseSchemaJson(SchemaToJson(schema)), schema);
      EXPECT_EQ(CodeOf(Deep(501, open, close)), ErrorCode::kCorruptLog);
      EXPECT_EQ(CodeOf(Deep(100'000, open, close)), ErrorCode::kCorruptLog);
    }
  });
}

TEST(SchemaJson, ManyColumnsParseFast) {
  std::string json = R"({"type":"struct","fields":[)";
  for (int i = 0; i < 100'000; ++i) {
    fmt::format_to(std::back_inserter(json),
                   R"({}{{"name":"column_{}","type":"long","nullable":true,"metadata":)"
                   R"({{"delta.columnMapping.id":{},"delta.columnMapping.physicalName":"c{}"}}}})",
                   i == 0 ? "" : ",", i, i, i);
  }
  json += "]}";
  auto begin = std::chrono::steady_clock::now();
  DataType schema = ParseSchemaJson(json);
  auto end = std::chrono::steady_clock::now();
  EXPECT_EQ(schema.fields().size(), 100'000u);
  EXPECT_LT(end - begin, std::chrono::seconds(60));  // About 0.1 s when optimised.
  json.insert(json.size() - 2, R"(,{"name":"COLUMN_77777","type":"long","nullable":true})");
  EXPECT_EQ(CodeOf(json), ErrorCode::kCorruptLog);
}

}  // namespace
}  // namespace deltaic::delta
