#pragma once

// Arrow types of a scan, as the Arrow C data interface spells them. Pure functions.

#include <deltaic/columnar/arrow_c_data.h>

namespace deltaic::delta {

/// Makes plain types of the view types in `schema`, at every depth.
void ReplaceViewTypes(ArrowSchema* schema);

/// Calls all of `schema` nullable, at every depth, but entries and keys of maps.
void MakeNullable(ArrowSchema* schema);

/// Makes a dictionary of a string or binary column, with plain values and UInt16 keys, or UInt32
/// ones if there are `many` values.
void WrapInDictionary(bool many, ArrowSchema* schema);

/// Whether the reader can deliver every value of type `own` as one of type `wanted`: the same type,
/// another form of strings or binaries, a wider number, a struct with fields of that kind.
bool CanBeReadAs(const ArrowSchema& own, const ArrowSchema& wanted);

}  // namespace deltaic::delta
