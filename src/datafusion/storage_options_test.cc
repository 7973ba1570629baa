#include "datafusion/storage_options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/object_store.h>

namespace deltaic::datafusion {
namespace {

constexpr std::array kStores = {StoreKind::kS3, StoreKind::kAzure, StoreKind::kGoogle,
                                StoreKind::kHttp, StoreKind::kLocal};

Options Resolved(StoreKind kind, const Options& options, const Environment& environment = {}) {
  return ResolveStorageOptions(kind, options, environment).store;
}

std::string Refusal(StoreKind kind, const Options& options) {
  try {
    ResolveStorageOptions(kind, options, {});
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.message();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(StorageOptions, UrlsTellTheKindOfStore) {
  for (const auto& [url, kind] : {
           std::pair<std::string_view, StoreKind>{"s3://b/t", StoreKind::kS3},
           {"S3A://b", StoreKind::kS3},
           {"gs://b", StoreKind::kGoogle},
           {"abfss://c@a.dfs.core.windows.net/t", StoreKind::kAzure},
           {"az://c/t", StoreKind::kAzure},
           {"https://h/t", StoreKind::kHttp},
           {"file:///t", StoreKind::kLocal},
           {"memory://m", StoreKind::kOther},
           {"./s3:/x", StoreKind::kLocal},
           {"", StoreKind::kLocal},
       }) {
    EXPECT_EQ(StoreKindOf(url), kind) << url;
  }
}

TEST(StorageOptions, NamesAreInAnyCaseWithDotsOrUnderscores) {
  for (const char* name : {"aws_region", "AWS_REGION", "aws.region", "Region", "region"}) {
    EXPECT_EQ(Resolved(StoreKind::kS3, {{name, "x"}}), (Options{{"aws_region", "x"}})) << name;
  }
  for (const char* name : {"timeout", "TIMEOUT", "aws_timeout", "AWS_TIMEOUT", "aws.timeout"}) {
    EXPECT_EQ(Resolved(StoreKind::kS3, {{name, "1s"}}), (Options{{"timeout", "1000000000ns"}}));
  }
  for (const char* name : {"backoff_config.base", "backoff.base", "base", "BACKOFF_CONFIG_BASE"}) {
    EXPECT_EQ(Resolved(StoreKind::kHttp, {{name, "3"}}), (Options{{"backoff_config_base", "3"}}));
  }
  for (const char* name : {"aws_allow_http", "aws_storage_allow_http", "AWS_STORAGE_ALLOW_HTTP"}) {
    EXPECT_EQ(Resolved(StoreKind::kS3, {{name, "1"}}), (Options{{"allow_http", "true"}})) << name;
    EXPECT_EQ(Resolved(StoreKind::kAzure, {{name, "1"}}), Options()) << name;
  }
}

TEST(StorageOptions, EveryNameIsTakenByEveryStore) {
  for (const StorageOption& option : KnownStorageOptions()) {
    for (const std::string_view name : option.names) {
      EXPECT_TRUE(IsStorageOption(name));
      const char* value = option.type == OptionType::kBoolean      ? "true"
                          : option.type == OptionType::kDuration   ? "1s"
                          : option.type == OptionType::kUrl        ? "http://x"
                          : option.type == OptionType::kAddressing ? "path"
                          : option.type == OptionType::kDurability ? "full"
                                                                   : "7";
      for (const StoreKind kind : kStores) {
        const StoreSettings found = ResolveStorageOptions(kind, {{std::string(name), value}}, {});
        if (option.IsFor(kind)) {
          EXPECT_EQ(FindStorageOption(kind, name), &option) << name;
          const bool is_used = option.use != OptionUse::kNothing;
          EXPECT_EQ(found.store.size() + found.writers.size(), is_used ? 1 : 0) << name;
        }
      }
      EXPECT_EQ(Resolved(StoreKind::kOther, {{std::string(name), value}}), Options());
    }
  }
}

TEST(StorageOptions, OptionsOfOtherStoresHaveNoEffect) {
  const Options all = {{"AWS_REGION", "r"},
                       {"azure_storage_account_name", "a"},
                       {"google_base_url", "http://g"},
                       {"token", "t"},
                       {"endpoint", "http://e"},
                       {"aws_timeout", "no duration"},
                       {"max_retries", "3"}};
  EXPECT_EQ(Resolved(StoreKind::kAzure, all), (Options{{"azure_storage_account_name", "a"},
                                                       {"azure_storage_token", "t"},
                                                       {"azure_storage_endpoint", "http://e"},
                                                       {"max_retries", "3"}}));
  EXPECT_EQ(Resolved(StoreKind::kGoogle, all),
            (Options{{"google_base_url", "http://g"}, {"max_retries", "3"}}));
  EXPECT_EQ(Resolved(StoreKind::kHttp, all), (Options{{"max_retries", "3"}}));
  EXPECT_EQ(Resolved(StoreKind::kLocal, all), Options());
  EXPECT_EQ(Resolved(StoreKind::kOther, all), Options());
  EXPECT_EQ(Resolved(StoreKind::kLocal, {{"DURABILITY", "none"}}),
            (Options{{"durability", "none"}}));
  EXPECT_EQ(Resolved(StoreKind::kS3, {{"durability", "none"}}), Options());
}

TEST(StorageOptions, ATypoNamesTheNearestOption) {
  for (const StoreKind kind : {StoreKind::kS3, StoreKind::kAzure, StoreKind::kOther}) {
    const std::string message = Refusal(kind, {{"AWS_REGOIN", "x"}});
    EXPECT_NE(message.find("AWS_REGOIN; the nearest is aws_region"), std::string::npos) << message;
    EXPECT_NE(Refusal(kind, {{"foo", "x"}}).find("is not known: foo"), std::string::npos);
  }
}

TEST(StorageOptions, ABadValueNamesOptionAndForm) {
  for (const auto& [name, value, form] : {
           std::tuple<std::string, std::string, std::string>{"timeout", "30", "a duration"},
           {"retry_timeout", "soon", "a duration"},
           {"MAX_RETRIES", "-1", "a whole number"},
           {"concurrency_limit", "0", "from 1"},
           {"backoff_config.base", "1", "greater than 1"},
           {"aws_allow_http", "maybe", "true or false"},
           {"aws_s3_addressing_style", "auto", "path or virtual"},
       }) {
    const std::string message = Refusal(StoreKind::kS3, {{name, value}});
    EXPECT_NE(message.find(form), std::string::npos) << message;
    EXPECT_NE(message.find(name + " = '" + value + "'"), std::string::npos) << message;
  }
  for (const char* name : {"aws_endpoint", "aws_secret_access_key", "proxy_url"}) {
    const std::string message = Refusal(StoreKind::kS3, {{name, "canary\n"}});
    EXPECT_NE(message.find(name), std::string::npos) << message;
    EXPECT_EQ(message.find("canary"), std::string::npos) << message;
  }
}

TEST(StorageOptions, TwoNamesOfOneOptionMustAgree) {
  EXPECT_EQ(Resolved(StoreKind::kS3, {{"region", "x"}, {"AWS_REGION", "x"}}),
            (Options{{"aws_region", "x"}}));
  const std::string message = Refusal(StoreKind::kS3, {{"region", "x"}, {"AWS_REGION", "y"}});
  EXPECT_NE(message.find("given twice with different values: AWS_REGION and region"),
            std::string::npos)
      << message;
}

TEST(StorageOptions, TheEnvironmentFillsWhatIsNotGiven) {
  const Environment environment = {{"AWS_REGION", "e"},
                                   {"AWS_ENDPOINT_URL", "http://e"},
                                   {"TIMEOUT", "1s"},
                                   {"AWS_EXECUTION_ENV", "x"},
                                   {"AWS_TIMEOUT", ""},
                                   {"AZURE_STORAGE_TOKEN", "t"},
                                   {"IDENTITY_ENDPOINT", "http://i"},
                                   {"SERVICE_ACCOUNT", "s.json"},
                                   {"OBJECT_STORE_CONCURRENCY_LIMIT", "5"}};
  EXPECT_EQ(Resolved(StoreKind::kS3, {{"region", "o"}}, environment),
            (Options{{"aws_region", "o"},
                     {"aws_endpoint", "http://e"},
                     {"object_store_concurrency_limit", "5"}}));
  EXPECT_EQ(Resolved(StoreKind::kAzure, {}, environment),
            (Options{{"azure_storage_token", "t"},
                     {"azure_msi_endpoint", "http://i"},
                     {"object_store_concurrency_limit", "5"}}));
  EXPECT_EQ(
      Resolved(StoreKind::kGoogle, {}, environment),
      (Options{{"google_service_account", "s.json"}, {"object_store_concurrency_limit", "5"}}));
}

TEST(StorageOptions, CompleteCredentialsAreNotMixedWithThoseOfTheEnvironment) {
  const Environment environment = {{"AWS_ACCESS_KEY_ID", "ek"},
                                   {"AWS_SECRET_ACCESS_KEY", "es"},
                                   {"AWS_SESSION_TOKEN", "et"},
                                   {"AWS_PROFILE", "ep"},
                                   {"AWS_REGION", "er"}};
  EXPECT_EQ(
      Resolved(StoreKind::kS3, {{"access_key_id", "k"}, {"secret_access_key", "s"}}, environment),
      (Options{{"aws_access_key_id", "k"}, {"aws_secret_access_key", "s"}, {"aws_region", "er"}}));
  EXPECT_EQ(Resolved(StoreKind::kS3, {{"aws_profile", "p"}}, environment),
            (Options{{"aws_profile", "p"}, {"aws_region", "er"}}));
  // A part of a credential is completed.
  EXPECT_EQ(
      Resolved(StoreKind::kS3, {{"access_key_id", "k"}}, environment)["aws_secret_access_key"],
      "es");
}

TEST(StorageOptions, OptionsForWritersAreKept) {
  const Options options = {{"AWS_S3_LOCKING_PROVIDER", "DynamoDB"},
                           {"allow_unsafe_rename", "yes"},
                           {"delta.dynamo.table.name", "locks"}};
  const StoreSettings found =
      ResolveStorageOptions(StoreKind::kS3, options, {{"DELTA_DYNAMO_BILLING_MODE", "b"}});
  EXPECT_EQ(found.store, Options());
  EXPECT_EQ(found.writers, (Options{{"aws_s3_locking_provider", "DynamoDB"},
                                    {"aws_s3_allow_unsafe_rename", "yes"},
                                    {"delta_dynamo_table_name", "locks"},
                                    {"delta_dynamo_billing_mode", "b"}}));
  EXPECT_EQ(
      ObjectStore::Open("s3://bucket/t", options).writer_options().at("aws_s3_locking_provider"),
      "DynamoDB");
}

TEST(StorageOptions, ChangesCountBeforeWhatTheyChange) {
  const Options base = {{"AWS_REGION", "b"},     {"token", "b"},       {"aws_access_key_id", "b"},
                        {"allowed_root_1", "b"}, {"max_retries", "1"}, {"aws_profile", "b"}};
  EXPECT_EQ(OverrideStorageOptions(base, {{"region", "c"}, {"ALLOWED_ROOT_1", "c"}}),
            (Options{{"region", "c"},
                     {"token", "b"},
                     {"aws_access_key_id", "b"},
                     {"ALLOWED_ROOT_1", "c"},
                     {"max_retries", "1"},
                     {"aws_profile", "b"}}));
  EXPECT_EQ(OverrideStorageOptions(base, {{"access_key_id", "c"}, {"secret_access_key", "c"}}),
            (Options{{"AWS_REGION", "b"},
                     {"access_key_id", "c"},
                     {"secret_access_key", "c"},
                     {"allowed_root_1", "b"},
                     {"max_retries", "1"}}));
}

// What a row of docs/storage_options.md says, by the option's name.
using Row = std::tuple<std::string, std::string>;

std::vector<std::string> Cells(const std::string& line) {
  std::vector<std::string> cells;
  size_t begin = 1;
  while (begin < line.size()) {
    const size_t end = line.find('|', begin);
    std::string cell = line.substr(begin, end - begin);
    cell.erase(0, cell.find_first_not_of(' '));
    cell.erase(cell.find_last_not_of(' ') + 1);
    cells.push_back(std::move(cell));
    begin = end == std::string::npos ? line.size() : end + 1;
  }
  return cells;
}

std::vector<std::string> Quoted(const std::string& cell) {
  std::vector<std::string> names;
  size_t begin = cell.find('`');
  while (begin != std::string::npos) {
    const size_t end = cell.find('`', begin + 1);
    std::string name = cell.substr(begin + 1, end - begin - 1);
    for (char& c : name) c = c == '.' ? '_' : static_cast<char>(std::tolower(c));
    names.push_back(std::move(name));
    begin = cell.find('`', end + 1);
  }
  return names;
}

std::string ValueCell(OptionType type) {
  switch (type) {
    case OptionType::kText:
    case OptionType::kLine:
      return "text";
    case OptionType::kUrl:
      return "URL";
    case OptionType::kBoolean:
      return "true, false";
    case OptionType::kDuration:
      return "duration";
    case OptionType::kCount:
      return "number";
    case OptionType::kLimit:
      return "number from 1";
    case OptionType::kFactor:
      return "number above 1";
    case OptionType::kAddressing:
      return "`path`, `virtual`";
    case OptionType::kDurability:
      return "`full`, `none`";
  }
  return {};
}

std::string HeadingOf(const StorageOption& option) {
  if (option.use == OptionUse::kWriters) return "## For writers";
  if (option.use == OptionUse::kNothing) return "## Without effect";
  if (option.IsFor(StoreKind::kLocal)) return "## Local files";
  if (option.IsFor(StoreKind::kHttp)) return "## Options of every store";
  if (option.IsFor(StoreKind::kS3)) return "## S3";
  return option.IsFor(StoreKind::kAzure) ? "## Azure" : "## Google Cloud Storage";
}

TEST(StorageOptions, TheDocumentListsAllOfThem) {
  std::ifstream file(DELTAIC_SOURCE_DIR "/docs/storage_options.md");
  std::multimap<std::string, Row> documented;
  std::string heading;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) heading = line;
    if (!line.starts_with("| `")) continue;
    const std::vector<std::string> cells = Cells(line);
    ASSERT_EQ(cells.size(), 5) << line;
    for (const std::string& cell : {cells[0], cells[1]}) {
      for (std::string& name : Quoted(cell)) {
        documented.emplace(std::move(name), Row(heading, cells[2]));
      }
    }
  }
  std::multimap<std::string, Row> known;
  for (const StorageOption& option : KnownStorageOptions()) {
    const Row row(HeadingOf(option), ValueCell(option.type));
    for (const std::string_view name : option.names) known.emplace(name, row);
    if (option.names.front() == "allow_http") {
      for (const char* old : {"aws_storage_allow_http", "azure_storage_allow_http"}) {
        known.emplace(old, row);
      }
    }
  }
  const auto sorted = [](const std::multimap<std::string, Row>& rows) {
    std::vector<std::pair<std::string, Row>> all(rows.begin(), rows.end());
    std::ranges::sort(all);
    return all;
  };
  EXPECT_EQ(sorted(documented), sorted(known));
}

}  // namespace
}  // namespace deltaic::datafusion
