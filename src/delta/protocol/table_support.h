#pragma once

// Whether we may touch a table (PROTOCOL.md, "Protocol Evolution" and "Reader Version
// Requirements"). Pure functions.

#include <cstdint>

#include <deltaic/delta/protocol/actions.h>
#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// Who says which commits a table has.
enum class LogSource : uint8_t {
  kFolder,   ///< The log folder alone.
  kCatalog,  ///< A catalog, whose commits the caller handed in.
};

/// Whether a catalog says which commits tables of this protocol have.
bool NeedsCatalog(const Protocol& protocol);

/// Checks that tables of this protocol can be read, before anything else of the table is looked
/// at: its schema may have types that we do not know.
///
/// Throws `kUnsupportedFeature` naming every reader feature that is not supported, or the reader
/// version; `kCorruptLog` for a protocol that contradicts itself. Writer features, known or not,
/// never stop a reader.
void CheckProtocolReadable(const Protocol& protocol, LogSource source = LogSource::kFolder);

/// Checks that the table can be read; `schema` is the one of `metadata`.
///
/// Errors as `CheckProtocolReadable`, and for metadata: `kUnsupportedFeature` for column mapping
/// in use, a variant in the schema or a format that is not Parquet, `kCorruptLog` for partition
/// columns that the schema does not have or that cannot be ones.
void CheckReadable(const Protocol& protocol, const Metadata& metadata, const DataType& schema,
                   LogSource source = LogSource::kFolder);

}  // namespace deltaic::delta
