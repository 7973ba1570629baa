#pragma once

// The columns of several Parquet files, put together. One thread at a time.

#include <map>
#include <string>
#include <vector>

#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// Columns in which all files fit without being written again. All may be null, at every depth, and
/// those that a file lacks are.
class MergedFooters {
 public:
  /// Adds the columns of a file. Of integers that Parquet stores alike the widest type counts, and
  /// a column of nothing but nulls fits any.
  ///
  /// Throws `kSchemaMismatch` naming the column and both files for types that differ otherwise, and
  /// for names that differ in nothing but case, which readers do not find.
  void Add(const std::string& file, const std::vector<StructField>& columns);

  const std::vector<StructField>& columns() const { return columns_; }

 private:
  DataType Merge(const std::string& path, const DataType& known, const DataType& added);
  std::vector<StructField> MergeFields(const std::string& prefix,
                                       const std::vector<StructField>& known,
                                       const std::vector<StructField>& added);
  const std::string& OriginOf(std::string path) const;

  std::vector<StructField> columns_;
  std::string first_;                           // File.
  std::string file_;                            // The one that is being added.
  std::map<std::string, std::string> origins_;  // Files, by what they brought, if not the first.
};

}  // namespace deltaic::delta
