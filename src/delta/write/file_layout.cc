#include "delta/write/file_layout.h"

#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include "base/text/ascii.h"
#include "base/uuid.h"
#include "columnar/batch_view.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/partition_value.h"
#include "delta/protocol/table_properties.h"

namespace deltaic::delta {
namespace {

// The longest name in a folder that all file systems take, in bytes.
constexpr size_t kMaxName = 255;
// Instead of names that are too long.
constexpr int64_t kLengthInPlaceOfNames = 8;

// Letters and digits, which a file system without case tells apart.
std::string RandomPrefix(int64_t length) {
  std::string prefix;
  while (static_cast<int64_t>(prefix.size()) < length) {
    for (const char c : NewUuid()) {
      if (c != '-') prefix += c;
    }
  }
  prefix.resize(static_cast<size_t>(length));
  return prefix;
}

int64_t RandomLength(const Metadata& metadata) {
  const TableProperties properties(metadata);
  const auto mode = properties.column_mapping_mode();
  const bool maps_columns = mode && !EqualsIgnoringCase(*mode, "none");
  const bool is_random = properties.randomize_file_prefixes() || maps_columns;
  return is_random ? properties.random_prefix_length() : 0;
}

}  // namespace

FileLayout::FileLayout(const Metadata& metadata, std::vector<StructField> partition_fields,
                       std::string_view codec, std::string folder)
    : partition_fields_(std::move(partition_fields)),
      folder_(std::move(folder)),
      suffix_(codec == "uncompressed" ? ".parquet" : fmt::format(".{}.parquet", codec)),
      random_length_(RandomLength(metadata)) {
  if (!folder_.empty()) folder_ += '/';
}

std::string FileLayout::NewLocation(const RecordBatch& partition) const {
  return fmt::format("{}{}part-00000-{}-c000{}", folder_, Folders(partition), NewUuid(), suffix_);
}

std::string FileLayout::Folders(const RecordBatch& partition) const {
  if (random_length_ > 0) return RandomPrefix(random_length_) + '/';
  std::string folders;
  if (partition_fields_.empty()) return folders;
  const nanoarrow::UniqueArrayView view = ViewOf(partition);
  for (size_t i = 0; i < partition_fields_.size(); ++i) {
    const StructField& field = partition_fields_[i];
    const auto texts = FormatPartitionValues(field, *view->children[i]);
    const std::string folder = PartitionFolder(field.name, texts.front());
    if (folder.size() > kMaxName) return RandomPrefix(kLengthInPlaceOfNames) + '/';
    folders += folder + '/';
  }
  return folders;
}

}  // namespace deltaic::delta
