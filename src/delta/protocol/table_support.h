#pragma once

// Whether we may touch a table (PROTOCOL.md, "Protocol Evolution" and "Reader Version
// Requirements"). Pure functions.

#include <cstdint>
#include <set>
#include <string>

#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/protocol/state_actions.h>

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
/// Errors as `CheckProtocolReadable`, and for metadata: `kUnsupportedFeature` for a format that is
/// not Parquet, `kCorruptLog` for partition columns that the schema does not have or that cannot be
/// ones.
void CheckReadable(const Protocol& protocol, const Metadata& metadata, const DataType& schema,
                   LogSource source = LogSource::kFolder);

/// Checks that tables of this protocol can be written; they must be readable, too.
///
/// Throws `kUnsupportedFeature` naming every writer feature that is not supported, listed or
/// implied by the version, or the writer version.
void CheckProtocolWritable(const Protocol& protocol);

/// The protocol that a table needs to get some features ("Table Features"): the same where it has
/// them. Otherwise it lists its features from then on, all that its versions imply and those that
/// the new ones need among them; readers are concerned only where a new feature concerns them.
/// Throws `kInvalidArgument` for a name that is no feature's.
Protocol WithFeatures(const Protocol& protocol, const std::set<std::string>& features);

}  // namespace deltaic::delta
