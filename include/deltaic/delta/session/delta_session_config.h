#pragma once

// Settings of a session over Delta tables, put together by name.

#include <string>
#include <string_view>

#include <deltaic/base/export.h>
#include <deltaic/base/options.h>

namespace deltaic::delta {

/// How SQL text is read. The defaults are Delta's: names of columns keep their case.
struct DeltaParserOptions {
  bool enable_ident_normalization = false;
  bool parse_float_as_decimal = false;
};

/// Settings of DataFusion by their names, over Delta's defaults. A value.
class DELTAIC_EXPORT DeltaSessionConfig {
 public:
  /// Delta's defaults.
  DeltaSessionConfig();

  /// Sets one of DataFusion's settings ("datafusion.execution.batch_size").
  DeltaSessionConfig& With(std::string_view name, std::string_view value);

  /// Sets how SQL is read.
  DeltaSessionConfig& WithParserOptions(const DeltaParserOptions& options);

  /// What `DeltaSessionContext` takes.
  const Options& settings() const { return settings_; }

 private:
  Options settings_;
};

}  // namespace deltaic::delta
