#include "delta/transaction/row_id_assignment.h"

#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <simdjson.h>

#include <deltaic/base/error.h>

#include "base/text/excerpt.h"
#include "base/text/json_writer.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/table_feature.h"
#include "delta/protocol/table_properties.h"

namespace deltaic::delta {
namespace {

constexpr std::string_view kHighWaterMark = "rowIdHighWaterMark";

// Other members may be numbers of any size, which a whole document of simdjson does not hold.
std::optional<int64_t> IntegerOf(simdjson::ondemand::parser& parser, const std::string& json,
                                 std::string_view member) {
  const simdjson::padded_string text(json);
  simdjson::ondemand::document document;
  int64_t number = 0;
  if (parser.iterate(text).get(document) != simdjson::SUCCESS) return std::nullopt;
  if (document.find_field_unordered(member).get_int64().get(number) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return number;
}

int64_t NumRecords(simdjson::ondemand::parser& parser, const AddFile& file) {
  const std::optional<int64_t> records =
      file.stats ? IntegerOf(parser, *file.stats, "numRecords") : std::nullopt;
  if (records && *records >= 0) return *records;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("The table tracks rows, so the statistics of an added file must tell "
                          "its numRecords: {}",
                          ShownDataPath(file.path)));
}

}  // namespace

bool AssignsRowIds(const Protocol& protocol, const Metadata& metadata) {
  return IsListedForWriters(protocol, "rowTracking") &&
         !TableProperties(metadata).row_tracking_suspended();
}

int64_t ReadRowIdHighWaterMark(const DomainMetadata& domain) {
  simdjson::ondemand::parser parser;
  const std::optional<int64_t> mark = IntegerOf(parser, domain.configuration, kHighWaterMark);
  if (mark && *mark >= kNoRowId) return *mark;
  throw Error(ErrorCode::kCorruptLog,
              fmt::format("The metadata of the domain {} has no {}: {}", kRowTrackingDomain,
                          kHighWaterMark, Excerpt(domain.configuration)));
}

DomainMetadata RowIdHighWaterMark(int64_t high_water_mark) {
  DomainMetadata domain;
  domain.domain = kRowTrackingDomain;
  JsonWriter json(domain.configuration);
  json.BeginObject();
  json.Key("domainName");
  json.String(kRowTrackingDomain);
  json.Key(kHighWaterMark);
  json.Integer(high_water_mark);
  json.EndObject();
  return domain;
}

int64_t AssignRowIds(int64_t high_water_mark, int64_t version, std::vector<AddFile>& files) {
  simdjson::ondemand::parser parser;
  for (AddFile& file : files) {
    if (file.base_row_id) continue;
    int64_t next = 0;
    int64_t last = 0;
    if (__builtin_add_overflow(high_water_mark, 1, &next) ||
        __builtin_add_overflow(high_water_mark, NumRecords(parser, file), &last)) {
      throw Error(
          ErrorCode::kResourcesExhausted,
          fmt::format("The table has no more row ids; the last one is {}.", high_water_mark));
    }
    file.base_row_id = next;
    file.default_row_commit_version = version;
    high_water_mark = last;
  }
  return high_water_mark;
}

}  // namespace deltaic::delta
