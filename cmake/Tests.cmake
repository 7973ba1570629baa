# The C++ tests: unit tests beside the code they test, and tests/ for what crosses layers.

find_package(GTest REQUIRED)

# A program of GoogleTest tests over libdeltaic with its private headers.
function(deltaic_add_tests name)
  add_executable(${name} ${ARGN})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(${name} PRIVATE Deltaic::deltaic deltaic_private_dependencies
                                        GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
endfunction()

deltaic_add_tests(deltaic_unit_tests ${deltaic_unit_test_sources})

file(GLOB_RECURSE deltaic_cross_test_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/*_test.cc")
deltaic_add_tests(deltaic_cross_tests ${deltaic_cross_test_sources})

# One test reads the documentation.
set_source_files_properties(src/delta/protocol/table_feature_document_test.cc PROPERTIES
                            COMPILE_DEFINITIONS "DELTAIC_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"")
