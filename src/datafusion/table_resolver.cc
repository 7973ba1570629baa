#include "datafusion/bridge_call.h"

namespace deltaic::datafusion {

TableResolver::~TableResolver() = default;

std::optional<VersionedName> TableResolver::SplitVersion(std::string_view) const { return {}; }

}  // namespace deltaic::datafusion

namespace deltaic::bridge {

std::shared_ptr<TableCallback> ResolverCallback::resolve(rust::Str name) const {
  return TableCallback::Wrap(resolver_->Resolve(std::string(name)));
}

VersionedName ResolverCallback::split_version(rust::Str name) const {
  const auto split = resolver_->SplitVersion({name.data(), name.size()});
  if (!split) return {.found = false, .name = {}, .is_time = false, .value = 0};
  const datafusion::TableVersion& version = split->version;
  return {.found = true,
          .name = split->name,
          .is_time = version.timestamp_us.has_value(),
          .value = version.timestamp_us ? *version.timestamp_us : version.version.value_or(0)};
}

}  // namespace deltaic::bridge
