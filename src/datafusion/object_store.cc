#include <deltaic/datafusion/object_store.h>

#include "datafusion/bridge_call.h"
#include "datafusion/object_store_impl.h"

namespace deltaic::datafusion {
namespace {

Bytes FromRust(rust::Box<bridge::Blob> blob) {
  auto owner = std::make_shared<rust::Box<bridge::Blob>>(std::move(blob));
  rust::Slice<const uint8_t> bytes = (*owner)->bytes();
  std::string_view view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return Bytes(std::move(owner), view);
}

rust::Slice<const uint8_t> AsSlice(std::string_view bytes) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}

ObjectMeta FromRust(const bridge::ObjectEntry& entry) {
  return {std::string(entry.location), entry.size, entry.last_modified_ms};
}

}  // namespace

ObjectStore ObjectStore::Open(std::string_view url, const Options& options) {
  return Call([&] {
    return ObjectStore(
        std::make_shared<const Impl>(bridge::open_store(ToRust(url), ToRust(options))));
  });
}

bool ObjectStore::IsOption(std::string_view key) {
  return Call([&] { return bridge::is_store_option(ToRust(key)); });
}

const std::string& ObjectStore::url() const { return impl_->url; }

const std::string& ObjectStore::root() const { return impl_->root; }

bool ObjectStore::is_local() const { return impl_->url.starts_with("file:"); }

bool ObjectStore::can_list() const { return impl_->store->can_list(); }

Bytes ObjectStore::Get(std::string_view location) const {
  return Call([&] { return FromRust(impl_->store->get(ToRust(location))); });
}

Bytes ObjectStore::GetRange(std::string_view location, int64_t offset, int64_t length) const {
  return Call([&] { return FromRust(impl_->store->get_range(ToRust(location), offset, length)); });
}

std::vector<Bytes> ObjectStore::GetMany(const std::vector<std::string>& locations) const {
  return Call([&] {
    rust::Box<bridge::BlobList> blobs = impl_->store->get_many(ToRust(locations));
    std::vector<Bytes> result;
    result.reserve(locations.size());
    for (size_t i = 0; i < locations.size(); ++i) result.push_back(FromRust(blobs->take(i)));
    return result;
  });
}

std::optional<ObjectMeta> ObjectStore::Head(std::string_view location) const {
  return Call([&]() -> std::optional<ObjectMeta> {
    rust::Vec<bridge::ObjectEntry> entries = impl_->store->head(ToRust(location));
    if (entries.empty()) return std::nullopt;
    return FromRust(entries[0]);
  });
}

std::vector<ObjectMeta> ObjectStore::List(std::string_view prefix,
                                          std::string_view start_after) const {
  return Call([&] {
    std::vector<ObjectMeta> result;
    for (const auto& entry : impl_->store->list(ToRust(prefix), ToRust(start_after))) {
      result.push_back(FromRust(entry));
    }
    return result;
  });
}

std::vector<std::string> ObjectStore::ListFolders(std::string_view prefix) const {
  return Call([&] { return FromRust(impl_->store->list_folders(ToRust(prefix))); });
}

bool ObjectStore::PutIfAbsent(std::string_view location, std::string_view bytes) const {
  return Call([&] { return impl_->store->put_if_absent(ToRust(location), AsSlice(bytes)); });
}

void ObjectStore::Put(std::string_view location, std::string_view bytes) const {
  Call([&] { impl_->store->put(ToRust(location), AsSlice(bytes)); });
}

void ObjectStore::Delete(std::string_view location) const {
  Call([&] { impl_->store->remove(ToRust(location)); });
}

}  // namespace deltaic::datafusion
