#pragma once

// Storage options: the names that `deltalake` 1.6.6 and object_store 0.13 know, what values they
// take, and what options, environment and defaults say together for one store.
// docs/storage_options.md is the same list for people; a test compares the two.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <deltaic/base/options.h>

#include "datafusion/option_value.h"

namespace deltaic::datafusion {

/// A kind of store. The values are bits: an option can be for several.
enum class StoreKind : uint8_t {
  kOther = 0,  ///< Memory, which has no settings; and unknown schemes.
  kS3 = 1,
  kAzure = 2,
  kGoogle = 4,
  kHttp = 8,
  kLocal = 16,  ///< Local files.
};

/// The kind of store that a URL or path names.
StoreKind StoreKindOf(std::string_view url);

/// Who uses an option.
enum class OptionUse : uint8_t {
  kStore,    ///< The store itself.
  kWriters,  ///< Writers of tables: kept, and of no effect on reading.
  kNothing,  ///< Nobody: `deltalake` knows it, and it has no effect there either.
};

struct StorageOption {
  uint8_t stores;  ///< Bits of StoreKind.
  OptionType type;
  OptionUse use;
  bool is_credential;
  std::vector<std::string_view> names;  ///< In lower case, the canonical name first.

  bool IsFor(StoreKind kind) const { return (stores & static_cast<uint8_t>(kind)) != 0; }
};

/// All options that are known, in no stated order.
const std::vector<StorageOption>& KnownStorageOptions();

/// The option of that name, in any case and with dots or underscores, for a kind of store; null
/// where there is none.
const StorageOption* FindStorageOption(StoreKind kind, std::string_view name);

/// Whether an option of that name exists for any kind of store.
bool IsStorageOption(std::string_view name);

/// The names that `IsStorageOption` is true for, in lower case. Those of HTTP clients also exist
/// with the prefix of a store.
std::vector<std::string_view> StorageOptionNames();

/// The settings of one store, by the canonical names of options.
struct StoreSettings {
  Options store;    ///< Values in one spelling: `true`, nanoseconds as `5ns`, numbers.
  Options writers;  ///< Values as given.
};

/// Variables of the environment.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// The variables of this process.
Environment ReadEnvironment();

/// What `options` and, where these are silent, the environment say for a kind of store. Credentials
/// of the environment do not count where the options hold complete ones. Options of other stores
/// have no effect. Throws `kInvalidArgument` for a name that no store knows, for a value that does
/// not fit the option, and for an option that is given twice with different values.
StoreSettings ResolveStorageOptions(StoreKind kind, const Options& options,
                                    const Environment& environment);

/// `base` with `changes` over it, whatever names both use for an option. Credentials of `base` do
/// not count where `changes` hold complete ones.
Options OverrideStorageOptions(const Options& base, const Options& changes);

}  // namespace deltaic::datafusion
