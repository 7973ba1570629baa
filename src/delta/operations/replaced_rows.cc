#include "delta/operations/replaced_rows.h"

#include <algorithm>
#include <set>
#include <utility>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/scan/file_selection.h>
#include <deltaic/delta/scan/snapshot_schema.h>
#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include "base/text/excerpt.h"
#include "columnar/batch_view.h"
#include "delta/protocol/partition_value.h"
#include "delta/protocol/schema/column_mapping.h"
#include "delta/scan/file_pruning.h"
#include "delta/scan/table_columns.h"

namespace deltaic::delta {
namespace {

using PartitionTexts = std::vector<std::optional<std::string>>;

// Texts of partition values as we write them: those of other writers may spell a value otherwise.
class PartitionSpelling {
 public:
  explicit PartitionSpelling(const Snapshot& snapshot) {
    for (const std::string& name : snapshot.metadata().partition_columns) {
      fields_.push_back(*std::ranges::find(snapshot.schema().fields(), name, &StructField::name));
    }
  }

  // A row for each of `num_rows` partitions.
  std::vector<PartitionTexts> Of(int64_t num_rows, const PartitionText& text) const {
    const RecordBatch values = ParsePartitionValues(fields_, num_rows, text);
    const nanoarrow::UniqueArrayView view = ViewOf(values);
    std::vector<PartitionTexts> rows(static_cast<size_t>(num_rows));
    for (size_t i = 0; i < fields_.size(); ++i) {
      std::vector<std::optional<std::string>> column =
          FormatPartitionValues(fields_[i], *view->children[i]);
      for (size_t row = 0; row < rows.size(); ++row) rows[row].push_back(std::move(column[row]));
    }
    return rows;
  }

 private:
  std::vector<StructField> fields_;
};

// The rows of some partitions; all rows where a predicate of them would be long.
ReadScope ScopeOf(const Snapshot& snapshot, const std::set<PartitionTexts>& partitions) {
  constexpr size_t kMaxNamed = 200;
  if (partitions.empty()) return ReadScope::Nothing();
  if (partitions.size() > kMaxNamed) return ReadScope::WholeTable();
  PartitionFilters any_of;
  for (const PartitionTexts& texts : partitions) {
    std::vector<PartitionFilter>& all_of = any_of.emplace_back();
    for (size_t i = 0; i < texts.size(); ++i) {
      all_of.push_back({snapshot.metadata().partition_columns[i], "=", {texts[i]}});
    }
  }
  return ReadScope::Where(
      ParsePredicateExpression(snapshot, FilterSql(snapshot, any_of, FilterNulls::kOfPartitions)));
}

}  // namespace

ReplacedRows ReplaceTable(const Snapshot& snapshot) {
  ReplacedRows replaced;
  replaced.files = AllFiles(snapshot).files;
  replaced.reads = ReadScope::WholeTable();
  replaced.reads.is_replaced = true;
  return replaced;
}

datafusion::Expression CheckPredicate(const Snapshot& snapshot, const std::string& predicate) {
  datafusion::Expression expression = ParsePredicateExpression(snapshot, predicate);
  if (!expression.is_deterministic()) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("The predicate must give the same answer each time: {}", Excerpt(predicate)));
  }
  return expression;
}

ReplacedRows ReplaceWhere(const std::shared_ptr<const Snapshot>& snapshot,
                          const std::string& predicate) {
  const datafusion::Expression expression = CheckPredicate(*snapshot, predicate);
  ReplacedRows replaced;
  replaced.reads = ReadScope::Where(expression);
  replaced.reads.is_replaced = true;
  CandidateFiles candidates = FilesWithMatches(*snapshot, expression);
  if (candidates.files.empty() || candidates.are_whole) {
    replaced.files = std::move(candidates.files);
    return replaced;
  }
  const RowsByFile matching = RowsMatching(snapshot, predicate);
  for (const auto& [file, rows] : matching) replaced.files.push_back(file);
  replaced.reduced = SortRemovedRows(*snapshot, matching).reduced;
  return replaced;
}

ReplacedRows ReplacePartitions(const Snapshot& snapshot, const std::vector<AddFile>& files) {
  const PartitionSpelling spelling(snapshot);
  const std::vector<std::string> names =
      StoredNames(snapshot.schema(), snapshot.metadata().partition_columns);
  std::set<PartitionTexts> partitions;
  for (const AddFile& add : files) {
    PartitionTexts values;
    for (const std::string& name : names) values.push_back(add.partition_values.at(name));
    partitions.insert(std::move(values));
  }
  const std::vector<PartitionTexts> of_files =
      spelling.Of(snapshot.files().size(), [&](int64_t file, size_t column) {
        return snapshot.files().partition_value(file, static_cast<int>(column));
      });
  ReplacedRows replaced;
  for (size_t file = 0; file < of_files.size(); ++file) {
    if (partitions.contains(of_files[file])) replaced.files.push_back(static_cast<int64_t>(file));
  }
  replaced.reads = ScopeOf(snapshot, partitions);
  replaced.reads.is_replaced = true;
  return replaced;
}

}  // namespace deltaic::delta
