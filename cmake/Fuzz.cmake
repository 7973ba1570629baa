# The fuzz targets: every file of tests/fuzz/targets is a program over libdeltaic with its private
# headers. The library is instrumented as a whole; the engine, being Rust, is not.

file(GLOB deltaic_fuzz_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/fuzz/targets/*.cc")

add_library(deltaic_fuzz_entry OBJECT "${PROJECT_SOURCE_DIR}/tests/fuzz/entry.cc")
target_include_directories(deltaic_fuzz_entry PUBLIC "${PROJECT_SOURCE_DIR}/tests")
target_link_libraries(deltaic_fuzz_entry PUBLIC Deltaic::deltaic deltaic_private_dependencies)

add_custom_target(deltaic_fuzzers)
foreach(source IN LISTS deltaic_fuzz_sources)
  get_filename_component(name "${source}" NAME_WE)
  add_executable(fuzz_${name} "${source}")
  set_target_properties(fuzz_${name} PROPERTIES OUTPUT_NAME "${name}"
                                                RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
  target_include_directories(fuzz_${name} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(fuzz_${name} PRIVATE deltaic_fuzz_entry)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(deltaic_fuzzers fuzz_${name})
endforeach()
