#include "cli/doctor.h"

#include <fmt/format.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/delta/log/table_access.h>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/output.h"

namespace deltaic::cli {

int RunDoctor(const DoctorArguments& arguments) {
  const CancelScope scope(Interrupted);
  const datafusion::ObjectStore store =
      delta::TableAccess::Open(arguments.url, arguments.storage_options).store();
  const delta::StoreReport report = delta::CheckStore(store, arguments.options);
  for (const delta::StoreCheck& check : report.checks) {
    const std::string detail = check.detail.empty() ? "" : fmt::format(": {}", check.detail);
    WriteOutput(fmt::format("{}  {}{}\n", check.passed ? "ok    " : "FAILED", check.name, detail));
  }
  if (report.is_safe()) {
    WriteOutput("Safe: several writers can write tables there.\n");
    return kExitSuccess;
  }
  WriteOutput("Not safe: a table there may lose commits, unless one writer alone writes it.\n");
  return kExitUnsafe;
}

}  // namespace deltaic::cli
