#pragma once

#include <deltaic/columnar/schema.h>

namespace deltaic::delta {

/// Checks the columns that a statement gives a table against those that it has: the same names in
/// the same order, of types that hold the same values whatever their Arrow layout, and NOT NULL
/// only where the table's are. No columns given is no claim. Throws `kInvalidArgument` naming the
/// first column that differs.
void CheckColumns(const Schema& given, const Schema& actual);

}  // namespace deltaic::delta
