// Holds the table of features in docs/compatibility.md against the code's own list. The environment
// variable DELTAIC_REGENERATE=1 writes it anew (scripts/compatibility).

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "delta/protocol/table_feature.h"

namespace deltaic::delta {
namespace {

constexpr std::string_view kBegin = "<!-- generated: scripts/compatibility -->\n";
constexpr std::string_view kEnd = "<!-- end of what is generated -->\n";

std::string_view Read(ReadSupport support) {
  switch (support) {
    case ReadSupport::kNotNeeded:
      return "yes: it concerns writers";
    case ReadSupport::kFull:
      return "yes";
    case ReadSupport::kWithCatalog:
      return "with the catalog's commits handed in";
    case ReadSupport::kNotSupported:
      return "no: refused by name";
  }
  return "";
}

std::string_view Written(WriteSupport support) {
  return support == WriteSupport::kWritten ? "yes" : "no: refused by name";
}

std::string ImpliedBy(const TableFeature& feature) {
  if (feature.legacy_writer_version == 0) return "";
  if (feature.legacy_reader_version == 0) {
    return fmt::format("writer {}", feature.legacy_writer_version);
  }
  return fmt::format("reader {}, writer {}", feature.legacy_reader_version,
                     feature.legacy_writer_version);
}

std::string FeatureTable() {
  std::string table =
      "| feature | who must know it | implied by versions from | read | written |\n";
  table += "|---|---|---|---|---|\n";
  for (const TableFeature& feature : KnownTableFeatures()) {
    table +=
        fmt::format("| `{}` | {} | {} | {} | {} |\n", feature.name,
                    feature.kind == FeatureKind::kWriter ? "writers" : "readers and writers",
                    ImpliedBy(feature), Read(feature.read_support), Written(feature.write_support));
  }
  return table;
}

TEST(TableFeatureDocument, IsWhatTheCodeSays) {
  const std::string path = DELTAIC_SOURCE_DIR "/docs/compatibility.md";
  std::ifstream file(path, std::ios::binary);
  const std::string document{std::istreambuf_iterator<char>(file), {}};
  const size_t begin = document.find(kBegin);
  const size_t end = document.find(kEnd);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end);
  std::string wanted = document;
  const size_t from = begin + kBegin.size();
  wanted.replace(from, end - from, FeatureTable());
  if (std::getenv("DELTAIC_REGENERATE") != nullptr) {
    std::ofstream(path, std::ios::binary) << wanted;
    return;
  }
  EXPECT_EQ(document, wanted) << "scripts/compatibility writes docs/compatibility.md anew";
}

}  // namespace
}  // namespace deltaic::delta
