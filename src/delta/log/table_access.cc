#include <deltaic/delta/log/table_access.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/text/ascii.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;

constexpr std::string_view kAllowedRoot = "allowed_root_";

// A parsed `allowed_root_…` key.
struct RootKey {
  int number = 0;
  std::string_view option;  // Empty for the root's URL.
};

std::optional<RootKey> ReadRootKey(std::string_view key) {
  if (key.size() <= kAllowedRoot.size() ||
      !EqualsIgnoringCase(key.substr(0, kAllowedRoot.size()), kAllowedRoot)) {
    return std::nullopt;
  }
  key.remove_prefix(kAllowedRoot.size());
  const size_t digits = std::min(key.find('_'), key.size());
  const std::optional<int> number = ParseWhole<int>(key.substr(0, digits));
  if (!number || *number < 1) return std::nullopt;
  key.remove_prefix(digits);
  if (key.empty()) return RootKey{*number, {}};
  const std::string_view option = key.substr(1);
  // An allowed root allows none itself.
  if (option.empty() || ReadRootKey(option)) return std::nullopt;
  return RootKey{*number, option};
}

struct AllowedRoot {
  std::string url;
  Options options;
};

// The storage options of a table's own store, and the roots that they allow.
struct SplitOptions {
  Options own;
  std::map<int, AllowedRoot> roots;
};

SplitOptions Split(const Options& options) {
  SplitOptions split;
  for (const auto& [key, value] : options) {
    const std::optional<RootKey> root = ReadRootKey(key);
    if (!root) {
      split.own.emplace(key, value);
    } else if (root->option.empty()) {
      split.roots[root->number].url = value;
    } else {
      split.roots[root->number].options.emplace(root->option, value);
    }
  }
  return split;
}

// That of a path is empty.
std::string_view SchemeOf(std::string_view url) {
  const size_t end = url.find("://");
  return end == std::string_view::npos ? std::string_view() : url.substr(0, end);
}

}  // namespace

TableAccess::TableAccess(ObjectStore store, CatalogCommitsPtr catalog)
    : TableAccess(std::move(store), {}, std::move(catalog)) {}

TableAccess::TableAccess(ObjectStore store, std::vector<ObjectStore> allowed_roots,
                         CatalogCommitsPtr catalog)
    : store_(std::move(store)),
      allowed_roots_(std::move(allowed_roots)),
      root_urls_({store_.url()}),
      catalog_(std::move(catalog)) {
  for (const ObjectStore& root : allowed_roots_) root_urls_.push_back(root.url());
}

TableAccess TableAccess::Open(std::string_view url, const Options& options,
                              CatalogCommitsPtr catalog) {
  const SplitOptions split = Split(options);
  std::vector<ObjectStore> allowed;
  for (const auto& [number, root] : split.roots) {
    if (root.url.empty()) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("The storage options of an allowed root lack its URL: {}{}",
                              kAllowedRoot, number));
    }
    const bool inherits = root.options.empty() && SchemeOf(root.url) == SchemeOf(url);
    allowed.push_back(ObjectStore::Open(root.url, inherits ? split.own : root.options));
  }
  ObjectStore store = ObjectStore::Open(url, split.own, allowed);
  return {std::move(store), std::move(allowed), std::move(catalog)};
}

bool TableAccess::IsOption(std::string_view key) {
  const std::optional<RootKey> root = ReadRootKey(key);
  if (!root) return ObjectStore::IsOption(key);
  return root->option.empty() || ObjectStore::IsOption(root->option);
}

const Committer& TableAccess::committer() const {
  if (committer_) return *committer_;
  if (!catalog_) return *LogFolderCommitter();
  throw Error(
      ErrorCode::kUnsupportedFeature,
      fmt::format("A catalog manages the table: its commits need a committer of the catalog. "
                  "Table: {}",
                  store_.name()));
}

TableAccess TableAccess::WithCatalog(CatalogCommitsPtr catalog) const {
  TableAccess access = *this;
  access.catalog_ = std::move(catalog);
  return access;
}

TableAccess TableAccess::WithCommitter(CommitterPtr committer) const {
  TableAccess access = *this;
  access.committer_ = std::move(committer);
  return access;
}

}  // namespace deltaic::delta
