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
  "${PROJECT_SOURCE_DIR}/cmake/FoveaLit.cfg.py.in"
  "${PROJECT_SOURCE_DIR}/cmake/modules/FoveaAddKernels.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/modules/FoveaExtension.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/modules/FoveaLLVM.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/modules/FoveaLit.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/modules/FoveaLoadPlugin.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/modules/FoveaOpenMP.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/modules/FoveaPtxas.cmake"
  DESTINATION "${package_dir}")
# What an extension includes, from C++ and from TableGen.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/fovea" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.h" PATTERN "*.td")
install(DIRECTORY "${PROJECT_BINARY_DIR}/include/fovea" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.h.inc" PATTERN CMakeFiles EXCLUDE)
# Beside the runtime's Python package, which measuring needs.
install(PROGRAMS "${PROJECT_SOURCE_DIR}/benchmarks/tune.py"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/fovea/python")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/benchmarks/tuning"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/fovea/python"
        FILES_MATCHING PATTERN "*.py" PATTERN shapes.py EXCLUDE)
# The projects of the pages, to begin with.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/examples" DESTINATION "${CMAKE_INSTALL_DATADIR}/fovea")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# Who builds the tools can install them.
add_dependencies(fovea-tools FoveaRuntime FoveaRuntimeShared)
get_property(tools GLOBAL PROPERTY FOVEA_TOOLS)
if(tools)
  install(EXPORT FoveaTargets NAMESPACE Fovea:: DESTINATION "${package_dir}")
endif()
