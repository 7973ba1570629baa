#pragma once

// What an `ObjectStore` hands its verbs to: the engine's stores, or a store that a test puts before
// one. Safe to share between threads.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/datafusion/object_store.h>

namespace deltaic::bridge {
struct Store;
}  // namespace deltaic::bridge

namespace deltaic::datafusion {

/// The verbs are those of `ObjectStore`, with the same contracts.
class ObjectStore::Impl {
 public:
  /// What `ObjectStore` calls so.
  struct Names {
    std::string url;
    std::string root;
    std::string name;
  };

  explicit Impl(Names names, Options writer_options = {})
      : url(std::move(names.url)),
        root(std::move(names.root)),
        name(std::move(names.name)),
        writer_options(std::move(writer_options)) {}
  virtual ~Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  virtual bool can_list() const = 0;
  virtual Bytes Get(std::string_view location) const = 0;
  virtual Bytes GetRange(std::string_view location, int64_t offset, int64_t length) const = 0;
  virtual std::vector<Bytes> GetMany(const std::vector<std::string>& locations) const = 0;
  virtual std::optional<ObjectMeta> Head(std::string_view location) const = 0;
  virtual std::vector<ObjectMeta> List(std::string_view prefix,
                                       std::string_view start_after) const = 0;
  virtual std::unique_ptr<ObjectListing> ListBelow(std::string_view prefix,
                                                   std::string_view start_after) const = 0;
  virtual bool HasObjects(std::string_view prefix) const = 0;
  virtual std::vector<std::string> ListFolders(std::string_view prefix) const = 0;
  virtual bool PutIfAbsent(std::string_view location, std::string_view bytes) const = 0;
  virtual void Put(std::string_view location, std::string_view bytes) const = 0;
  virtual std::unique_ptr<ObjectWriter> OpenWriter(std::string_view location) const = 0;
  virtual void Delete(std::string_view location) const = 0;
  virtual void DeleteMany(const std::vector<std::string>& locations) const = 0;

  /// The engine's own handle, by which scans and Parquet files are read.
  virtual const bridge::Store& engine() const = 0;

  const std::string url;
  const std::string root;
  const std::string name;
  const Options writer_options;
};

}  // namespace deltaic::datafusion
