// The path of a data file: a choice of the first of the roots, then the path. What it resolves to
// lies within one of them, or is told to lie in none.

#include <span>
#include <string>

#include "delta/protocol/log_path.h"
#include "fuzz/fuzz.h"

namespace deltaic::fuzz {

void Run(std::string_view input) {
  static const std::string kRoots[] = {"file:///", "file:///lake/t/", "s3://bucket/t/",
                                       "abfss://c@account/a%20b/t/", "memory://m/"};
  const std::span roots(kRoots);
  const delta::DataLocation found =
      delta::ResolveDataPath(input, roots.subspan(TakeChoice(input, std::size(kRoots))));
  const std::string& location = found.path;
  Expect(location.find('\0') == std::string::npos, "a location has no NUL");
  if (!found.root) return;  // A URI, whose authority may end with a slash.
  const std::string framed = "/" + location + "/";
  for (const std::string_view step : {"//", "/./", "/../", "/..\\", "\\../"}) {
    Expect(framed.find(step) == std::string::npos, "a location does not climb");
  }
}

}  // namespace deltaic::fuzz
