#pragma once

// Delta types as Arrow types and back (PROTOCOL.md, "Schema Serialization Format" and "Parquet"):
// strings and binaries are view types but as keys of maps, lists name their element "element", maps
// their entries "key_value". A variant is a struct of the binaries `metadata` and `value`, neither
// null, with the name of Arrow's canonical extension type. Pure functions.

#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/columnar/arrow_c_data.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// The extension type of a variant's column, without metadata of its own.
inline constexpr char kVariantExtension[] = "arrow.parquet.variant";

/// Which fields the Arrow schema calls nullable.
enum class ArrowNullability {
  kDeclared,  ///< Those that the Delta schema does.
  kAll,       ///< All, at every depth, but keys of maps: what files really hold may be null.
};

/// Converts a struct type. Throws `kInvalidArgument` if it is not a struct.
DELTAIC_EXPORT Schema ToArrowSchema(const DataType& struct_type,
                                    ArrowNullability nullability = ArrowNullability::kDeclared);

/// Converts some columns.
DELTAIC_EXPORT Schema ToArrowSchema(const std::vector<StructField>& columns,
                                    ArrowNullability nullability = ArrowNullability::kDeclared);

/// Writes one field to `*out`, to be released by the caller; nothing to release where it throws.
DELTAIC_EXPORT void ToArrowField(const StructField& field, ArrowNullability nullability,
                                 ArrowSchema* out);

/// Returns the Delta columns that hold the values of an Arrow struct, whatever their layout.
///
/// Texts and binaries of every layout, lists of every kind, dictionaries and runs become the type
/// of their values. Unsigned integers become the next wider signed type, 64 bits of them `long`,
/// whose range is then checked by whoever writes. Dates of 64 bits become `date`, half floats
/// `float`, timestamps of any unit and zone `timestamp`, those without a zone `timestamp_ntz`.
/// Metadata of Arrow fields is not taken over.
///
/// Throws `kInvalidArgument` if `schema` is not a struct, and naming the column for a type that has
/// no Delta type: times of day, durations, intervals, unions, decimals of more than 38 digits or
/// with a negative scale.
DELTAIC_EXPORT std::vector<StructField> FromArrowSchema(const ArrowSchema& schema);

}  // namespace deltaic::delta
