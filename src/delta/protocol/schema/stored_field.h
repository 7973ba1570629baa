#pragma once

// Columns as data files know them (PROTOCOL.md, "Column Mapping"), in the form of
// `datafusion::FileScan::stored_schema`. Pure functions.

#include <deltaic/columnar/arrow_c_data.h>
#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// Gives `schema`, the Arrow form in which `field` or some of its fields are read, the names and
/// ids that files have, at every depth. Fields that `field` lacks are in no file.
void UseStoredNames(const StructField& field, ArrowSchema* schema);

/// Says that no file has the column; its name is kept.
void MarkAsNotStored(ArrowSchema* schema);

}  // namespace deltaic::delta
