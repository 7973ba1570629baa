#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/datafusion/table_provider.h>

namespace deltaic::datafusion {

/// A catalog of a session: names of schemas and tables, and the tables that they name.
/// Implementations must be safe to call from any thread and may block.
class DELTAIC_EXPORT CatalogProvider {
 public:
  virtual ~CatalogProvider();

  /// The schemas, for listings. A schema may have tables without being listed.
  virtual std::vector<std::string> SchemaNames() const = 0;

  /// The tables of a schema, for listings.
  virtual std::vector<std::string> TableNames(const std::string& schema) const = 0;

  /// Returns a table, or null where there is none. Asked by each statement that names it.
  virtual std::shared_ptr<const TableProvider> FindTable(const std::string& schema,
                                                         const std::string& name) const = 0;
};

}  // namespace deltaic::datafusion
