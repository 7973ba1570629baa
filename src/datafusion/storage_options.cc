#include "datafusion/storage_options.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "base/text/nearest_name.h"

namespace deltaic::datafusion {
namespace {

constexpr uint8_t kS3 = static_cast<uint8_t>(StoreKind::kS3);
constexpr uint8_t kAzure = static_cast<uint8_t>(StoreKind::kAzure);
constexpr uint8_t kGoogle = static_cast<uint8_t>(StoreKind::kGoogle);
constexpr uint8_t kHttp = static_cast<uint8_t>(StoreKind::kHttp);
constexpr uint8_t kLocal = static_cast<uint8_t>(StoreKind::kLocal);
constexpr uint8_t kClouds = kS3 | kAzure | kGoogle;
constexpr uint8_t kAll = kClouds | kHttp;

constexpr std::array kKinds = {StoreKind::kS3, StoreKind::kAzure, StoreKind::kGoogle,
                               StoreKind::kHttp, StoreKind::kLocal};

using enum OptionType;
using Names = std::vector<std::string_view>;

StorageOption Of(uint8_t stores, OptionType type, Names names) {
  return {stores, type, OptionUse::kStore, false, std::move(names)};
}

StorageOption Credential(uint8_t stores, OptionType type, Names names) {
  return {stores, type, OptionUse::kStore, true, std::move(names)};
}

StorageOption ForWriters(uint8_t stores, OptionType type, Names names) {
  return {stores, type, OptionUse::kWriters, false, std::move(names)};
}

StorageOption Unused(uint8_t stores, Names names) {
  return {stores, kText, OptionUse::kNothing, false, std::move(names)};
}

// Settings of HTTP clients. Each may have the prefix of a store.
std::vector<StorageOption> ClientOptions() {
  return {
      Of(kAll, kBoolean, {"allow_http"}),
      Of(kAll, kBoolean, {"allow_invalid_certificates"}),
      Of(kAll, kDuration, {"connect_timeout"}),
      Of(kAll, kText, {"default_content_type"}),
      Of(kAll, kBoolean, {"http1_only"}),
      Of(kAll, kBoolean, {"http2_only"}),
      Of(kAll, kDuration, {"http2_keep_alive_interval"}),
      Of(kAll, kDuration, {"http2_keep_alive_timeout"}),
      Of(kAll, kBoolean, {"http2_keep_alive_while_idle"}),
      Of(kAll, kCount, {"http2_max_frame_size"}),
      Of(kAll, kDuration, {"pool_idle_timeout"}),
      Of(kAll, kCount, {"pool_max_idle_per_host"}),
      Of(kAll, kLine, {"proxy_url"}),
      Of(kAll, kText, {"proxy_ca_certificate"}),
      Of(kAll, kText, {"proxy_excludes"}),
      Of(kAll, kBoolean, {"randomize_addresses"}),
      Of(kAll, kDuration, {"timeout"}),
      Of(kAll, kLine, {"user_agent"}),
  };
}

std::vector<StorageOption> CommonOptions() {
  return {
      Of(kAll, kCount, {"max_retries"}),
      Of(kAll, kDuration, {"retry_timeout"}),
      Of(kAll, kDuration, {"backoff_config_init_backoff", "backoff_init_backoff", "init_backoff"}),
      Of(kAll, kDuration, {"backoff_config_max_backoff", "backoff_max_backoff", "max_backoff"}),
      Of(kAll, kFactor, {"backoff_config_base", "backoff_base", "base"}),
      Of(kAll, kLimit, {"object_store_concurrency_limit", "concurrency_limit", "max_concurrency"}),
      Of(kAll, kText, {"certificate_path"}),
      Of(kLocal, kDurability, {"durability"}),
      ForWriters(kAll, kBoolean, {"mount_allow_unsafe_rename"}),
      // The threads of a runtime: Deltaic has one, see DELTAIC_THREADS.
      Unused(kAll, {"multi_threaded"}),
      Unused(kAll, {"worker_threads"}),
      Unused(kAll, {"thread_name"}),
      Unused(kAll, {"enable_io"}),
      Unused(kAll, {"enable_time"}),
  };
}

std::vector<StorageOption> S3Options() {
  return {
      Credential(kS3, kLine, {"aws_access_key_id", "access_key_id"}),
      Credential(kS3, kLine, {"aws_secret_access_key", "secret_access_key"}),
      Credential(kS3, kLine, {"aws_session_token", "aws_token", "session_token", "token"}),
      Of(kS3, kLine, {"aws_region", "region"}),
      Of(kS3, kLine, {"aws_default_region", "default_region"}),
      Of(kS3, kText, {"aws_bucket", "aws_bucket_name", "bucket", "bucket_name"}),
      Of(kS3, kUrl, {"aws_endpoint", "aws_endpoint_url", "endpoint", "endpoint_url"}),
      Of(kS3, kUrl, {"aws_endpoint_url_s3"}),
      Of(kS3, kBoolean, {"aws_virtual_hosted_style_request", "virtual_hosted_style_request"}),
      Of(kS3, kAddressing, {"aws_s3_addressing_style"}),
      Of(kS3, kBoolean, {"aws_s3_express", "s3_express"}),
      Of(kS3, kBoolean, {"aws_imdsv1_fallback", "imdsv1_fallback"}),
      Of(kS3, kUrl, {"aws_metadata_endpoint", "metadata_endpoint"}),
      Of(kS3, kBoolean, {"aws_ec2_metadata_disabled"}),
      Of(kS3, kBoolean, {"aws_unsigned_payload", "unsigned_payload"}),
      Of(kS3, kText, {"aws_checksum_algorithm", "checksum_algorithm"}),
      Credential(kS3, kText,
                 {"aws_container_credentials_relative_uri", "container_credentials_relative_uri"}),
      Credential(kS3, kUrl,
                 {"aws_container_credentials_full_uri", "container_credentials_full_uri"}),
      Credential(kS3, kText,
                 {"aws_container_authorization_token_file", "container_authorization_token_file"}),
      Credential(kS3, kText, {"aws_web_identity_token_file", "web_identity_token_file"}),
      Credential(kS3, kText, {"aws_role_arn", "role_arn"}),
      Credential(kS3, kText, {"aws_role_session_name", "role_session_name"}),
      Of(kS3, kUrl, {"aws_endpoint_url_sts", "endpoint_url_sts", "aws_sts_endpoint"}),
      Credential(kS3, kText, {"aws_profile"}),
      Of(kS3, kText, {"aws_config_file"}),
      Of(kS3, kText, {"aws_shared_credentials_file"}),
      Of(kS3, kText, {"aws_iam_role_arn", "aws_s3_assume_role_arn"}),
      Of(kS3, kText, {"aws_iam_role_session_name", "aws_s3_role_session_name"}),
      Of(kS3, kBoolean, {"aws_skip_signature", "skip_signature"}),
      Of(kS3, kText, {"aws_copy_if_not_exists", "copy_if_not_exists"}),
      Of(kS3, kText, {"aws_conditional_put", "conditional_put"}),
      Of(kS3, kBoolean, {"aws_disable_tagging", "disable_tagging"}),
      Of(kS3, kBoolean, {"aws_request_payer", "request_payer"}),
      Of(kS3, kText, {"aws_server_side_encryption", "server_side_encryption"}),
      Of(kS3, kText, {"aws_sse_kms_key_id", "sse_kms_key_id"}),
      Of(kS3, kBoolean, {"aws_sse_bucket_key_enabled", "sse_bucket_key_enabled"}),
      Of(kS3, kLine, {"aws_sse_customer_key_base64", "sse_customer_key_base64"}),
      ForWriters(kS3, kBoolean, {"aws_s3_allow_unsafe_rename", "allow_unsafe_rename"}),
      ForWriters(kS3, kText, {"aws_s3_locking_provider"}),
      ForWriters(kS3, kText, {"delta_dynamo_table_name"}),
      ForWriters(kS3, kText, {"delta_dynamo_billing_mode"}),
      ForWriters(kS3, kText, {"delta_dynamo_max_elapsed_request_time"}),
      ForWriters(kS3, kUrl, {"aws_endpoint_url_dynamodb"}),
      ForWriters(kS3, kLine, {"aws_region_dynamodb"}),
      ForWriters(kS3, kLine, {"aws_access_key_id_dynamodb"}),
      ForWriters(kS3, kLine, {"aws_secret_access_key_dynamodb"}),
      ForWriters(kS3, kLine, {"aws_session_token_dynamodb"}),
      // Credentials are always looked for.
      Unused(kS3, {"aws_force_credential_load", "aws_s3_force_credential_load"}),
      Unused(kS3, {"aws_ec2_metadata_timeout"}),
      Unused(kS3, {"aws_s3_pool_idle_timeout_seconds"}),
      Unused(kS3, {"aws_sts_pool_idle_timeout_seconds"}),
      Unused(kS3, {"aws_s3_get_internal_server_error_retries"}),
  };
}

std::vector<StorageOption> AzureOptions() {
  return {
      Of(kAzure, kText, {"azure_storage_account_name", "account_name"}),
      Credential(kAzure, kLine,
                 {"azure_storage_account_key", "azure_storage_access_key",
                  "azure_storage_master_key", "master_key", "account_key", "access_key"}),
      Credential(kAzure, kText, {"azure_storage_client_id", "azure_client_id", "client_id"}),
      Credential(kAzure, kLine,
                 {"azure_storage_client_secret", "azure_client_secret", "client_secret"}),
      Credential(kAzure, kText,
                 {"azure_storage_tenant_id", "azure_storage_authority_id", "azure_tenant_id",
                  "azure_authority_id", "tenant_id", "authority_id"}),
      Of(kAzure, kUrl, {"azure_storage_authority_host", "azure_authority_host", "authority_host"}),
      Credential(kAzure, kLine,
                 {"azure_storage_sas_key", "azure_storage_sas_token", "sas_key", "sas_token"}),
      Credential(kAzure, kLine, {"azure_storage_token", "bearer_token", "token"}),
      Of(kAzure, kBoolean, {"azure_storage_use_emulator", "use_emulator"}),
      Of(kAzure, kUrl, {"azure_storage_endpoint", "azure_endpoint", "endpoint"}),
      Credential(
          kAzure, kUrl,
          {"azure_msi_endpoint", "azure_identity_endpoint", "identity_endpoint", "msi_endpoint"}),
      Credential(kAzure, kText, {"azure_object_id", "object_id"}),
      Credential(kAzure, kText, {"azure_msi_resource_id", "msi_resource_id"}),
      Credential(kAzure, kText, {"azure_federated_token_file", "federated_token_file"}),
      Of(kAzure, kBoolean, {"azure_use_fabric_endpoint", "use_fabric_endpoint"}),
      Credential(kAzure, kBoolean, {"azure_use_azure_cli", "use_azure_cli"}),
      Of(kAzure, kBoolean, {"azure_skip_signature", "skip_signature"}),
      Of(kAzure, kText, {"azure_container_name", "container_name"}),
      Of(kAzure, kBoolean, {"azure_disable_tagging", "disable_tagging"}),
      Of(kAzure, kUrl, {"azure_fabric_token_service_url", "fabric_token_service_url"}),
      Of(kAzure, kText, {"azure_fabric_workload_host", "fabric_workload_host"}),
      Of(kAzure, kLine, {"azure_fabric_session_token", "fabric_session_token"}),
      Of(kAzure, kText, {"azure_fabric_cluster_identifier", "fabric_cluster_identifier"}),
  };
}

std::vector<StorageOption> GoogleOptions() {
  return {
      Credential(kGoogle, kText,
                 {"google_service_account", "service_account", "google_service_account_path",
                  "service_account_path"}),
      Credential(kGoogle, kText, {"google_service_account_key", "service_account_key"}),
      Credential(kGoogle, kText, {"google_application_credentials", "application_credentials"}),
      Of(kGoogle, kText, {"google_bucket", "google_bucket_name", "bucket", "bucket_name"}),
      Of(kGoogle, kUrl, {"google_base_url", "base_url"}),
      Of(kGoogle, kBoolean, {"google_skip_signature", "skip_signature"}),
  };
}

// Older spellings of options of clients, which only S3 and Azure have.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kOldAllowHttp = {{
    {"aws_storage_allow_http", "aws_allow_http"},
    {"azure_storage_allow_http", "azure_allow_http"},
}};

/// What together is a credential of a store.
const std::vector<Names>& CredentialsOf(StoreKind kind) {
  static const std::vector<Names> kOfS3 = {
      {"aws_access_key_id", "aws_secret_access_key"},
      {"aws_web_identity_token_file", "aws_role_arn"},
      {"aws_container_credentials_relative_uri"},
      {"aws_container_credentials_full_uri", "aws_container_authorization_token_file"},
      {"aws_profile"},
  };
  static const std::vector<Names> kOfAzure = {
      {"azure_storage_account_key"},
      {"azure_storage_sas_key"},
      {"azure_storage_token"},
      {"azure_storage_client_id", "azure_storage_client_secret", "azure_storage_tenant_id"},
      {"azure_storage_client_id", "azure_federated_token_file", "azure_storage_tenant_id"},
      {"azure_use_azure_cli"},
  };
  static const std::vector<Names> kOfGoogle = {
      {"google_service_account"},
      {"google_service_account_key"},
      {"google_application_credentials"},
  };
  static const std::vector<Names> kOfNone;
  switch (kind) {
    case StoreKind::kS3:
      return kOfS3;
    case StoreKind::kAzure:
      return kOfAzure;
    case StoreKind::kGoogle:
      return kOfGoogle;
    case StoreKind::kHttp:
    case StoreKind::kLocal:
    case StoreKind::kOther:
      break;
  }
  return kOfNone;
}

std::string_view PrefixOf(StoreKind kind) {
  switch (kind) {
    case StoreKind::kS3:
      return "aws_";
    case StoreKind::kAzure:
      return "azure_";
    case StoreKind::kGoogle:
      return "google_";
    case StoreKind::kHttp:
    case StoreKind::kLocal:
    case StoreKind::kOther:
      break;
  }
  return {};
}

std::string Normalized(std::string_view name) {
  std::string normalized(name);
  for (char& c : normalized) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    if (c == '.') c = '_';
  }
  return normalized;
}

const StorageOption* Find(const std::vector<StorageOption>& options, StoreKind kind,
                          std::string_view name) {
  const auto found = std::find_if(options.begin(), options.end(), [&](const auto& option) {
    return option.IsFor(kind) && std::ranges::find(option.names, name) != option.names.end();
  });
  return found == options.end() ? nullptr : &*found;
}

Error BadValue(std::string_view name, OptionType type, std::string_view value) {
  const std::string shown = IsShown(type) ? fmt::format(" = '{}'", value) : "";
  return {ErrorCode::kInvalidArgument,
          fmt::format("The value of a storage option is not {}: {}{}", FormOf(type), name, shown)};
}

Error Unknown(std::string_view name) {
  const auto nearest = NearestName(Normalized(name), StorageOptionNames());
  return {ErrorCode::kInvalidArgument,
          nearest ? fmt::format("The storage option is not known: {}; the nearest is {}", name,
                                *nearest)
                  : fmt::format("The storage option is not known: {}", name)};
}

/// A value with the name that it was given by.
struct Given {
  std::string name;
  std::string value;
};
using Layer = std::map<const StorageOption*, Given>;

void Add(Layer& layer, const StorageOption* option, const std::string& name,
         const std::string& value) {
  const auto [place, is_new] = layer.try_emplace(option, Given{name, value});
  if (is_new || place->second.value == value) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("A storage option is given twice with different values: {} and {}",
                          place->second.name, name));
}

bool HasCredential(StoreKind kind, const Layer& layer) {
  const auto has = [&](std::string_view name) {
    return layer.contains(FindStorageOption(kind, name));
  };
  return std::ranges::any_of(CredentialsOf(kind),
                             [&](const Names& names) { return std::ranges::all_of(names, has); });
}

Layer OptionsFor(StoreKind kind, const Options& options) {
  Layer layer;
  for (const auto& [name, value] : options) {
    if (const auto* option = FindStorageOption(kind, name)) {
      Add(layer, option, name, value);
    } else if (!IsStorageOption(name)) {
      throw Unknown(name);
    }
  }
  return layer;
}

/// The name of the option that a variable sets, empty for none.
std::string OptionOfVariable(StoreKind kind, std::string_view variable) {
  if (variable == "IDENTITY_ENDPOINT") return "azure_msi_endpoint";
  if (variable == "SERVICE_ACCOUNT") return "google_service_account";
  const std::string name = Normalized(variable);
  // A variable without a prefix, such as TIMEOUT, means something else.
  const std::array<std::string_view, 4> prefixes = {PrefixOf(kind), "object_store_",
                                                    "delta_dynamo_", "mount_"};
  const bool is_prefixed = std::ranges::any_of(prefixes, [&](std::string_view prefix) {
    return !prefix.empty() && name.starts_with(prefix);
  });
  return is_prefixed && std::ranges::none_of(variable, [](char c) { return c == '.'; })
             ? name
             : std::string();
}

Layer VariablesFor(StoreKind kind, const Environment& environment) {
  Layer layer;
  for (const auto& [variable, value] : environment) {
    const std::string name = OptionOfVariable(kind, variable);
    if (name.empty() || value.empty()) continue;
    if (const auto* option = FindStorageOption(kind, name)) {
      // Of several names for one option the first in the list of its names wins.
      const auto [place, is_new] = layer.try_emplace(option, Given{variable, value});
      const auto rank = [&](std::string_view of) {
        return std::ranges::find(option->names, Normalized(of)) - option->names.begin();
      };
      if (!is_new && rank(variable) < rank(place->second.name)) {
        place->second = Given{variable, value};
      }
    }
  }
  return layer;
}

void FillWith(Layer& layer, StoreKind kind, Layer defaults) {
  const bool has_credential = HasCredential(kind, layer);
  for (auto& [option, given] : defaults) {
    if (has_credential && option->is_credential) continue;
    layer.try_emplace(option, std::move(given));
  }
}

}  // namespace

StoreKind StoreKindOf(std::string_view url) {
  const size_t end = url.find("://");
  if (end == std::string_view::npos) return StoreKind::kLocal;
  const std::string scheme = Normalized(url.substr(0, end));
  const auto is_any_of = [&](std::initializer_list<std::string_view> schemes) {
    return std::ranges::find(schemes, scheme) != schemes.end();
  };
  if (is_any_of({"s3", "s3a"})) return StoreKind::kS3;
  if (is_any_of({"az", "adl", "azure", "abfs", "abfss"})) return StoreKind::kAzure;
  if (scheme == "gs") return StoreKind::kGoogle;
  if (is_any_of({"http", "https"})) return StoreKind::kHttp;
  if (scheme == "file") return StoreKind::kLocal;
  return StoreKind::kOther;
}

const std::vector<StorageOption>& KnownStorageOptions() {
  static const std::vector<StorageOption> kOptions = [] {
    std::vector<StorageOption> all;
    for (auto&& some :
         {ClientOptions(), CommonOptions(), S3Options(), AzureOptions(), GoogleOptions()}) {
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }();
  return kOptions;
}

const StorageOption* FindStorageOption(StoreKind kind, std::string_view name) {
  std::string key = Normalized(name);
  for (const auto& [old, current] : kOldAllowHttp) {
    if (key == old) key = current;
  }
  const std::vector<StorageOption>& options = KnownStorageOptions();
  if (const auto* option = Find(options, kind, key)) return option;
  const std::string_view prefix = PrefixOf(kind);
  if (prefix.empty() || !key.starts_with(prefix)) return nullptr;
  static const std::vector<StorageOption> kOfClients = ClientOptions();
  const std::string_view rest = std::string_view(key).substr(prefix.size());
  return Find(kOfClients, kind, rest) == nullptr ? nullptr : Find(options, kind, rest);
}

bool IsStorageOption(std::string_view name) {
  return std::ranges::any_of(
      kKinds, [&](StoreKind kind) { return FindStorageOption(kind, name) != nullptr; });
}

std::vector<std::string_view> StorageOptionNames() {
  std::vector<std::string_view> names;
  for (const StorageOption& option : KnownStorageOptions()) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  for (const auto& [old, current] : kOldAllowHttp) names.push_back(old);
  return names;
}

Environment ReadEnvironment() {
  Environment environment;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const size_t end = text.find('=');
    if (end == std::string_view::npos) continue;
    environment.emplace_back(text.substr(0, end), text.substr(end + 1));
  }
  return environment;
}

StoreSettings ResolveStorageOptions(StoreKind kind, const Options& options,
                                    const Environment& environment) {
  Layer layer = OptionsFor(kind, options);
  FillWith(layer, kind, VariablesFor(kind, environment));
  StoreSettings settings;
  for (const auto& [option, given] : layer) {
    const auto value = ReadOptionValue(option->type, given.value);
    if (!value) throw BadValue(given.name, option->type, given.value);
    const std::string name(option->names.front());
    if (option->use == OptionUse::kStore) settings.store[name] = *value;
    if (option->use == OptionUse::kWriters) settings.writers[name] = given.value;
  }
  return settings;
}

Options OverrideStorageOptions(const Options& base, const Options& changes) {
  Options result = changes;
  for (const auto& base_option : base) {
    const std::string name = Normalized(base_option.first);
    const bool is_given = std::ranges::any_of(
        changes, [&](const auto& change) { return Normalized(change.first) == name; });
    const bool is_overridden = std::ranges::any_of(kKinds, [&](StoreKind kind) {
      const StorageOption* option = FindStorageOption(kind, base_option.first);
      if (option == nullptr) return false;
      Layer layer;
      for (const auto& [changed, to] : changes) {
        if (const auto* found = FindStorageOption(kind, changed)) layer[found] = {changed, to};
      }
      return layer.contains(option) || (option->is_credential && HasCredential(kind, layer));
    });
    if (!is_given && !is_overridden) result.insert(base_option);
  }
  return result;
}

}  // namespace deltaic::datafusion
