#include "delta/operations/parquet_folder.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "base/text/ascii.h"
#include "base/text/excerpt.h"
#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

// Its removed files would be rows again.
void CheckNoTable(std::string_view location) {
  for (size_t at = location.find(kLogFolder); at != std::string_view::npos;
       at = location.find(kLogFolder, at + 1)) {
    const size_t end = at + kLogFolder.size();
    const bool is_folder =
        at > 0 && location[at - 1] == '/' && end < location.size() && location[end] == '/';
    if (!is_folder) continue;
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("A folder below holds a Delta table, whose files are not all of its "
                            "rows: {}",
                            Excerpt(location.substr(0, at - 1))));
  }
}

bool IsParquet(std::string_view location) {
  constexpr std::string_view kSuffix = ".parquet";
  return location.size() > kSuffix.size() &&
         EqualsIgnoringCase(location.substr(location.size() - kSuffix.size()), kSuffix);
}

}  // namespace

bool IsHidden(std::string_view location) {
  while (!location.empty()) {
    const size_t slash = location.find('/');
    const std::string_view name = location.substr(0, slash);
    const bool is_partition =
        slash != std::string_view::npos && name.find('=') != std::string_view::npos;
    if (name.starts_with('.') || (name.starts_with('_') && !is_partition)) return true;
    if (slash == std::string_view::npos) return false;
    location.remove_prefix(slash + 1);
  }
  return false;
}

std::vector<datafusion::ObjectMeta> ListParquetFiles(const datafusion::ObjectStore& store) {
  std::vector<datafusion::ObjectMeta> files;
  const std::unique_ptr<datafusion::ObjectListing> listing = store.ListBelow("");
  for (auto page = listing->Next(); !page.empty(); page = listing->Next()) {
    ThrowIfCancelled();
    for (datafusion::ObjectMeta& object : page) {
      CheckNoTable(object.location);
      if (IsParquet(object.location) && !IsHidden(object.location)) {
        files.push_back(std::move(object));
      }
    }
  }
  std::ranges::sort(files, {}, &datafusion::ObjectMeta::location);
  return files;
}

}  // namespace deltaic::delta
