#pragma once

// The table features that we know (PROTOCOL.md, "Table Features" and "Valid Feature Names in
// Table Features"): one table of data, from which checks and docs/compatibility.md are made.
// Immutable.

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

/// Who must understand a feature.
enum class FeatureKind : uint8_t {
  kWriter,        ///< Writers only.
  kReaderWriter,  ///< Readers and writers.
};

/// How far our reader goes.
enum class ReadSupport : uint8_t {
  kNotNeeded,     ///< A writer feature: readers need nothing.
  kFull,          ///< Tables with it are read.
  kWithCatalog,   ///< Tables with it are read where the caller hands the catalog's commits in.
  kNotSupported,  ///< Tables with it are refused.
};

/// How far our writer goes.
enum class WriteSupport : uint8_t {
  kWritten,     ///< Tables with it are written.
  kNotWritten,  ///< Writing tables with it is refused.
};

/// The versions from which on a protocol lists its features.
inline constexpr int32_t kReaderVersionWithFeatures = 3;
inline constexpr int32_t kWriterVersionWithFeatures = 7;

/// A feature. Names are those of the protocol; case counts.
struct TableFeature {
  std::string_view name;
  FeatureKind kind;
  /// From which reader version below 3 it is implied; 0 = it must be listed.
  int32_t legacy_reader_version;
  /// From which writer version below 7 it is implied; 0 = it must be listed.
  int32_t legacy_writer_version;
  ReadSupport read_support;
  WriteSupport write_support;
};

/// All known features, in the order of the protocol; previews and other spellings follow the
/// final name.
std::span<const TableFeature> KnownTableFeatures();

/// The feature of that name, or null.
const TableFeature* FindTableFeature(std::string_view name);

/// Whether a reader of the table has to honour `feature`, a reader-writer feature: it is listed, or
/// implied by a legacy reader version.
bool IsReaderFeatureSupported(const Protocol& protocol, const TableFeature& feature);

/// Whether a writer of the table has to honour `feature`: it is listed, or implied by a legacy
/// writer version.
bool IsWriterFeatureSupported(const Protocol& protocol, const TableFeature& feature);

/// Whether the protocol lists a feature, known or not, for writers.
bool IsListedForWriters(const Protocol& protocol, std::string_view feature);

/// The names of all features that readers or writers have to honour, known or not.
std::set<std::string> SupportedFeatures(const Protocol& protocol);

}  // namespace deltaic::delta
