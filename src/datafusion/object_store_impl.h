#pragma once

#include <string>
#include <utility>
#include <vector>

#include <deltaic/datafusion/object_store.h>

#include "bridge/ffi.h"

namespace deltaic::datafusion {

struct ObjectStore::Impl {
  Impl(rust::Box<bridge::Store> opened, std::vector<ObjectStore> allowed)
      : store(std::move(opened)),
        url(std::string(store->url())),
        root(std::string(store->root())),
        allowed_roots(std::move(allowed)) {}
  rust::Box<bridge::Store> store;
  std::string url;
  std::string root;
  std::vector<ObjectStore> allowed_roots;
};

}  // namespace deltaic::datafusion
