#include <deltaic/base/redaction.h>

#include <string>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

#include "base/secret_memory.h"
#include "base/secret_option.h"
#include "base/secret_url.h"

namespace deltaic {
namespace {

TEST(Redaction, HidesASecretInTheSpellingsOfUrls) {
  RememberSecret("pass/word+1");
  EXPECT_EQ(Redact("x pass/word+1 y pass%2Fword%2B1"), "x REDACTED y REDACTED");
  RememberSecret("per%20cent");
  EXPECT_EQ(Redact("per%20cent, per cent"), "REDACTED, REDACTED");
}

TEST(Redaction, LeavesTextsThatAreTooShortOrTooLong) {
  RememberSecret("abcde");
  EXPECT_EQ(Redact("abcde"), "abcde");
  const std::string document((16 << 10) + 1, 'd');
  RememberSecret(document);
  EXPECT_EQ(Redact(document), document);
}

TEST(Redaction, ForgetsTheOldestOnly) {
  RememberSecret("oldest-of-all");
  RememberSecret("used-once-more");
  for (int i = 0; i < 4095; ++i) {
    RememberSecret("filler-" + std::to_string(i));
    if (i == 100) RememberSecret("used-once-more");
  }
  EXPECT_EQ(Redact("oldest-of-all used-once-more filler-0 filler-4094"),
            "oldest-of-all REDACTED REDACTED REDACTED");
}

TEST(Redaction, HidesTheWholeOfASecretThatHoldsAnother) {
  RememberSecret("twofold");
  RememberSecret("twofold-and-more");
  EXPECT_EQ(Redact("twofold-and-more twofold"), "REDACTED REDACTED");
}

TEST(Redaction, IsDoneByEveryError) {
  RememberSecret("canary-of-a-catalog");
  const Error error(ErrorCode::kIo, "The token canary-of-a-catalog is refused.");
  EXPECT_EQ(error.message(), "The token REDACTED is refused.");
}

TEST(MaskSecrets, KeepsTheColumns) {
  RememberSecret("çanary-é");
  EXPECT_EQ(MaskSecrets("a 'çanary-é' b", '*'), "a '********' b");
}

TEST(SecretUrl, UserInfoAndQueryAreSecrets) {
  RememberUrl("s3://user:canary-1@bucket/t?sig=canary-2&x=canary-3#end");
  RememberUrl("https://canary-4@host/");
  EXPECT_EQ(Redact("Basic dXNlcjpjYW5hcnktMQ=="), "Basic REDACTED");
  RememberUrl("abfss://container@account/t");
  EXPECT_EQ(Redact("canary-1 canary-2 canary-3 canary-4 container"),
            "REDACTED REDACTED REDACTED REDACTED container");
}

TEST(RedactUrl, ShowsWhatIsNoSecret) {
  EXPECT_EQ(RedactUrl("s3://me:pw@b/t?sig=pw"), "s3://REDACTED@b/t?REDACTED");
  EXPECT_EQ(RedactUrl("https://pw@host"), "https://REDACTED@host");
  EXPECT_EQ(RedactUrl("abfss://container@account/t#x"), "abfss://container@account/t#x");
  EXPECT_EQ(RedactUrl("/a@b?c=d"), "/a@b?c=d");
}

TEST(SecretOption, IsToldByItsName) {
  for (const char* key : {"aws.secret_access_key", "My_Token", "azure.account.key", "sas_token"}) {
    EXPECT_TRUE(IsSecretKey(key)) << key;
  }
  EXPECT_FALSE(IsSecretKey("region"));
  EXPECT_EQ(EndOfSecretKey("region x, My.Key 'token'"), 16);
  EXPECT_EQ(EndOfSecretKey("region"), 6);
  RememberOption("a_secret", "canary-6");
  RememberOption("region", "north-pole");
  RememberOption("proxy", "http://u:canary-5@h/");
  EXPECT_EQ(Redact("canary-5 canary-6 north-pole"), "REDACTED REDACTED north-pole");
}

TEST(SecretOption, MembersOfADocumentAreSecretsToo) {
  RememberOption("google_service_account_key",
                 R"({"type": "service_account", "private_key" : "canary-8", "x": 1})");
  EXPECT_EQ(Redact("service_account `canary-8`"), "service_account `REDACTED`");
  RememberOption("some_key", R"(["canary-9"])");
  EXPECT_EQ(Redact(R"(Invalid("[\"canary-9\"]"))"), R"(Invalid("REDACTED"))");
}

}  // namespace
}  // namespace deltaic
