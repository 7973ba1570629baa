#include "delta/session/folder_catalog.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <deltaic/base/error.h>

namespace deltaic::delta {
namespace {

constexpr std::string_view kDefaultSchema = "default";

/// Whether a name is that of a folder, and not a way out of it.
bool IsFolderName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\\') == std::string_view::npos;
}

}  // namespace

FolderCatalog::FolderCatalog(const std::string& uri, const Options& storage_options,
                             ScanConfigSource config)
    : store_(TableAccess::Open(uri, storage_options).store()),
      tables_(std::make_shared<LatestTableCache>(storage_options, std::move(config))) {}

bool FolderCatalog::IsTable(const std::string& folder) const {
  const std::vector<std::string> inside = store_.ListFolders(folder);
  return std::find(inside.begin(), inside.end(), "_delta_log") != inside.end();
}

std::vector<std::string> FolderCatalog::TablesIn(const std::string& folder) const {
  std::vector<std::string> tables;
  const std::string prefix = folder.empty() ? "" : folder + "/";
  for (std::string& name : store_.ListFolders(folder)) {
    if (IsTable(prefix + name)) tables.push_back(std::move(name));
  }
  return tables;
}

std::vector<std::string> FolderCatalog::SchemaNames() const {
  std::vector<std::string> schemas = {std::string(kDefaultSchema)};
  for (std::string& name : store_.ListFolders("")) {
    if (name == kDefaultSchema || IsTable(name) || TablesIn(name).empty()) continue;
    schemas.push_back(std::move(name));
  }
  return schemas;
}

std::vector<std::string> FolderCatalog::TableNames(const std::string& schema) const {
  if (schema == kDefaultSchema) {
    std::vector<std::string> tables = TablesIn("");
    if (IsTable(schema)) return tables;
    const std::set<std::string> first(tables.begin(), tables.end());
    for (std::string& name : TablesIn(schema)) {
      if (!first.contains(name)) tables.push_back(std::move(name));
    }
    return tables;
  }
  return IsFolderName(schema) && !IsTable(schema) ? TablesIn(schema) : std::vector<std::string>{};
}

std::shared_ptr<const datafusion::TableProvider> FolderCatalog::FindTable(
    const std::string& schema, const std::string& name) const {
  if (!IsFolderName(schema) || !IsFolderName(name)) return nullptr;
  const auto find = [&](const std::string& folder) -> std::shared_ptr<const LatestTable> {
    try {
      return tables_->Find(store_.root() + folder);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kTableNotFound) throw;
      return nullptr;
    }
  };
  if (schema == kDefaultSchema) {
    if (auto table = find(name)) return table;
  }
  return find(schema + "/" + name);
}

}  // namespace deltaic::delta
