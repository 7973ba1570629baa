// The path of a data file: a choice of the table's root, then the path. What it resolves to lies
// within the table.

#include <string>

#include "delta/protocol/log_path.h"
#include "fuzz/fuzz.h"

namespace deltaic::fuzz {

void Run(std::string_view input) {
  static constexpr std::string_view kRoots[] = {"file:///", "file:///lake/t/", "s3://bucket/t/",
                                                "abfss://c@account/a%20b/t/", "memory://m/"};
  const std::string_view root = kRoots[TakeChoice(input, std::size(kRoots))];
  const std::string location = delta::ResolveDataPath(input, root);
  Expect(location.find('\0') == std::string::npos, "a location has no NUL");
  const std::string framed = "/" + location + "/";
  for (const std::string_view step : {"//", "/./", "/../", "/..\\", "\\../"}) {
    Expect(framed.find(step) == std::string::npos, "a location does not climb");
  }
}

}  // namespace deltaic::fuzz
