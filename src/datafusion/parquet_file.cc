#include <deltaic/datafusion/parquet_file.h>

#include <optional>
#include <utility>

#include <deltaic/base/error.h>
#include <nanoarrow/nanoarrow.hpp>

#include "datafusion/bridge_call.h"
#include "datafusion/object_store_impl.h"

namespace deltaic::datafusion {

struct ParquetFile::Impl {
  rust::Box<bridge::ParquetFile> file;
};

ParquetFile ParquetFile::Open(const ObjectStore& store, std::string_view location, int64_t size) {
  return Call([&] {
    return ParquetFile(std::make_shared<const Impl>(
        Impl{store.impl().engine().open_parquet(ToRust(location), size)}));
  });
}

bool ParquetFile::IsNull(std::string_view column) const {
  return impl_->file->is_null(ToRust(column));
}

int64_t ParquetFile::StoredSize(std::string_view column) const {
  return impl_->file->stored_size(ToRust(column));
}

int64_t ParquetFile::NumRows() const { return impl_->file->num_rows(); }

std::vector<RowRange> ParquetFile::SplitRows(size_t parts) const {
  std::vector<RowRange> ranges;
  for (const bridge::RowRange& range : impl_->file->split_rows(parts)) {
    ranges.push_back({range.begin, range.end});
  }
  return ranges;
}

RecordBatch ParquetFile::Bounds(const std::vector<std::string>& columns) const {
  return Call([&] {
    ArrowArrayStream stream{};
    impl_->file->bounds(ToRust(columns), &stream);
    std::optional<RecordBatch> bounds = RecordBatchStream::Import(&stream).Next();
    if (!bounds) throw Error(ErrorCode::kInternal, "A file has no bounds.");
    return *std::move(bounds);
  });
}

Schema ParquetFile::schema() const {
  return Call([&] {
    nanoarrow::UniqueSchema schema;
    impl_->file->schema(schema.get());
    return Schema::Import(schema.get());
  });
}

RecordBatch ParquetFile::Statistics(const std::vector<std::vector<std::string>>& columns,
                                    const Schema& types) const {
  return Call([&] {
    rust::Vec<bridge::FieldPath> paths;
    for (const std::vector<std::string>& column : columns) paths.push_back({ToRust(column)});
    nanoarrow::UniqueSchema wanted;
    types.Export(wanted.get());
    ArrowArrayStream stream{};
    impl_->file->statistics(std::move(paths), wanted.get(), &stream);
    std::optional<RecordBatch> statistics = RecordBatchStream::Import(&stream).Next();
    if (!statistics) throw Error(ErrorCode::kInternal, "A file has no statistics.");
    return *std::move(statistics);
  });
}

RecordBatchStream ParquetFile::Read(const std::vector<std::string>& columns,
                                    const std::vector<RowRange>& rows) const {
  return Call([&] {
    std::vector<bridge::RowRange> ranges;
    for (const RowRange& range : rows) ranges.push_back({range.begin, range.end});
    ArrowArrayStream stream{};
    impl_->file->read(ToRust(columns), {ranges.data(), ranges.size()}, &stream);
    return RecordBatchStream::Import(&stream);
  });
}

}  // namespace deltaic::datafusion
