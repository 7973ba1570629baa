#include <deltaic/delta/snapshot/active_files.h>

#include "delta/snapshot/active_file_columns.h"

namespace deltaic::delta {

int64_t ActiveFiles::size() const { return columns_->size(); }

std::string ActiveFiles::path(int64_t file) const { return columns_->path(file); }

int64_t ActiveFiles::file_size(int64_t file) const { return columns_->file_size(file); }

int64_t ActiveFiles::modification_time(int64_t file) const {
  return columns_->modification_time(file);
}

std::optional<std::string_view> ActiveFiles::partition_value(int64_t file, int column) const {
  return columns_->partition_value(file, column);
}

std::optional<DeletionVectorDescriptor> ActiveFiles::deletion_vector(int64_t file) const {
  return columns_->deletion_vector(file);
}

bool ActiveFiles::has_deletion_vectors() const { return columns_->has_deletion_vectors(); }

std::optional<int64_t> ActiveFiles::base_row_id(int64_t file) const {
  return columns_->base_row_id(file);
}

std::optional<int64_t> ActiveFiles::row_commit_version(int64_t file) const {
  return columns_->row_commit_version(file);
}

int64_t ActiveFiles::total_size() const { return columns_->total_size(); }

}  // namespace deltaic::delta
