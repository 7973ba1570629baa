#pragma once

// `deltaic doctor URL`: whether a storage is safe to write tables to by several writers. Main
// thread only.

#include <string>

#include <deltaic/base/options.h>
#include <deltaic/delta/operations/store_doctor.h>

namespace deltaic::cli {

/// What the command line asks for.
struct DoctorArguments {
  std::string url;
  Options storage_options;
  delta::DoctorOptions options;
};

/// Tries the storage, writes a line for each check and one for all to standard output, and returns
/// the exit code. Throws `Error` where nothing can be tried.
int RunDoctor(const DoctorArguments& arguments);

}  // namespace deltaic::cli
