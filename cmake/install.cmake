# What `cmake --install` puts where, and the package that find_package(Fovea) reads. The
# tools (fovea_add_tool) and the runtime install themselves into the export set FoveaTargets.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Fovea")
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/FoveaConfig.cmake.in" "${PROJECT_BINARY_DIR}/cmake/FoveaConfig.cmake"
  INSTALL_DESTINATION "${package_dir}" PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cmake/FoveaConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/cmake/FoveaConfig.cmake"
  "${PROJECT_BINARY_DIR}/cmake/FoveaConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/modules/FoveaAddKernels.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/modules/FoveaOpenMP.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/modules/FoveaPtxas.cmake"
  DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

get_property(tools GLOBAL PROPERTY FOVEA_TOOLS)
if(tools)
  install(EXPORT FoveaTargets NAMESPACE Fovea:: DESTINATION "${package_dir}")
endif()
