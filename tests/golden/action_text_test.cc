// The commits of the golden tables, which many writers made, survive reading and writing: equal as
// actions and as JSON, members without a meaning included.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

#include <deltaic/base/error.h>

#include "delta/actions/action_json.h"
#include "delta/actions/action_text.h"

namespace deltaic::delta {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

// JSON in a form in which equal values are equal texts: members in order, without those that are
// null. `depth` counts the objects around.
std::string Canonical(dom::element element, bool keeps_nulls) {
  if (dom::object object; !element.get(object)) {
    std::map<std::string, std::string> members;
    for (const auto [name, value] : object) {
      // Null is a partition value or a tag; anywhere else it is as good as nothing.
      if (value.is_null() && !keeps_nulls) continue;
      const bool is_map = name == "partitionValues" || name == "tags";
      members[std::string(name)] = Canonical(value, is_map);
    }
    std::string text = "{";
    for (const auto& [name, value] : members) text += name + ":" + value + ",";
    return text + "}";
  }
  if (dom::array array; !element.get(array)) {
    std::string text = "[";
    for (const dom::element value : array) text += Canonical(value, true) + ",";
    return text + "]";
  }
  return simdjson::minify(element);
}

std::vector<std::string> CanonicalLines(std::string_view text) {
  std::vector<std::string> lines;
  dom::parser parser;
  dom::document_stream documents;
  const simdjson::padded_string padded(text);
  if (parser.parse_many(padded, std::max<size_t>(padded.size(), 1 << 20)).get(documents)) {
    return {"no JSON"};
  }
  for (auto document : documents) {
    dom::element element;
    if (document.get(element)) return {"no JSON"};
    const std::string line = Canonical(element, false);
    if (line != "{}") lines.push_back(line);
  }
  return lines;
}

std::vector<fs::path> LogFiles(const fs::path& root) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    const fs::path& path = entry.path();
    const bool is_log =
        std::ranges::find(path, fs::path("_delta_log")) != path.end() && entry.is_regular_file();
    if (is_log && path.extension() == ".json") files.push_back(path);
  }
  return files;
}

std::string Content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<std::vector<Action>> Read(std::string_view text, const std::string& location) {
  try {
    return ReadActions(text, {location, 0});
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool IsRefusedByColumns(std::string_view text, const std::string& location) {
  try {
    ParseCommitActions(text, {location, 0});
    return false;
  } catch (const Error&) {
    return true;
  }
}

TEST(GoldenActions, SurviveReadingAndWriting) {
  const char* root = std::getenv("DELTAIC_GOLDEN");
  if (root == nullptr) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << "set DELTAIC_GOLDEN";
    GTEST_SKIP() << "DELTAIC_GOLDEN is not set";
  }
  size_t num_actions = 0;
  for (const fs::path& path : LogFiles(root)) {
    SCOPED_TRACE(path.string());
    const std::string text = Content(path);
    const auto actions = Read(text, path.filename().string());
    if (!actions) {
      EXPECT_TRUE(IsRefusedByColumns(text, path.filename().string()));
      continue;
    }
    std::string written;
    for (const Action& action : *actions) AppendActionLine(action, written);
    EXPECT_EQ(Read(written, path.filename().string()), actions);
    EXPECT_EQ(CanonicalLines(written), CanonicalLines(text));
    num_actions += actions->size();
  }
  EXPECT_GT(num_actions, 1000u);
}

}  // namespace
}  // namespace deltaic::delta
