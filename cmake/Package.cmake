# What `cmake --install` lays down, and find_package(Deltaic) for it. The build tree can be found
# too: -DDeltaic_DIR=<build tree>.

include(CMakePackageConfigHelpers)

set(deltaic_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Deltaic")
install(TARGETS deltaic EXPORT DeltaicTargets LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/deltaic" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.h")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(EXPORT DeltaicTargets NAMESPACE Deltaic:: DESTINATION "${deltaic_package_dir}")
export(EXPORT DeltaicTargets NAMESPACE Deltaic:: FILE "${PROJECT_BINARY_DIR}/DeltaicTargets.cmake")

configure_file("${PROJECT_SOURCE_DIR}/cmake/DeltaicConfig.cmake.in"
               "${PROJECT_BINARY_DIR}/DeltaicConfig.cmake" @ONLY)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/DeltaicConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/DeltaicConfig.cmake"
              "${PROJECT_BINARY_DIR}/DeltaicConfigVersion.cmake"
        DESTINATION "${deltaic_package_dir}")
