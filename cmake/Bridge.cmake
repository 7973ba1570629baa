# The engine: the Rust crate bridge/ as a static library, and the C++ side of its one page,
# bridge/src/ffi.rs.

set(deltaic_bridge_dir "${PROJECT_SOURCE_DIR}/bridge")
set(deltaic_generated "${PROJECT_BINARY_DIR}/generated")

# C++ from ffi.rs. The generator has the version of the cxx crate that the library is built with.
deltaic_from_cache(cxxbridge deltaic_cxxbridge)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${deltaic_bridge_dir}/Cargo.lock")
file(MAKE_DIRECTORY "${deltaic_generated}/bridge" "${deltaic_generated}/rust")
add_custom_command(
  OUTPUT "${deltaic_generated}/bridge/ffi.h" "${deltaic_generated}/bridge/ffi.cc"
         "${deltaic_generated}/rust/cxx.h"
  COMMAND "${deltaic_cxxbridge}" "${deltaic_bridge_dir}/src/ffi.rs" -o
          "${deltaic_generated}/bridge/ffi.h" -o "${deltaic_generated}/bridge/ffi.cc"
  COMMAND "${deltaic_cxxbridge}" --header -o "${deltaic_generated}/rust/cxx.h"
  DEPENDS "${deltaic_bridge_dir}/src/ffi.rs" "${deltaic_cxxbridge}"
  COMMENT "Generating the C++ side of bridge/src/ffi.rs"
  VERBATIM)
set_source_files_properties("${deltaic_generated}/bridge/ffi.cc" PROPERTIES COMPILE_OPTIONS -w)

# The archive. Cargo knows what has changed, so it is always asked. Compiled dependencies lie in
# the cache, shared by clones and presets; the archive itself is private to this build tree. One
# profile serves every preset: sanitizers instrument C++ only. Clones share the crate's place in the
# cache as well; what lib.rs does with DELTAIC_BRIDGE_SOURCE keeps one from taking another's archive.
find_program(DELTAIC_CARGO cargo HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin" REQUIRED)
set(deltaic_bridge_archive "${PROJECT_BINARY_DIR}/cargo/release/libdeltaic_bridge.a")
add_custom_target(
  deltaic_bridge_cargo
  COMMAND "${CMAKE_COMMAND}" -E env "CARGO_TARGET_DIR=${PROJECT_BINARY_DIR}/cargo"
          "CARGO_BUILD_BUILD_DIR=${DELTAIC_CACHE}/cargo"
          "DELTAIC_BRIDGE_SOURCE=${deltaic_bridge_dir}" "${DELTAIC_CARGO}" build --locked --release
          --manifest-path "${deltaic_bridge_dir}/Cargo.toml"
  BYPRODUCTS "${deltaic_bridge_archive}"
  COMMENT "Building the bridge with cargo"
  USES_TERMINAL VERBATIM)

# Makes a shared library of `target` and the bridge. Symbols of the archive stay inside it, and
# what nobody reaches is dropped: that halves the size.
function(deltaic_link_bridge target)
  target_sources(${target} PRIVATE "${deltaic_generated}/bridge/ffi.cc"
                                   "${deltaic_generated}/bridge/ffi.h"
                                   "${deltaic_generated}/rust/cxx.h")
  target_include_directories(${target} SYSTEM PRIVATE "${deltaic_generated}")
  target_link_libraries(${target} PRIVATE "${deltaic_bridge_archive}" Threads::Threads
                                          ${CMAKE_DL_LIBS} m rt util)
  target_link_options(${target} PRIVATE -Wl,--gc-sections -Wl,--exclude-libs,ALL)
endfunction()
