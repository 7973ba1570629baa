#include "base/secret_url.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include <deltaic/base/redaction.h>

#include "base/secret_memory.h"
#include "base/text/base64.h"
#include "base/text/percent_text.h"

namespace deltaic {
namespace {

struct UrlParts {
  std::string_view scheme;
  std::string_view user_info;  // Without the "@".
  bool has_user_info = false;
  std::string_view host;
  std::string_view path;  // With all that follows the host but the query.
  std::string_view query;
  bool has_query = false;

  // A name alone is that of a container in Azure's URLs, and a token in those of the web.
  bool has_credential() const {
    return has_user_info && (user_info.find(':') != std::string_view::npos || is_of_the_web());
  }
  bool is_of_the_web() const { return scheme == "http" || scheme == "https"; }
};

std::optional<UrlParts> TakeApart(std::string_view text) {
  const size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  UrlParts parts;
  parts.scheme = text.substr(0, scheme_end);
  text.remove_prefix(scheme_end + 3);
  const size_t host_end = std::min(text.find_first_of("/?#"), text.size());
  parts.host = text.substr(0, host_end);
  text.remove_prefix(host_end);
  if (const size_t at = parts.host.rfind('@'); at != std::string_view::npos) {
    parts.has_user_info = true;
    parts.user_info = parts.host.substr(0, at);
    parts.host.remove_prefix(at + 1);
  }
  parts.path = text.substr(0, text.find('?'));
  parts.has_query = parts.path.size() < text.size();
  if (parts.has_query) parts.query = text.substr(parts.path.size() + 1);
  return parts;
}

// Remembers user info in the form that it takes in a header of HTTP.
void RememberBasic(std::string_view user_info) {
  std::string pair = PercentDecode(user_info);
  if (pair.find(':') == std::string::npos) pair += ':';
  RememberSpelling(Base64Encode(pair));
}

void RememberUserInfo(const UrlParts& url) {
  RememberBasic(url.user_info);
  const size_t colon = url.user_info.find(':');
  if (colon != std::string_view::npos) {
    RememberSecret(url.user_info.substr(colon + 1));
  } else if (url.is_of_the_web()) {
    RememberSecret(url.user_info);
  }
}

}  // namespace

void RememberUrl(std::string_view text) {
  const std::optional<UrlParts> url = TakeApart(text);
  if (!url) return;
  if (url->has_user_info) RememberUserInfo(*url);
  for (std::string_view rest = url->query; !rest.empty();) {
    const std::string_view pair = rest.substr(0, rest.find_first_of("&#"));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const size_t equals = pair.find('=');
    RememberSecret(equals == std::string_view::npos ? pair : pair.substr(equals + 1));
  }
}

std::string RedactUrl(std::string_view text) {
  const std::optional<UrlParts> url = TakeApart(text);
  if (!url) return std::string(text);
  const std::string user_info =
      url->has_credential() ? "REDACTED@"
                            : fmt::format("{}{}", url->user_info, url->has_user_info ? "@" : "");
  return fmt::format("{}://{}{}{}{}", url->scheme, user_info, url->host, url->path,
                     url->has_query ? "?REDACTED" : "");
}

}  // namespace deltaic
