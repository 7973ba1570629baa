#pragma once

#include <utility>

#include <deltaic/datafusion/data_frame.h>

#include "bridge/ffi.h"

namespace deltaic::datafusion {

struct DataFrame::Impl {
  explicit Impl(rust::Box<bridge::Frame> made) : frame(std::move(made)) {}
  rust::Box<bridge::Frame> frame;
};

inline DataFrame MakeDataFrame(rust::Box<bridge::Frame> frame) {
  return DataFrame(std::make_shared<const DataFrame::Impl>(std::move(frame)));
}

}  // namespace deltaic::datafusion
