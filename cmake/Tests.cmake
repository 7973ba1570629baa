# The C++ tests: unit tests beside the code they test, and tests/ for what crosses layers.

find_package(GTest REQUIRED)

# What tests share: src/testing.
file(GLOB deltaic_testing_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/testing/*.cc")
list(FILTER deltaic_testing_sources EXCLUDE REGEX "_test\\.cc$")
add_library(deltaic_testing STATIC ${deltaic_testing_sources})
target_include_directories(deltaic_testing PUBLIC "${PROJECT_SOURCE_DIR}/src")
target_link_libraries(deltaic_testing PUBLIC Deltaic::deltaic deltaic_private_dependencies)

# A program of GoogleTest tests over libdeltaic with its private headers.
function(deltaic_add_tests name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE deltaic_testing GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
endfunction()

deltaic_add_tests(deltaic_unit_tests ${deltaic_unit_test_sources})

file(GLOB_RECURSE deltaic_cross_test_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/*_test.cc")
deltaic_add_tests(deltaic_cross_tests ${deltaic_cross_test_sources})

# Some tests read the documentation.
set_source_files_properties(src/datafusion/storage_options_test.cc
                            src/delta/protocol/table_feature_document_test.cc PROPERTIES
                            COMPILE_DEFINITIONS "DELTAIC_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"")
