// Opens two Delta tables and asks them with SQL: a filter, a join and an aggregate.
// Usage: orders FOLDER, the folder that holds the tables `orders` and `customers`.

#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/data_frame.h>
#include <deltaic/delta/session/delta_session_context.h>
#include <deltaic/delta/table/delta_table.h>

namespace {

constexpr std::string_view kRevenue = R"(
  SELECT c.segment, count(*) AS orders, sum(o.amount) AS revenue
  FROM orders o JOIN customers c ON o.customer_id = c.customer_id
  WHERE o.country = 'NO' AND o.ordered_on >= DATE '2026-03-01'
  GROUP BY c.segment
  ORDER BY c.segment)";

// The part of a plan that tells what the scan of `orders` skipped.
std::string Skipping(const std::string& plan) {
  std::string found;
  for (const std::string_view name :
       {"files_listed", "files_pruned_by_partition", "files_pruned_by_statistics", "files_read"}) {
    const size_t start = plan.find(std::string(name) + "=");
    if (start == std::string::npos) continue;
    const size_t end = plan.find_first_not_of("0123456789", start + name.size() + 1);
    found += (found.empty() ? "" : ", ") + plan.substr(start, end - start);
  }
  return found;
}

void Run(const std::string& folder) {
  using deltaic::delta::DeltaTable;
  const DeltaTable orders = DeltaTable::Open(folder + "/orders");
  const DeltaTable customers = DeltaTable::Open(folder + "/customers");
  std::cout << "orders: version " << orders.version() << ", " << orders.Files().size()
            << " files, partitioned by " << orders.metadata().partition_columns.front() << "\n\n";

  deltaic::delta::DeltaSessionContext session;
  session.RegisterTable("orders", orders);
  session.RegisterTable("customers", customers);
  std::cout << "Revenue in Norway since March\n" << session.Sql(kRevenue).ToString() << "\n\n";

  const auto march =
      session.ReadTable(orders).Filter("country = 'NO' AND ordered_on >= DATE '2026-03-01'");
  std::cout << "Rows of that filter: " << march.Count() << "\n"
            << "Its scan: " << Skipping(march.Explain()) << "\n\n";

  const DeltaTable january = DeltaTable::Open(folder + "/orders", {.version = 0});
  std::cout << "Orders at version 0: " << session.ReadTable(january).Count() << "\n";

  // Results are also streams of Arrow batches, here without a copy of the whole.
  deltaic::RecordBatchStream stream = session.Sql("SELECT order_id FROM orders").ExecuteStream();
  int64_t rows = 0;
  while (const auto batch = stream.Next()) rows += batch->num_rows();
  std::cout << "Orders streamed: " << rows << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: orders FOLDER\n";
    return 2;
  }
  try {
    Run(argv[1]);
  } catch (const deltaic::Error& error) {
    std::cerr << "error[" << deltaic::ErrorCodeName(error.code()) << "]: " << error.message()
              << "\n";
    return 1;
  }
  return 0;
}
