#include <deltaic/datafusion/table_factory.h>

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/batch_formatter.h>
#include <deltaic/datafusion/session_context.h>

namespace deltaic::datafusion {
namespace {

/// Makes tables without rows.
class EmptyTables : public TableFactory {
 public:
  std::shared_ptr<const TableProvider> Create(const ExternalTable&) const override {
    return std::make_shared<EmptyTable>();
  }

 private:
  class EmptyTable : public TableProvider {
   public:
    const Schema& schema() const override { return schema_; }
    FileScan Scan(const ScanRequest&) const override {
      throw Error(ErrorCode::kNotImplemented, "There are no rows.");
    }

   private:
    Schema schema_ = SessionContext().Sql("SELECT 1 AS a").schema();
  };
};

TEST(TableFactory, ADefinitionHoldsNoCredentialHoweverShort) {
  SessionContext session(Options{{"datafusion.catalog.information_schema", "true"}});
  session.RegisterTableFactory("x", std::make_shared<EmptyTables>());
  session.Sql(
      "CREATE EXTERNAL TABLE t STORED AS X LOCATION 's3://me:pw1@b/t?sig=pw2' OPTIONS "
      "('version' '3', aws.secret_access_key 'pw3', 'azure.account.key' 4, "
      "'proxy_url' E'http://pw5@host/', note 'it''s')");
  const DataFrame shown = session.Sql("SHOW CREATE TABLE t");
  const std::string rows = FormatBatches(shown.schema(), shown.Collect(), TextFormat::kRows);
  EXPECT_NE(rows.find("CREATE EXTERNAL TABLE t STORED AS X LOCATION "
                      "'s3://REDACTED@b/t?REDACTED' OPTIONS ('version' '3', "
                      "'aws.secret_access_key' 'REDACTED', 'azure.account.key' 'REDACTED', "
                      "'proxy_url' 'http://REDACTED@host/', 'note' 'it''s')"),
            std::string::npos)
      << rows;
}

}  // namespace
}  // namespace deltaic::datafusion
