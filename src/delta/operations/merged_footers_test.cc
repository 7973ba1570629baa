#include "delta/operations/merged_footers.h"

#include <gtest/gtest.h>

#include "testing/error_of.h"

namespace deltaic::delta {
namespace {

DataType Of(TypeKind kind) { return DataType::Primitive(kind); }

TEST(MergedFooters, AddsColumnsAndLetsAllBeNull) {
  MergedFooters merged;
  merged.Add("1", {{"a", Of(TypeKind::kLong), false}});
  merged.Add("2", {{"b", DataType::Array(Of(TypeKind::kString), false), false},
                   {"a", Of(TypeKind::kLong), true}});
  const std::vector<StructField> wanted = {{"a", Of(TypeKind::kLong)},
                                           {"b", DataType::Array(Of(TypeKind::kString), true)}};
  EXPECT_EQ(merged.columns(), wanted);
}

TEST(MergedFooters, TakesTheWidestIntegerThatParquetStoresAlike) {
  MergedFooters merged;
  merged.Add("1", {{"a", Of(TypeKind::kShort)}});
  merged.Add("2", {{"a", Of(TypeKind::kInteger)}});
  merged.Add("3", {{"a", Of(TypeKind::kByte)}});
  EXPECT_EQ(merged.columns().front().type, Of(TypeKind::kInteger));
}

TEST(MergedFooters, AColumnOfNullsFitsAny) {
  MergedFooters merged;
  merged.Add("1", {{"a", Of(TypeKind::kVoid)}, {"b", Of(TypeKind::kDate)}});
  merged.Add("2", {{"a", Of(TypeKind::kDate)}, {"b", Of(TypeKind::kVoid)}});
  EXPECT_EQ(merged.columns().front().type, Of(TypeKind::kDate));
  EXPECT_EQ(merged.columns().back().type, Of(TypeKind::kDate));
}

TEST(MergedFooters, MergesFieldsAtEveryDepth) {
  const auto nested = [](std::vector<StructField> fields) {
    return std::vector<StructField>{
        {"m", DataType::Map(Of(TypeKind::kString), DataType::Struct(std::move(fields)), true)}};
  };
  MergedFooters merged;
  merged.Add("1", nested({{"x", Of(TypeKind::kByte)}}));
  merged.Add("2", nested({{"y", Of(TypeKind::kDate)}, {"x", Of(TypeKind::kShort)}}));
  EXPECT_EQ(merged.columns(), nested({{"x", Of(TypeKind::kShort)}, {"y", Of(TypeKind::kDate)}}));
}

// The message of what two files, the second and the third one, are refused with.
std::string RefusalOf(const std::vector<StructField>& second,
                      const std::vector<StructField>& third) {
  MergedFooters merged;
  merged.Add("first", {{"other", Of(TypeKind::kLong)}});
  const Error error = testing::ErrorOf([&] {
    merged.Add("second", second);
    merged.Add("third", third);
  });
  EXPECT_EQ(error.code(), ErrorCode::kSchemaMismatch);
  return error.message();
}

TEST(MergedFooters, AContradictionNamesTheColumnAndBothFiles) {
  const auto in_struct = [](TypeKind kind) {
    return std::vector<StructField>{{"s", DataType::Struct({{"x", Of(kind)}})}};
  };
  EXPECT_EQ(RefusalOf(in_struct(TypeKind::kInteger), in_struct(TypeKind::kLong)),
            "The column 's.x' has the type integer in the file 'second', and long in 'third'.");
  EXPECT_EQ(RefusalOf({{"d", DataType::Decimal(10, 2)}}, {{"d", DataType::Decimal(12, 2)}}),
            "The column 'd' has the type decimal(10,2) in the file 'second', and decimal(12,2) in "
            "'third'.");
  EXPECT_NE(RefusalOf({{"s", Of(TypeKind::kLong)}}, in_struct(TypeKind::kLong)).find("struct"),
            std::string::npos);
}

TEST(MergedFooters, NamesThatDifferInCaseAreRefused) {
  const std::string across =
      RefusalOf({{"Id", Of(TypeKind::kLong)}}, {{"ID", Of(TypeKind::kLong)}});
  EXPECT_NE(across.find("'Id' in the file 'second', and 'ID' in 'third'"), std::string::npos)
      << across;
  EXPECT_NE(RefusalOf({{"a", Of(TypeKind::kLong)}, {"A", Of(TypeKind::kLong)}}, {}).find("'A'"),
            std::string::npos);
  EXPECT_NE(RefusalOf({{"a", Of(TypeKind::kLong)}},
                      {{"a", Of(TypeKind::kLong)}, {"a", Of(TypeKind::kLong)}})
                .find("'a'"),
            std::string::npos);
}

}  // namespace
}  // namespace deltaic::delta
