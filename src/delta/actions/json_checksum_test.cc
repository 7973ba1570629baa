#include "delta/actions/json_checksum.h"

#include <string>

#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

TEST(JsonChecksum, OfTheProtocolsExample) {
  constexpr char kJson[] = R"({"k0":"'v 0'", "checksum": "adsaskfljadfkjadfkj", "k1":{"k2": 2,
      "k3": ["v3", [1, 2], {"k4": "v4", "k5": ["v5", "v6", "v7"]}]}})";
  EXPECT_EQ(JsonChecksum(kJson), "6a92d155a59bf2eecbd4b4ec7fd1f875");
}

TEST(JsonChecksum, DependsOnWhatIsSaidAlone) {
  const auto sum = JsonChecksum(R"({"a":1,"b":{"c":null,"d":[true,false]},"é":"\u00e9 "})");
  ASSERT_TRUE(sum);
  EXPECT_EQ(JsonChecksum(R"( { "é" : "é\u0020","b":{"d":[true,false],"c":null} , "a":1 } )"), sum);
  EXPECT_EQ(JsonChecksum(R"({"a":1,"b":{"c":null,"d":[true,false]},"é":"é ","checksum":{}})"), sum);
  EXPECT_NE(JsonChecksum(R"({"a":2,"b":{"c":null,"d":[true,false]},"é":"é "})"), sum);
  EXPECT_NE(JsonChecksum(R"({"a":1,"b":{"c":null,"d":[false,true]},"é":"é "})"), sum);
  EXPECT_NE(JsonChecksum(R"({"a":1,"b":{"c":null,"d":[true,false],"checksum":1},"é":"é "})"), sum);
}

TEST(JsonChecksum, ThereIsNoneOfNonsense) {
  for (const char* json : {"", "7", "[]", "{", "{} x", R"({"a":1,"a":1})", R"({"a":{"b":1,"b":2}})",
                           R"({"a":1,"\u0061":2})", R"({"a":01})", R"({"a":nul})"}) {
    EXPECT_EQ(JsonChecksum(json), std::nullopt) << json;
  }
  std::string deep = R"({"a":)";
  for (int i = 0; i < 900; ++i) deep += '[';
  for (int i = 0; i < 900; ++i) deep += ']';
  EXPECT_EQ(JsonChecksum(deep + "}"), std::nullopt);
}

}  // namespace
}  // namespace deltaic::delta
