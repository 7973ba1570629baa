# Flags that every target of the build shares.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# A program need not be linked anew when only the inside of libdeltaic changes.
set(CMAKE_LINK_DEPENDS_NO_SHARED ON)

if(DELTAIC_HIDE_PRIVATE_SYMBOLS)
  set(CMAKE_C_VISIBILITY_PRESET hidden)
  set(CMAKE_CXX_VISIBILITY_PRESET hidden)
  set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
  add_link_options(-Wl,--strip-all)
endif()

add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wall> $<$<COMPILE_LANGUAGE:CXX>:-Wextra>
                    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
                    $<$<COMPILE_LANGUAGE:CXX>:-Wsuggest-override>)
add_compile_options(-ffunction-sections -fdata-sections)

if(DELTAIC_SANITIZERS)
  add_compile_options("-fsanitize=${DELTAIC_SANITIZERS}" -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  # GCC takes what sanitizers insert for uses of uninitialised memory.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_link_options("-fsanitize=${DELTAIC_SANITIZERS}")
endif()

# The engine's archive is large: mold links it in seconds.
find_program(DELTAIC_MOLD mold)
if(DELTAIC_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
