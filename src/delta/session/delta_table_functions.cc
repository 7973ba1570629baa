#include "delta/session/delta_table_functions.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <deltaic/base/error.h>
#include <deltaic/delta/log/history.h>
#include <deltaic/delta/session/delta_table_provider.h>
#include <deltaic/delta/snapshot/detail.h>

#include "columnar/batch_list_stream.h"
#include "delta/session/file_list.h"
#include "delta/session/history_rows.h"
#include "delta/session/statements/describe_statement.h"

namespace deltaic::delta {
namespace {

using datafusion::FunctionArgument;
using datafusion::RowSource;
using datafusion::TableFunction;
using datafusion::TableFunctionCall;
using datafusion::TableProvider;
using datafusion::TableVersion;
using Kind = FunctionArgument::Kind;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

Error Refusal(const TableFunctionCall& call, const std::string& what, std::string_view value) {
  return {ErrorCode::kInvalidSql, fmt::format("{}: {}: {}", call.function, what, value)};
}

/// The arguments of a call by their names. Those without a name come in the order of the names.
class Arguments {
 public:
  Arguments(const TableFunctionCall& call, std::vector<std::string> names)
      : call_(call), names_(std::move(names)), found_(names_.size(), nullptr) {
    size_t position = 0;
    for (const FunctionArgument& argument : call.arguments) {
      size_t index = position;
      if (argument.name.empty()) {
        ++position;
      } else {
        index = std::find(names_.begin(), names_.end(), argument.name) - names_.begin();
      }
      if (index >= names_.size()) {
        if (argument.name.empty()) throw Refusal(call, "too many arguments", argument.text);
        throw Refusal(call, "there is no such argument", argument.name);
      }
      if (found_[index] != nullptr) throw Refusal(call, "given twice", names_[index]);
      found_[index] = &argument;
    }
  }

  const FunctionArgument* Find(std::string_view name, Kind kind, Kind other_kind) const {
    const size_t index = std::find(names_.begin(), names_.end(), name) - names_.begin();
    const FunctionArgument* argument = found_[index];
    if (argument != nullptr && argument->kind != kind && argument->kind != other_kind) {
      throw Refusal(call_, fmt::format("{} has the wrong type", name), argument->text);
    }
    return argument;
  }

  std::optional<int64_t> Number(std::string_view name) const {
    const FunctionArgument* argument = Find(name, Kind::kInteger, Kind::kInteger);
    if (argument == nullptr) return std::nullopt;
    if (argument->integer < 0) {
      throw Refusal(call_, fmt::format("{} is negative", name), argument->text);
    }
    return argument->integer;
  }

  std::optional<std::string> Text(std::string_view name) const {
    const FunctionArgument* argument = Find(name, Kind::kText, Kind::kText);
    if (argument == nullptr) return std::nullopt;
    return argument->text;
  }

  bool Flag(std::string_view name) const {
    const FunctionArgument* argument = Find(name, Kind::kBoolean, Kind::kBoolean);
    return argument != nullptr && argument->boolean;
  }

  /// What the arguments `version` and `timestamp` say.
  std::optional<TableVersion> Version() const {
    const std::optional<int64_t> version = Number("version");
    const FunctionArgument* time = Find("timestamp", Kind::kTime, Kind::kText);
    if (version && time != nullptr) {
      throw Refusal(call_, "version and timestamp exclude each other", time->text);
    }
    if (version || time != nullptr) RefuseVersionInName();
    if (version) return TableVersion{.version = version};
    if (time != nullptr) return TableVersion{.timestamp_us = time->timestamp_us()};
    return std::nullopt;
  }

  /// Refuses a first argument that names a version, where that would not be the one that counts.
  void RefuseVersionInName() const {
    const FunctionArgument* name = Find("table", Kind::kText, Kind::kText);
    if (name != nullptr && call_.names_version(name->text)) {
      throw Refusal(call_, "the table's name cannot say a version here", name->text);
    }
  }

  /// The table that the first argument means.
  std::shared_ptr<const TableProvider> Table() const {
    const FunctionArgument* name = Find("table", Kind::kText, Kind::kText);
    if (name == nullptr) throw Refusal(call_, "the first argument is missing", "table");
    auto table = call_.find_table(name->text);
    if (table == nullptr) throw Refusal(call_, "there is no such Delta table", name->text);
    return table;
  }

  /// `table` as one of ours.
  const DeltaTableProvider& Delta(const std::shared_ptr<const TableProvider>& table) const {
    const auto* delta = dynamic_cast<const DeltaTableProvider*>(table.get());
    if (delta == nullptr) throw Refusal(call_, "this is no Delta table", call_.arguments[0].text);
    return *delta;
  }

  /// The snapshot of `Table`, at `version` where one is given.
  SnapshotPtr TableSnapshot(const std::optional<TableVersion>& version) const {
    auto table = Table();
    if (version) table = table->AtVersion(*version);
    return Delta(table).snapshot();
  }

 private:
  const TableFunctionCall& call_;
  std::vector<std::string> names_;
  std::vector<const FunctionArgument*> found_;
};

/// Rows that come in one batch.
class OneBatch : public RowSource {
 public:
  OneBatch(Schema schema, std::function<RecordBatch()> make)
      : schema_(std::move(schema)), make_(std::move(make)) {}
  const Schema& schema() const override { return schema_; }
  RecordBatchStream Open() const override { return StreamOf(schema_, {make_()}); }

 private:
  Schema schema_;
  std::function<RecordBatch()> make_;
};

/// A table function in C++.
class NamedFunction : public TableFunction {
 public:
  using Body = Result (*)(const TableFunctionCall& call);
  explicit NamedFunction(Body body) : body_(body) {}
  Result Call(const TableFunctionCall& call) const override { return body_(call); }

 private:
  Body body_;
};

TableFunction::Result Scan(const TableFunctionCall& call) {
  const Arguments arguments(
      call, {"table", "version", "timestamp", "file_column", "metadata", "partition_time_zone"});
  auto table = arguments.Table();
  const std::optional<TableVersion> version = arguments.Version();
  if (version) table = table->AtVersion(*version);
  const ScanOptions options = {.file_column = arguments.Text("file_column"),
                               .metadata = arguments.Flag("metadata"),
                               .partition_time_zone = arguments.Text("partition_time_zone")};
  if (options == ScanOptions()) return table;
  return std::make_shared<DeltaTableProvider>(arguments.Delta(table).WithOptions(options));
}

TableFunction::Result Files(const TableFunctionCall& call) {
  const Arguments arguments(call, {"table", "version", "timestamp"});
  SnapshotPtr snapshot = arguments.TableSnapshot(arguments.Version());
  return std::make_shared<OneBatch>(FileListSchema(*snapshot),
                                    [snapshot] { return ListFiles(*snapshot); });
}

TableFunction::Result ShowDetail(const TableFunctionCall& call) {
  const Arguments arguments(call, {"table", "version", "timestamp"});
  const RecordBatch row = ToRecordBatch(Detail(*arguments.TableSnapshot(arguments.Version())));
  return std::make_shared<OneBatch>(row.schema(), [row] { return row; });
}

TableFunction::Result ReadHistory(
    const TableFunctionCall& call,
    RecordBatch (*make_rows)(const std::vector<HistoryEntry>& history)) {
  const Arguments arguments(call, {"table", "limit"});
  arguments.RefuseVersionInName();
  const std::optional<int64_t> limit = arguments.Number("limit");
  SnapshotPtr snapshot = arguments.TableSnapshot(std::nullopt);
  return std::make_shared<OneBatch>(make_rows({}).schema(), [snapshot, limit, make_rows] {
    return make_rows(History(snapshot->access(), limit));
  });
}

TableFunction::Result ShowHistory(const TableFunctionCall& call) {
  return ReadHistory(call, ListHistory);
}

TableFunction::Result ShowHistoryAsSpark(const TableFunctionCall& call) {
  return ReadHistory(call, DescribeHistory);
}

}  // namespace

void RegisterTableFunctions(datafusion::SessionContext& session) {
  session.RegisterTableFunction("delta_scan", std::make_shared<NamedFunction>(Scan));
  session.RegisterTableFunction("delta_files", std::make_shared<NamedFunction>(Files));
  session.RegisterTableFunction("delta_history", std::make_shared<NamedFunction>(ShowHistory));
  session.RegisterTableFunction("delta_detail", std::make_shared<NamedFunction>(ShowDetail));
  session.RegisterTableFunction(kDescribeHistory,
                                std::make_shared<NamedFunction>(ShowHistoryAsSpark));
  session.RegisterTableFunction(kDescribeDetail, std::make_shared<NamedFunction>(ShowDetail));
}

}  // namespace deltaic::delta
