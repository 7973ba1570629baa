#include <deltaic/datafusion/object_store.h>

#include <stdexcept>

#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "datafusion/bridge_call.h"
#include "datafusion/engine_memory.h"
#include "datafusion/object_store_impl.h"
#include "datafusion/storage_options.h"

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

rust::Str UrlToRust(std::string_view url) {
  try {
    return ToRust(url);
  } catch (const std::invalid_argument&) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("The path or URL of a table is not valid UTF-8: {}", url));
  }
}

ObjectMeta FromRust(const bridge::ObjectEntry& entry) {
  return {std::string(entry.location), entry.size, entry.last_modified_ms};
}

std::vector<ObjectMeta> FromRust(const rust::Vec<bridge::ObjectEntry>& entries) {
  std::vector<ObjectMeta> objects;
  objects.reserve(entries.size());
  for (const bridge::ObjectEntry& entry : entries) objects.push_back(FromRust(entry));
  return objects;
}

class EngineListing final : public ObjectListing {
 public:
  explicit EngineListing(rust::Box<bridge::Listing> listing) : listing_(std::move(listing)) {}

  std::vector<ObjectMeta> Next() override {
    return Call([&] { return FromRust(listing_->next_page()); });
  }

 private:
  rust::Box<bridge::Listing> listing_;
};

class EngineWriter final : public ObjectWriter {
 public:
  explicit EngineWriter(rust::Box<bridge::ObjectWriter> writer) : writer_(std::move(writer)) {}

  ~EngineWriter() override {
    try {
      Abort();
    } catch (const std::exception&) {
      // Whoever wanted to know called `Abort`.
    }
  }

  void Append(std::string_view bytes) override {
    Call([&] { writer_->append(AsSlice(bytes)); });
  }

  void Finish() override {
    Call([&] { writer_->finish(); });
  }

  void Abort() override {
    Call([&] { writer_->abort(); });
  }

 private:
  rust::Box<bridge::ObjectWriter> writer_;
};

// A store of the engine.
class EngineStore final : public ObjectStore::Impl {
 public:
  EngineStore(rust::Box<bridge::Store> store, Options writer_options)
      : Impl({.url = std::string(store->url()),
              .root = std::string(store->root()),
              .name = std::string(store->name())},
             std::move(writer_options)),
        store_(std::move(store)) {}

  bool can_list() const override { return store_->can_list(); }

  Bytes Get(std::string_view location) const override {
    return Call([&] { return FromRust(store_->get(ToRust(location))); });
  }

  Bytes GetRange(std::string_view location, int64_t offset, int64_t length) const override {
    return Call([&] { return FromRust(store_->get_range(ToRust(location), offset, length)); });
  }

  std::vector<Bytes> GetMany(const std::vector<std::string>& locations) const override {
    return Call([&] {
      rust::Box<bridge::BlobList> blobs = store_->get_many(ToRust(locations));
      std::vector<Bytes> result;
      result.reserve(locations.size());
      for (size_t i = 0; i < locations.size(); ++i) result.push_back(FromRust(blobs->take(i)));
      return result;
    });
  }

  std::optional<ObjectMeta> Head(std::string_view location) const override {
    return Call([&]() -> std::optional<ObjectMeta> {
      rust::Vec<bridge::ObjectEntry> entries = store_->head(ToRust(location));
      if (entries.empty()) return std::nullopt;
      return FromRust(entries[0]);
    });
  }

  std::vector<ObjectMeta> List(std::string_view prefix,
                               std::string_view start_after) const override {
    return Call([&] { return FromRust(store_->list(ToRust(prefix), ToRust(start_after))); });
  }

  std::unique_ptr<ObjectListing> ListBelow(std::string_view prefix,
                                           std::string_view start_after) const override {
    return Call([&] {
      return std::make_unique<EngineListing>(
          store_->list_below(ToRust(prefix), ToRust(start_after)));
    });
  }

  bool HasObjects(std::string_view prefix) const override {
    return Call([&] { return store_->has_objects(ToRust(prefix)); });
  }

  std::vector<std::string> ListFolders(std::string_view prefix) const override {
    return Call([&] { return datafusion::FromRust(store_->list_folders(ToRust(prefix))); });
  }

  bool PutIfAbsent(std::string_view location, std::string_view bytes) const override {
    return Call([&] { return store_->put_if_absent(ToRust(location), AsSlice(bytes)); });
  }

  void Put(std::string_view location, std::string_view bytes) const override {
    Call([&] { store_->put(ToRust(location), AsSlice(bytes)); });
  }

  std::unique_ptr<ObjectWriter> OpenWriter(std::string_view location) const override {
    return Call(
        [&] { return std::make_unique<EngineWriter>(store_->open_writer(ToRust(location))); });
  }

  void Delete(std::string_view location) const override {
    Call([&] { store_->remove(ToRust(location)); });
  }

  void DeleteMany(const std::vector<std::string>& locations) const override {
    Call([&] { store_->remove_many(ToRust(locations)); });
  }

  const bridge::Store& engine() const override { return *store_; }

 private:
  const rust::Box<bridge::Store> store_;
};

}  // namespace

ObjectStore ObjectStore::Open(std::string_view url, const Options& options,
                              const std::vector<ObjectStore>& linked) {
  HeedAddressLimit();
  const StoreKind kind = StoreKindOf(url);
  const bool is_remote = kind != StoreKind::kLocal && kind != StoreKind::kOther;
  StoreSettings settings =
      ResolveStorageOptions(kind, options, is_remote ? ReadEnvironment() : Environment());
  return Call([&] {
    rust::Box<bridge::Store> store =
        bridge::open_store(UrlToRust(url), ToRust(options), ToRust(settings.store));
    for (const ObjectStore& other : linked) store->allow_links_to(other.impl_->engine());
    return ObjectStore(
        std::make_shared<const EngineStore>(std::move(store), std::move(settings.writers)));
  });
}

bool ObjectStore::IsOption(std::string_view key) { return IsStorageOption(key); }

std::vector<std::string_view> ObjectStore::OptionNames() { return StorageOptionNames(); }

Options ObjectStore::OverrideOptions(const Options& base, const Options& changes) {
  return OverrideStorageOptions(base, changes);
}

const Options& ObjectStore::writer_options() const { return impl_->writer_options; }

const std::string& ObjectStore::url() const { return impl_->url; }

const std::string& ObjectStore::root() const { return impl_->root; }

std::string ObjectStore::name() const { return impl_->name; }

bool ObjectStore::is_local() const { return impl_->url.starts_with("file:"); }

bool ObjectStore::can_list() const { return impl_->can_list(); }

Bytes ObjectStore::Get(std::string_view location) const { return impl_->Get(location); }

Bytes ObjectStore::GetRange(std::string_view location, int64_t offset, int64_t length) const {
  return impl_->GetRange(location, offset, length);
}

std::vector<Bytes> ObjectStore::GetMany(const std::vector<std::string>& locations) const {
  return impl_->GetMany(locations);
}

std::optional<ObjectMeta> ObjectStore::Head(std::string_view location) const {
  return impl_->Head(location);
}

std::vector<ObjectMeta> ObjectStore::List(std::string_view prefix,
                                          std::string_view start_after) const {
  return impl_->List(prefix, start_after);
}

std::unique_ptr<ObjectListing> ObjectStore::ListBelow(std::string_view prefix,
                                                      std::string_view start_after) const {
  return impl_->ListBelow(prefix, start_after);
}

bool ObjectStore::HasObjects(std::string_view prefix) const { return impl_->HasObjects(prefix); }

std::vector<std::string> ObjectStore::ListFolders(std::string_view prefix) const {
  return impl_->ListFolders(prefix);
}

bool ObjectStore::PutIfAbsent(std::string_view location, std::string_view bytes) const {
  return impl_->PutIfAbsent(location, bytes);
}

void ObjectStore::Put(std::string_view location, std::string_view bytes) const {
  impl_->Put(location, bytes);
}

std::unique_ptr<ObjectWriter> ObjectStore::OpenWriter(std::string_view location) const {
  return impl_->OpenWriter(location);
}

bool ObjectStore::CopyIfAbsent(std::string_view from, std::string_view to) const {
  return PutIfAbsent(to, Get(from).view());
}

void ObjectStore::Delete(std::string_view location) const { impl_->Delete(location); }

void ObjectStore::DeleteMany(const std::vector<std::string>& locations) const {
  impl_->DeleteMany(locations);
}

}  // namespace deltaic::datafusion
