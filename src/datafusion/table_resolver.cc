#include "datafusion/callbacks.h"

namespace deltaic::datafusion {

TableResolver::~TableResolver() = default;

}  // namespace deltaic::datafusion

namespace deltaic::bridge {

std::shared_ptr<TableCallback> ResolverCallback::resolve(rust::Str name) const {
  std::shared_ptr<const datafusion::TableProvider> table = resolver_->Resolve(std::string(name));
  return table == nullptr ? nullptr : std::make_shared<TableCallback>(std::move(table));
}

}  // namespace deltaic::bridge
