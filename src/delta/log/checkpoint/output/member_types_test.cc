#include "delta/log/checkpoint/output/member_types.h"

#include <string>

#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/base/error.h>

#include "columnar/arrow_column.h"
#include "delta/log/checkpoint/column_json.h"
#include "testing/error_of.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;

DataType Primitive(TypeKind kind) { return DataType::Primitive(kind); }

// What the columns of some actions hold, a JSON object for each action.
std::vector<std::string> Stored(const MemberTypes& types,
                                const std::vector<UnknownMembers>& actions) {
  std::vector<const UnknownMembers*> rows;
  for (const UnknownMembers& members : actions) rows.push_back(&members);
  BatchBuilder builder(static_cast<int64_t>(rows.size()));
  types.AddColumns(rows, builder);
  const RecordBatch batch = builder.Finish();
  nanoarrow::UniqueArrayView view;
  EXPECT_EQ(ArrowArrayViewInitFromSchema(view.get(), batch.schema().c_schema(), nullptr), 0);
  EXPECT_EQ(ArrowArrayViewSetArray(view.get(), batch.c_array(), nullptr), 0);
  const ArrowColumn root(batch.schema().c_schema(), view.get());
  std::vector<std::string> stored;
  for (int64_t row = 0; row < batch.num_rows(); ++row) stored.push_back(ColumnJson(root, row));
  return stored;
}

TEST(MemberTypes, HoldWhatJsonHolds) {
  const std::vector<UnknownMembers> actions = {
      {{"n", "1"}, {"t", R"("a\n\"")"}, {"b", "false"}, {"o", R"({"x":1,"y":[{"z":"q"}]})"}},
      {{"n", "-9223372036854775808"}, {"l", "[1,null,3]"}, {"o", R"({"x":null})"}},
      {{"e", "[]"}, {"v", "null"}, {"s", "{}"}}};
  MemberTypes types("add");
  for (const UnknownMembers& members : actions) EXPECT_TRUE(types.Learn(members));
  for (const UnknownMembers& members : actions) EXPECT_FALSE(types.Learn(members));
  EXPECT_EQ(Stored(types, actions),
            (std::vector<std::string>{
                R"({"n":1,"t":"a\n\"","b":false,"o":{"x":1,"y":[{"z":"q"}]}})",
                R"({"n":-9223372036854775808,"o":{},"l":[1,null,3]})", R"({"e":[]})"}));
}

TEST(MemberTypes, TakeTheTypeThatHoldsAllValues) {
  MemberTypes types("add");
  types.Learn(UnknownMembers{{"n", "1"}, {"o", R"({"a":1})"}});
  EXPECT_TRUE(types.Learn(UnknownMembers{{"n", "0.5"}, {"o", R"({"b":"x"})"}}));
  EXPECT_EQ(Stored(types, {{{"n", "1"}, {"o", R"({"a":1})"}}, {{"n", "0.5"}}}),
            (std::vector<std::string>{R"({"n":1,"o":{"a":1}})", R"({"n":0.5})"}));
}

TEST(MemberTypes, KeepTheMapOfAnOlderCheckpoint) {
  const DataType text = Primitive(TypeKind::kString);
  MemberTypes types("add");
  types.Learn(StructField{"m", DataType::Map(text, text, true)});
  EXPECT_FALSE(types.Learn(UnknownMembers{{"m", R"({"k":"v"})"}}));
  EXPECT_EQ(Stored(types, {{{"m", R"({"k":"v","l":null})"}}}),
            (std::vector<std::string>{R"({"m":{"k":"v","l":null}})"}));
}

TEST(MemberTypes, RefuseWhatNoTypeHolds) {
  const auto learn = [](const std::string& first, const std::string& second) {
    return ErrorOf([&] {
      MemberTypes types("add");
      types.Learn(UnknownMembers{{"m", first}});
      types.Learn(UnknownMembers{{"m", second}});
    });
  };
  for (const char* other : {R"("x")", "[1]", R"({"a":1})", "true"}) {
    const Error error = learn("1", other);
    EXPECT_EQ(error.code(), ErrorCode::kUnsupportedFeature) << other;
    EXPECT_NE(std::string(error.message()).find("add.'m'"), std::string::npos) << error.message();
  }
  EXPECT_EQ(learn(R"([1,"x"])", "null").code(), ErrorCode::kUnsupportedFeature);
  EXPECT_EQ(learn(R"({"a":1,"a":2})", "null").code(), ErrorCode::kUnsupportedFeature);
  EXPECT_EQ(learn(std::string(100, '[') + std::string(100, ']'), "null").code(),
            ErrorCode::kUnsupportedFeature);
}

TEST(MemberTypes, RefuseMoreNamesThanColumnsCanBe) {
  const auto learn_all = [](const auto& members_of) {
    return ErrorOf([&] {
      MemberTypes types("add");
      for (int i = 0; i < 1'001; ++i) types.Learn(members_of(i));
    });
  };
  const Error names = learn_all([](int i) {
    return UnknownMembers{{"m" + std::to_string(i), "1"}};
  });
  EXPECT_EQ(names.code(), ErrorCode::kUnsupportedFeature) << names.message();
  const Error fields = learn_all([](int i) {
    return UnknownMembers{{"m", R"({"f)" + std::to_string(i) + R"(":1})"}};
  });
  EXPECT_EQ(fields.code(), ErrorCode::kUnsupportedFeature) << fields.message();
}

TEST(MergeTypes, FindsTheCommonOne) {
  const DataType number = Primitive(TypeKind::kDouble), integer = Primitive(TypeKind::kInteger);
  EXPECT_EQ(MergeTypes(integer, Primitive(TypeKind::kLong)), Primitive(TypeKind::kLong));
  EXPECT_EQ(MergeTypes(Primitive(TypeKind::kFloat), integer), number);
  EXPECT_EQ(MergeTypes(Primitive(TypeKind::kVoid), integer), integer);
  EXPECT_EQ(MergeTypes(DataType::Array(integer, true), DataType::Array(number, true)),
            DataType::Array(number, true));
  EXPECT_EQ(MergeTypes(Primitive(TypeKind::kDate), Primitive(TypeKind::kString)), std::nullopt);
}

}  // namespace
}  // namespace deltaic::delta
