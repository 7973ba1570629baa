#include "delta/operations/folder_partitions.h"

#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include "base/text/excerpt.h"
#include "base/text/percent_text.h"
#include "columnar/batch_view.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/partition_value.h"
#include "delta/write/schema_merge.h"

namespace deltaic::delta {
namespace {

using Values = std::vector<std::optional<std::string>>;  // A text for each column.

[[noreturn]] void Refuse(const std::string& location, std::string_view why) {
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("A file cannot be part of the table: {}. It is {}.", why, Excerpt(location)));
}

std::vector<std::string_view> FoldersOf(std::string_view location) {
  std::vector<std::string_view> folders;
  for (size_t slash = location.find('/'); slash != std::string_view::npos;
       slash = location.find('/')) {
    folders.push_back(location.substr(0, slash));
    location.remove_prefix(slash + 1);
  }
  return folders;
}

std::optional<std::string> ValueOf(std::string text) {
  if (text.empty() || text == kHiveNull) return std::nullopt;
  return text;
}

// Reads folders by the columns.
class FolderReader {
 public:
  FolderReader(const std::vector<StructField>& columns, PartitionFolders folders)
      : columns_(columns), folders_(folders) {}

  Values Read(const std::string& location) const {
    const std::vector<std::string_view> folders = FoldersOf(location);
    if (columns_.empty()) {
      CheckNoPartition(location, folders);
      return {};
    }
    if (folders.size() != columns_.size()) {
      Refuse(location, fmt::format("it is in {} folders, and the table has {} partition columns",
                                   folders.size(), columns_.size()));
    }
    Values values(columns_.size());
    std::vector<bool> is_set(columns_.size());
    for (size_t i = 0; i < folders.size(); ++i) {
      size_t column = i;
      std::string text(folders[i]);
      if (folders_ == PartitionFolders::kHive) {
        column = ColumnOf(location, folders[i]);
        text = PercentDecode(folders[i].substr(folders[i].find('=') + 1));
      }
      if (is_set[column]) {
        Refuse(location, fmt::format("two of its folders have a value of the column {}",
                                     Excerpt(columns_[column].name)));
      }
      is_set[column] = true;
      values[column] = ValueOf(std::move(text));
      if (!values[column] && !columns_[column].nullable) {
        Refuse(location, fmt::format("the partition column {}, which is NOT NULL, is null",
                                     Excerpt(columns_[column].name)));
      }
    }
    return values;
  }

 private:
  // Folders that only sort files have any names.
  void CheckNoPartition(const std::string& location,
                        const std::vector<std::string_view>& folders) const {
    for (const std::string_view folder : folders) {
      if (folders_ != PartitionFolders::kHive || folder.find('=') == std::string_view::npos) {
        continue;
      }
      Refuse(location, fmt::format("its folder {} is one of a partition, and no partition columns "
                                   "are given",
                                   Excerpt(folder)));
    }
  }

  size_t ColumnOf(const std::string& location, std::string_view folder) const {
    const size_t equals = folder.find('=');
    const int column = equals == std::string_view::npos
                           ? -1
                           : FindField(columns_, PercentDecode(folder.substr(0, equals)));
    if (column < 0) {
      Refuse(location,
             fmt::format("its folder {} names no partition column of the table", Excerpt(folder)));
    }
    return static_cast<size_t>(column);
  }

  const std::vector<StructField>& columns_;
  const PartitionFolders folders_;
};

// The values as the log writes them, those of a column after the other.
std::vector<Values> Canonical(const std::vector<StructField>& columns,
                              std::span<const Values> files) {
  const RecordBatch typed =
      ParsePartitionValues(columns, static_cast<int64_t>(files.size()),
                           [&](int64_t row, size_t column) -> std::optional<std::string_view> {
                             return files[static_cast<size_t>(row)][column];
                           });
  const nanoarrow::UniqueArrayView view = ViewOf(typed);
  std::vector<Values> canonical;
  for (size_t i = 0; i < columns.size(); ++i) {
    canonical.push_back(FormatPartitionValues(columns[i], *view->children[i]));
  }
  return canonical;
}

std::vector<Values> CheckedCanonical(const std::vector<StructField>& columns,
                                     const std::vector<Values>& values,
                                     const std::vector<std::string>& locations) {
  try {
    return Canonical(columns, values);
  } catch (const Error&) {
    for (size_t file = 0; file < values.size(); ++file) {
      try {
        Canonical(columns, std::span(values).subspan(file, 1));
      } catch (const Error& error) {
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("{}\nin the folders of the file {}", error.message(),
                                Excerpt(locations[file])));
      }
    }
    throw;
  }
}

}  // namespace

std::vector<NullableTexts> PartitionsOfFolders(const std::vector<StructField>& columns,
                                               PartitionFolders folders,
                                               const std::vector<std::string>& locations) {
  const FolderReader reader(columns, folders);
  std::vector<Values> values;
  values.reserve(locations.size());
  for (const std::string& location : locations) values.push_back(reader.Read(location));
  std::vector<NullableTexts> partitions(locations.size());
  if (columns.empty()) return partitions;
  std::vector<Values> canonical = CheckedCanonical(columns, values, locations);
  for (size_t file = 0; file < locations.size(); ++file) {
    for (size_t i = 0; i < columns.size(); ++i) {
      partitions[file].emplace(columns[i].name, std::move(canonical[i][file]));
    }
  }
  return partitions;
}

}  // namespace deltaic::delta
