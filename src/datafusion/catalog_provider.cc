#include <deltaic/datafusion/catalog_provider.h>

#include "datafusion/bridge_call.h"

namespace deltaic::datafusion {

CatalogProvider::~CatalogProvider() = default;

}  // namespace deltaic::datafusion

namespace deltaic::bridge {

rust::Vec<rust::String> CatalogCallback::schema_names() const {
  return datafusion::ToRust(catalog_->SchemaNames());
}

rust::Vec<rust::String> CatalogCallback::table_names(rust::Str schema) const {
  return datafusion::ToRust(catalog_->TableNames(std::string(schema)));
}

std::shared_ptr<TableCallback> CatalogCallback::find_table(rust::Str schema, rust::Str name) const {
  return TableCallback::Wrap(catalog_->FindTable(std::string(schema), std::string(name)));
}

}  // namespace deltaic::bridge
