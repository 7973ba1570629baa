#include "delta/protocol/schema/type_name.h"

#include <deltaic/base/error.h>
#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

TEST(TypeName, EveryPrimitiveIsReadBack) {
  for (int kind = 0; kind < static_cast<int>(TypeKind::kStruct); ++kind) {
    if (static_cast<TypeKind>(kind) == TypeKind::kDecimal) continue;
    DataType type = DataType::Primitive(static_cast<TypeKind>(kind));
    EXPECT_EQ(ParseTypeName(type.name()), type);
  }
  for (int precision = 1; precision <= 38; ++precision) {
    for (int scale = 0; scale <= precision; ++scale) {
      DataType type = DataType::Decimal(precision, scale);
      EXPECT_EQ(ParseTypeName(type.name()), type);
    }
  }
}

TEST(TypeName, UnknownNamesAreRefused) {
  for (std::string_view name : {"", "int", "STRING", "struct", "array", "map", "decimal(0,0)",
                                "decimal(39,1)", "decimal(4,5)", "decimal(4;5)", "decimal4,5"}) {
    try {
      ParseTypeName(name);
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorruptLog) << name;
    }
  }
}

}  // namespace
}  // namespace deltaic::delta
