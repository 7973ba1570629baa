#pragma once

#include <string>
#include <utility>

#include <deltaic/datafusion/object_store.h>

#include "bridge/ffi.h"

namespace deltaic::datafusion {

struct ObjectStore::Impl {
  explicit Impl(rust::Box<bridge::Store> opened)
      : store(std::move(opened)),
        url(std::string(store->url())),
        root(std::string(store->root())) {}
  rust::Box<bridge::Store> store;
  std::string url;
  std::string root;
};

}  // namespace deltaic::datafusion
