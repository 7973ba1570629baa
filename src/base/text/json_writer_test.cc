#include "base/text/json_writer.h"

#include <string>

#include <gtest/gtest.h>

#include "base/text/json_text.h"

namespace deltaic {
namespace {

TEST(JsonWriter, PutsCommasBetweenMembersAndValues) {
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject();
  writer.Key("a");
  writer.BeginArray();
  writer.EndArray();
  writer.Key("b");
  writer.BeginArray();
  writer.Integer(-7);
  writer.BeginObject();
  writer.EndObject();
  writer.Boolean(true);
  writer.Null();
  writer.Raw("1e400");
  writer.EndArray();
  writer.Key("");
  writer.String("x");
  writer.EndObject();
  EXPECT_EQ(json, R"({"a":[],"b":[-7,{},true,null,1e400],"":"x"})");
}

TEST(JsonWriter, EscapesWhatJsonDoesNotAllowInTexts) {
  std::string every;
  for (int c = 0; c < 0x80; ++c) every += static_cast<char>(c);
  std::string json;
  JsonWriter(json).String(every + "\u00fc\U0001F600");
  EXPECT_TRUE(IsJsonText(json)) << json;
  EXPECT_TRUE(json.starts_with(R"("\u0000\u0001)")) << json;
  for (const char* escape : {R"(\b\t\n\u000b\f\r)", R"(!\"#)", R"([\\])", "\u00fc\U0001F600"}) {
    EXPECT_NE(json.find(escape), std::string::npos) << escape;
  }
}

TEST(JsonWriter, WritesTheEndsOfTheIntegers) {
  std::string json;
  JsonWriter writer(json);
  writer.BeginArray();
  writer.Integer(INT64_MIN);
  writer.Integer(INT64_MAX);
  writer.EndArray();
  EXPECT_EQ(json, "[-9223372036854775808,9223372036854775807]");
}

}  // namespace
}  // namespace deltaic
