#include "delta/protocol/schema/type_widening.h"

#include <string>
#include <vector>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "delta/protocol/schema/type_name.h"

namespace deltaic::delta {
namespace {

using Names = std::vector<std::string>;

Protocol With(const std::string& feature) { return {3, 7, Names{feature}, Names{feature}}; }

StructField Changed(const std::string& metadata, TypeKind kind = TypeKind::kLong) {
  return {"changed", DataType::Primitive(kind), true, metadata};
}

std::string Refusal(const StructField& field, const Protocol& protocol = With("typeWidening")) {
  try {
    CheckTypeChanges(protocol, DataType::Struct({field}));
    return "";
  } catch (const Error& error) {
    return std::string(ErrorCodeName(error.code())) + ": " + error.message();
  }
}

std::string Change(std::string_view from, std::string_view to) {
  return fmt::format(R"({{"delta.typeChanges":[{{"fromType":"{}","toType":"{}"}}]}})", from, to);
}

TEST(TypeWidening, TheChangesOfTheProtocol) {
  const std::pair<const char*, const char*> allowed[] = {
      {"byte", "short"},
      {"byte", "integer"},
      {"byte", "long"},
      {"short", "integer"},
      {"short", "long"},
      {"integer", "long"},
      {"float", "double"},
      {"byte", "double"},
      {"short", "double"},
      {"integer", "double"},
      {"date", "timestamp_ntz"},
      {"decimal(10,2)", "decimal(12,2)"},
      {"decimal(10,2)", "decimal(12,4)"},
      {"decimal(10,2)", "decimal(20,5)"},
      {"byte", "decimal(10,0)"},
      {"byte", "decimal(4,1)"},
      {"short", "decimal(5,0)"},
      {"short", "decimal(12,2)"},
      {"integer", "decimal(11,1)"},
      {"long", "decimal(20,0)"},
      {"long", "decimal(23,3)"},
      {"integer", "integer"},
  };
  for (const auto& [from, to] : allowed) {
    EXPECT_TRUE(IsWidening(ParseTypeName(from), ParseTypeName(to))) << from << " " << to;
    EXPECT_EQ(Refusal(Changed(Change(from, to))), "") << from << " " << to;
  }
}

TEST(TypeWidening, OtherChangesAreRefusedByName) {
  const std::pair<const char*, const char*> refused[] = {
      {"long", "integer"},
      {"short", "byte"},
      {"long", "double"},
      {"integer", "float"},
      {"double", "float"},
      {"date", "timestamp"},
      {"timestamp_ntz", "date"},
      {"date", "timestamp_nanos_ntz"},
      {"timestamp", "timestamp_nanos"},
      {"timestamp_ntz", "timestamp_nanos_ntz"},
      {"timestamp_nanos", "timestamp"},
      {"decimal(10,2)", "decimal(11,4)"},
      {"decimal(10,2)", "decimal(12,1)"},
      {"decimal(10,2)", "decimal(9,2)"},
      {"decimal(10,0)", "long"},
      {"byte", "decimal(3,1)"},
      {"short", "decimal(4,0)"},
      {"integer", "decimal(9,0)"},
      {"integer", "decimal(10,1)"},
      {"long", "decimal(19,0)"},
      {"long", "decimal(20,1)"},
      {"integer", "string"},
      {"string", "binary"},
      {"boolean", "integer"},
      {"float", "decimal(38,10)"},
  };
  for (const auto& [from, to] : refused) {
    EXPECT_FALSE(IsWidening(ParseTypeName(from), ParseTypeName(to))) << from << " " << to;
    EXPECT_EQ(Refusal(Changed(Change(from, to))),
              fmt::format("unsupported_feature: The field 'changed' of the table's schema changed "
                          "its type from {} to {}, which is not supported.",
                          from, to));
  }
}

TEST(TypeWidening, ChangesCountWithTheFeatureAtEveryDepth) {
  const std::string bad = Change("integer", "string");
  EXPECT_NE(Refusal(Changed(bad), With("typeWidening-preview")), "");
  EXPECT_EQ(Refusal(Changed(bad), With("timestampNtz")), "");
  EXPECT_EQ(Refusal(Changed(bad), {1, 2, {}, {}}), "");
  const DataType inner = DataType::Struct({Changed(bad)});
  const DataType map =
      DataType::Map(DataType::Primitive(TypeKind::kString), DataType::Array(inner, true), true);
  EXPECT_NE(Refusal({"m", map}).find("'changed'"), std::string::npos);
}

TEST(TypeWidening, MalformedRecords) {
  EXPECT_EQ(Refusal(Changed("{}")), "");
  EXPECT_EQ(Refusal(Changed(R"({"comment":"delta.typeChanges"})")), "");
  EXPECT_EQ(Refusal(Changed(R"({"delta.typeChanges":[]})")), "");
  for (const char* record :
       {"1", R"("x")", "{}", "[1]", R"([{"fromType":"byte"}])", R"([{"fromType":1,"toType":2}])",
        R"([{"fromType":"byte","toType":"strange"}])"}) {
    const std::string refusal =
        Refusal(Changed(fmt::format(R"({{"delta.typeChanges":{}}})", record)));
    EXPECT_TRUE(refusal.starts_with("corrupt_log: ")) << record << refusal;
  }
  // The path within the field, and what previews wrote, say nothing to a reader.
  EXPECT_EQ(Refusal(Changed(R"({"delta.typeChanges":[{"fromType":"byte","toType":"long",)"
                            R"("fieldPath":"element.key","tableVersion":2}]})")),
            "");
}

}  // namespace
}  // namespace deltaic::delta
