#include <deltaic/delta/session/delta_session_config.h>

namespace deltaic::delta {

DeltaSessionConfig::DeltaSessionConfig() {
  WithParserOptions({});
  With("datafusion.execution.parquet.schema_force_view_types", "true");
}

DeltaSessionConfig& DeltaSessionConfig::With(std::string_view name, std::string_view value) {
  settings_.insert_or_assign(std::string(name), std::string(value));
  return *this;
}

DeltaSessionConfig& DeltaSessionConfig::WithParserOptions(const DeltaParserOptions& options) {
  const auto text = [](bool value) { return value ? "true" : "false"; };
  With("datafusion.sql_parser.enable_ident_normalization",
       text(options.enable_ident_normalization));
  return With("datafusion.sql_parser.parse_float_as_decimal", text(options.parse_float_as_decimal));
}

}  // namespace deltaic::delta
