// Asks a Delta table about itself without reading its rows: versions, files, statistics, history.
// Usage: inspect FOLDER, the folder that holds the table `orders`.

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/delta/table/delta_table.h>

namespace {

using deltaic::delta::DeltaTable;

void ShowVersions(const DeltaTable& orders) {
  const DeltaTable first = orders.AtVersion(0);  // A table of its own; `orders` stays.
  std::cout << "version " << orders.version() << ": " << orders.Count() << " rows in "
            << orders.Files().size() << " files\n"
            << "version " << first.version() << ": " << first.Count() << " rows in "
            << first.Files().size() << " files\n\n";
}

void ShowFiles(const DeltaTable& orders) {
  std::cout << "partitions:";
  for (const auto& values : orders.Partitions()) std::cout << " " << values[0].value_or("null");
  // Filters compare partition values exactly. SQL may name any column: statistics rule files out.
  std::cout << "\nfiles of Norway or Sweden: "
            << orders.Files({{{"country", "in", {"NO", "SE"}}}}).size()
            << "\nfiles that can hold orders of Norway since March: "
            << orders.Files("country = 'NO' AND ordered_on >= DATE '2026-03-01'").size() << "\n\n";
}

void ShowAddActions(const DeltaTable& orders) {
  // A row a file; flat columns here, structs without the argument.
  const std::vector<deltaic::RecordBatch> actions = orders.GetAddActions(true);
  std::cout << "add actions: " << actions.front().num_rows() << " files; columns";
  for (const std::string& name : actions.front().schema().column_names()) {
    if (name.ends_with("order_id") || name.starts_with("partition")) std::cout << " " << name;
  }
  std::cout << "\n\n";
}

void ShowHistory(const DeltaTable& orders) {
  for (const auto& commit : orders.History(2)) {
    const bool is_write = commit.json.find(R"("operation":"WRITE")") != std::string::npos;
    std::cout << "commit " << commit.version << (is_write ? ": a write\n" : "\n");
  }
  const deltaic::delta::TableDetail detail = orders.Detail();
  std::cout << detail.format << " table " << detail.name.value_or("without a name") << ", "
            << detail.num_files << " files, features:";
  for (const std::string& feature : detail.table_features) std::cout << " " << feature;
  std::cout << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: inspect FOLDER\n";
    return 2;
  }
  try {
    const DeltaTable orders = deltaic::delta::OpenTable(std::string(argv[1]) + "/orders");
    ShowVersions(orders);
    ShowFiles(orders);
    ShowAddActions(orders);
    ShowHistory(orders);
  } catch (const deltaic::Error& error) {
    std::cerr << "error[" << deltaic::ErrorCodeName(error.code()) << "]: " << error.message()
              << "\n";
    return 1;
  }
  return 0;
}
