#pragma once

// A folder of Delta tables as a catalog: folder/<table> is default.<table>, and
// folder/<schema>/<table> is <schema>.<table>. Where folder/<table> and folder/default/<table> are
// both tables, default.<table> is the first.

#include <memory>
#include <string>
#include <vector>

#include <deltaic/datafusion/catalog_provider.h>
#include <deltaic/datafusion/object_store.h>

#include "delta/session/latest_table_cache.h"

namespace deltaic::delta {

/// Looks when it is asked: tables come and go with their folders, and each statement sees a table
/// at its newest version. Safe to share between threads.
class FolderCatalog : public datafusion::CatalogProvider {
 public:
  /// Opens nothing yet. Throws `kInvalidArgument` for a malformed URL or option.
  FolderCatalog(const std::string& uri, const Options& storage_options, ScanConfigSource config);

  std::vector<std::string> SchemaNames() const override;
  std::vector<std::string> TableNames(const std::string& schema) const override;
  std::shared_ptr<const datafusion::TableProvider> FindTable(
      const std::string& schema, const std::string& name) const override;

 private:
  bool IsTable(const std::string& folder) const;
  std::vector<std::string> TablesIn(const std::string& folder) const;

  datafusion::ObjectStore store_;
  std::shared_ptr<LatestTableCache> tables_;
};

}  // namespace deltaic::delta
