# What the C++ code needs beside the engine. Debian's packages, and nanoarrow, whose C sources
# come from its PyPI source package by way of the cache.

find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(simdjson 3 REQUIRED)
find_package(roaring REQUIRED)

# Compiled tools and sources that clones of the project share.
if(DEFINED ENV{DELTAIC_CACHE})
  set(deltaic_default_cache "$ENV{DELTAIC_CACHE}")
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(deltaic_default_cache "$ENV{XDG_CACHE_HOME}/deltaic")
else()
  set(deltaic_default_cache "$ENV{HOME}/.cache/deltaic")
endif()
set(DELTAIC_CACHE "${deltaic_default_cache}" CACHE PATH "Where fetched and compiled dependencies are kept.")

# Runs a script of scripts/setup that puts something into the cache and prints where it is.
function(deltaic_from_cache script result)
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -E env "DELTAIC_CACHE=${DELTAIC_CACHE}"
            "${PROJECT_SOURCE_DIR}/scripts/setup/${script}"
    OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(${result} "${path}" PARENT_SCOPE)
endfunction()

deltaic_from_cache(nanoarrow deltaic_nanoarrow_root)
set(NANOARROW_NAMESPACE_DEFINE "#define NANOARROW_NAMESPACE Deltaic")
string(REGEX MATCH "nanoarrow-(([0-9]+)\\.([0-9]+)\\.([0-9]+))$" _ "${deltaic_nanoarrow_root}")
set(NANOARROW_VERSION "${CMAKE_MATCH_1}")
set(NANOARROW_VERSION_MAJOR "${CMAKE_MATCH_2}")
set(NANOARROW_VERSION_MINOR "${CMAKE_MATCH_3}")
set(NANOARROW_VERSION_PATCH "${CMAKE_MATCH_4}")
configure_file("${deltaic_nanoarrow_root}/src/nanoarrow/nanoarrow_config.h.in"
               "${PROJECT_BINARY_DIR}/nanoarrow/nanoarrow/nanoarrow_config.h" @ONLY)

# Its functions are part of libdeltaic, under names and with the visibility of our own.
add_library(deltaic_nanoarrow_headers INTERFACE)
target_include_directories(
  deltaic_nanoarrow_headers SYSTEM INTERFACE "${deltaic_nanoarrow_root}/src"
                                             "${PROJECT_BINARY_DIR}/nanoarrow")
target_compile_definitions(deltaic_nanoarrow_headers INTERFACE NANOARROW_DLL=)
add_library(
  deltaic_nanoarrow OBJECT
  "${deltaic_nanoarrow_root}/src/nanoarrow/common/array.c"
  "${deltaic_nanoarrow_root}/src/nanoarrow/common/array_stream.c"
  "${deltaic_nanoarrow_root}/src/nanoarrow/common/schema.c"
  "${deltaic_nanoarrow_root}/src/nanoarrow/common/utils.c")
target_link_libraries(deltaic_nanoarrow PUBLIC deltaic_nanoarrow_headers)

# What private code and unit tests include.
add_library(deltaic_private_dependencies INTERFACE)
target_link_libraries(
  deltaic_private_dependencies INTERFACE deltaic_nanoarrow_headers fmt::fmt roaring::roaring
                                         simdjson::simdjson Threads::Threads)
