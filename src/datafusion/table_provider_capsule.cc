#include <deltaic/datafusion/table_provider_capsule.h>

#include "datafusion/bridge_call.h"

namespace deltaic::datafusion {

void* MakeFfiTableProvider(std::shared_ptr<const TableProvider> table, const void* logical_codec) {
  return Call([&] {
    return reinterpret_cast<void*>(
        bridge::make_table_provider(std::make_shared<bridge::TableCallback>(std::move(table)),
                                    reinterpret_cast<uintptr_t>(logical_codec)));
  });
}

void FreeFfiTableProvider(void* provider) noexcept {
  bridge::free_table_provider(reinterpret_cast<uintptr_t>(provider));
}

int DataFusionMajorVersion() noexcept { return bridge::datafusion_major_version(); }

}  // namespace deltaic::datafusion
