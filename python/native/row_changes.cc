#include "native/row_changes.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <deltaic/delta/operations/delete_rows.h>

#include "native/blocking_call.h"
#include "native/native_commit.h"
#include "native/raw_delta_table.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace deltaic::python {
namespace {

// By the names of the package `deltalake`, and more.
using Metrics = std::map<std::string, int64_t>;

Metrics MetricsOf(const delta::DeleteMetrics& metrics) {
  return {{"num_added_files", metrics.num_added_files},
          {"num_removed_files", metrics.num_removed_files},
          {"num_added_change_files", metrics.num_added_change_files},
          {"num_added_bytes", metrics.num_added_bytes},
          {"num_removed_bytes", metrics.num_removed_bytes},
          {"num_deleted_rows", metrics.num_deleted_rows},
          {"num_copied_rows", metrics.num_copied_rows},
          {"num_deletion_vectors_added", metrics.num_deletion_vectors_added},
          {"num_deletion_vectors_removed", metrics.num_deletion_vectors_removed},
          {"num_deletion_vectors_updated", metrics.num_deletion_vectors_updated},
          {"execution_time_ms", metrics.execution_time_ms},
          {"scan_time_ms", metrics.scan_time_ms},
          {"rewrite_time_ms", metrics.rewrite_time_ms}};
}

std::pair<RawDeltaTable, Metrics> DeleteRows(const RawDeltaTable& table,
                                             std::optional<std::string> predicate,
                                             Options writer_properties,
                                             const NativeCommit& commit) {
  const delta::DeleteRequest request{.predicate = std::move(predicate),
                                     .writer = {.parquet = std::move(writer_properties)},
                                     .commit = CommitOf(commit),
                                     .post_commit = PostCommitOf(commit)};
  delta::DeltaTable moved = table.table();
  return RunBlocking([&] {
    const delta::DeleteResult deleted = moved.Delete(request);
    return std::pair(RawDeltaTable(std::move(moved)), MetricsOf(deleted.metrics));
  });
}

}  // namespace

void DefineRowChanges(nb::module_& module) {
  module.def("delete_rows", &DeleteRows, "table"_a, "predicate"_a.none(), "writer_properties"_a,
             "commit"_a);
}

}  // namespace deltaic::python
