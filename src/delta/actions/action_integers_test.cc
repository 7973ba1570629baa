#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/error.h>

#include "delta/actions/action_json.h"

namespace deltaic::delta {
namespace {

constexpr char kLocation[] = "_delta_log/00000000000000000007.json";
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kGreatest = std::numeric_limits<int64_t>::max();

// A member that is an integer: an action with a place for it, and how it is read back.
struct Member {
  std::string name;
  std::string action;  // A format string.
  int64_t least = kLeast;
  int64_t greatest = kGreatest;
  std::function<int64_t(const CommitActions&)> value;
};

std::vector<Member> Members() {
  const std::string add =
      R"({{"add":{{"path":"p","partitionValues":{{}},"size":%,"modificationTime":@,)"
      R"("dataChange":true}}}})";
  const auto with = [](std::string text, char place, std::string_view filler) {
    for (size_t at; (at = text.find_first_of("%@")) != std::string::npos;) {
      text.replace(at, 1, text[at] == place ? "{}" : filler);
    }
    return text;
  };
  constexpr int64_t kGreatestVersion = std::numeric_limits<int32_t>::max();
  return {
      {"add.size", with(add, '%', "1"), 0, kGreatest,
       [](const CommitActions& actions) { return actions.files->sizes[0]; }},
      {"add.modificationTime", with(add, '@', "1"), kLeast, kGreatest,
       [](const CommitActions& actions) { return actions.files->modification_times[0]; }},
      {"protocol.minReaderVersion",
       R"({{"protocol":{{"minReaderVersion":{},"minWriterVersion":2}}}})", 1, kGreatestVersion,
       [](const CommitActions& actions) { return int64_t{actions.protocol->min_reader_version}; }},
      {"protocol.minWriterVersion",
       R"({{"protocol":{{"minReaderVersion":1,"minWriterVersion":{}}}}})", 1, kGreatestVersion,
       [](const CommitActions& actions) { return int64_t{actions.protocol->min_writer_version}; }},
      {"txn.version", R"({{"txn":{{"appId":"a","version":{}}}}})", kLeast, kGreatest,
       [](const CommitActions& actions) { return actions.transactions[0].version; }},
      {"txn.lastUpdated", R"({{"txn":{{"appId":"a","version":1,"lastUpdated":{}}}}})", kLeast,
       kGreatest,
       [](const CommitActions& actions) { return *actions.transactions[0].last_updated; }},
      {"metaData.createdTime",
       R"({{"metaData":{{"id":"i","format":{{"provider":"parquet"}},"partitionColumns":[],)"
       R"("createdTime":{}}}}})",
       kLeast, kGreatest,
       [](const CommitActions& actions) { return *actions.metadata->created_time; }},
  };
}

CommitActions Parse(const Member& member, std::string_view number) {
  return ParseCommitActions(fmt::format(fmt::runtime(member.action), number), {kLocation, 7});
}

void ExpectRefusal(const Member& member, std::string_view number) {
  try {
    Parse(member, number);
    ADD_FAILURE() << member.name << " took " << number;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptLog);
    for (const std::string& part : {member.name, std::string(kLocation), std::string("line 1")}) {
      EXPECT_NE(error.message().find(part), std::string::npos) << error.message();
    }
  }
}

TEST(ActionIntegers, EndsOfTheRangeAreRead) {
  for (const Member& member : Members()) {
    for (const int64_t number : {member.least, member.greatest, int64_t{1}}) {
      EXPECT_EQ(member.value(Parse(member, fmt::to_string(number))), number) << member.name;
    }
  }
}

TEST(ActionIntegers, WhatIsBeyondTheRangeIsRefused) {
  for (const Member& member : Members()) {
    if (member.least > kLeast) ExpectRefusal(member, fmt::to_string(member.least - 1));
    if (member.greatest < kGreatest) ExpectRefusal(member, fmt::to_string(member.greatest + 1));
    for (const std::string_view number :
         {"9223372036854775808", "-9223372036854775809", "18446744073709551615",
          "18446744073709551616", "10000000000000000000000", "1e30", "1e400", "1.5", "1.0",
          "1e0"}) {
      ExpectRefusal(member, number);
    }
  }
}

TEST(ActionIntegers, WhatIsNoNumberIsRefused) {
  for (const Member& member : Members()) {
    for (const std::string_view text :
         {R"("1")", "true", "[]", "{}", "01", "+1", "0x1", "-", "NaN", "Infinity"}) {
      ExpectRefusal(member, text);
    }
    // Where the object itself is malformed, no member of it is to blame.
    EXPECT_THROW(Parse(member, "1 2"), Error) << member.name;
  }
}

TEST(ActionIntegers, KnownShapesTakeNoOtherNumbers) {
  // The second line is of the shape of the first.
  const Member size = Members()[0];
  const std::string good = fmt::format(fmt::runtime(size.action), 1);
  for (const std::string_view number : {"9223372036854775808", "1.5", "1e3", "-1", "01", "true"}) {
    const std::string lines = good + "\n" + fmt::format(fmt::runtime(size.action), number);
    EXPECT_THROW(ParseCommitActions(lines, {kLocation, 7}), Error) << number;
  }
  const std::string lines = good + "\n" + fmt::format(fmt::runtime(size.action), kGreatest);
  EXPECT_EQ(ParseCommitActions(lines, {kLocation, 7}).files->sizes[1], kGreatest);
}

}  // namespace
}  // namespace deltaic::delta
