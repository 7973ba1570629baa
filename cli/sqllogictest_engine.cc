#include "cli/sqllogictest_engine.h"

#include <unistd.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <simdjson.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/datafusion/batch_formatter.h>

#include "cli/interrupt.h"
#include "cli/output.h"

namespace deltaic::cli {
namespace {

namespace dom = simdjson::dom;

/// Cuts standard input into JSON objects, between which nothing stands.
class ObjectReader {
 public:
  /// The next object's text; nothing at the end.
  std::optional<std::string> Next() {
    while (true) {
      if (const size_t end = FindEnd(); end != std::string::npos) {
        std::string object = buffer_.substr(0, end);
        buffer_.erase(0, end);
        scanned_ = 0;
        return object;
      }
      if (!WaitUntilReadable(STDIN_FILENO)) return std::nullopt;
      std::array<char, 4096> chunk;
      const ssize_t count = read(STDIN_FILENO, chunk.data(), chunk.size());
      if (count <= 0) return std::nullopt;
      buffer_.append(chunk.data(), static_cast<size_t>(count));
    }
  }

 private:
  size_t FindEnd() {
    for (; scanned_ < buffer_.size(); ++scanned_) {
      const char letter = buffer_[scanned_];
      if (in_text_) {
        if (escaped_) {
          escaped_ = false;
        } else if (letter == '\\') {
          escaped_ = true;
        } else if (letter == '"') {
          in_text_ = false;
        }
      } else if (letter == '"') {
        in_text_ = true;
      } else if (letter == '{') {
        ++depth_;
      } else if (letter == '}' && --depth_ == 0) {
        return scanned_ + 1;
      }
    }
    return std::string::npos;
  }

  std::string buffer_;
  size_t scanned_ = 0;
  int depth_ = 0;
  bool in_text_ = false;
  bool escaped_ = false;
};

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') {
      quoted += '\\';
      quoted += letter;
    } else if (static_cast<unsigned char>(letter) < 0x20) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned char>(letter));
    } else {
      quoted += letter;
    }
  }
  return quoted + '"';
}

std::string Cell(const dom::element& value) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return "NULL";
  return text.empty() ? "(empty)" : std::string(text);
}

/// The rows of a batch, each a JSON array of texts with a comma before it but for the first.
std::string Rows(const RecordBatch& batch, bool first) {
  const std::string lines =
      datafusion::FormatBatches(batch.schema(), {batch}, datafusion::TextFormat::kRows);
  dom::parser parser;
  std::string rows;
  for (std::string_view rest = lines; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    dom::array row;
    if (parser.parse(line.data(), line.size()).get(row) != simdjson::SUCCESS) {
      throw Error(ErrorCode::kInternal, "A row cannot be written as text.");
    }
    rows += first ? "[" : ",[";
    first = false;
    bool first_cell = true;
    for (const dom::element cell : row) {
      rows += first_cell ? "" : ",";
      rows += Quoted(Cell(cell));
      first_cell = false;
    }
    rows += ']';
  }
  return rows;
}

std::string Answer(const delta::DeltaSessionContext& session, std::string_view sql) {
  try {
    const CancelScope scope(Interrupted);
    RecordBatchStream stream = session.Sql(sql).ExecuteStream();
    std::string rows;
    while (const std::optional<RecordBatch> batch = stream.Next()) {
      if (batch->num_columns() > 0) rows += Rows(*batch, rows.empty());
    }
    return fmt::format("{{\"result\":[{}]}}", rows);
  } catch (const Error& error) {
    return fmt::format("{{\"err\":{}}}", Quoted(fmt::format("[{}] {}", ErrorCodeName(error.code()),
                                                            error.message())));
  }
}

}  // namespace

void RunSqllogictestEngine(const delta::DeltaSessionContext& session) {
  ObjectReader objects;
  dom::parser parser;
  while (const std::optional<std::string> object = objects.Next()) {
    std::string_view sql;
    if (parser.parse(*object)["sql"].get(sql) != simdjson::SUCCESS) {
      throw Error(ErrorCode::kInvalidArgument, "The input is no statement of sqllogictest.");
    }
    WriteOutput(Answer(session, sql));
  }
}

}  // namespace deltaic::cli
