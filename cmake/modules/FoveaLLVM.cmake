# Finds LLVM and MLIR 22: Fovea::LLVM has their headers, definitions and shared libraries. Also
# installed, for extensions.
#
# Search order: -DMLIR_DIR=<prefix>/lib/cmake/mlir, CMAKE_PREFIX_PATH, then the
# prefix that `llvm-config-22` names (Debian and Ubuntu packages).
set(FOVEA_LLVM_MAJOR 22)

if(NOT MLIR_DIR)
  find_program(FOVEA_LLVM_CONFIG NAMES llvm-config-${FOVEA_LLVM_MAJOR})
  if(FOVEA_LLVM_CONFIG)
    execute_process(COMMAND "${FOVEA_LLVM_CONFIG}" --prefix
                    OUTPUT_VARIABLE FOVEA_LLVM_PREFIX
                    OUTPUT_STRIP_TRAILING_WHITESPACE)
    list(APPEND CMAKE_PREFIX_PATH "${FOVEA_LLVM_PREFIX}")
  endif()
endif()

find_package(MLIR QUIET CONFIG)
if(NOT MLIR_FOUND)
  message(FATAL_ERROR
    "Fovea: expected LLVM/MLIR ${FOVEA_LLVM_MAJOR}, found none. Install "
    "libmlir-${FOVEA_LLVM_MAJOR}-dev and mlir-${FOVEA_LLVM_MAJOR}-tools, or pass "
    "-DMLIR_DIR=<prefix>/lib/cmake/mlir")
endif()
if(NOT LLVM_VERSION_MAJOR EQUAL FOVEA_LLVM_MAJOR)
  message(FATAL_ERROR
    "Fovea: expected LLVM/MLIR ${FOVEA_LLVM_MAJOR}, found ${LLVM_VERSION} in ${MLIR_DIR}; "
    "pass -DMLIR_DIR=<prefix>/lib/cmake/mlir of a version ${FOVEA_LLVM_MAJOR} install")
endif()
message(STATUS "Fovea: using LLVM/MLIR ${LLVM_VERSION} in ${MLIR_DIR}")

set(FOVEA_LLVM_TOOLS_DIR "${LLVM_TOOLS_BINARY_DIR}")
if(NOT TARGET Fovea::LLVM)
  separate_arguments(definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
  add_library(Fovea::LLVM INTERFACE IMPORTED)
  target_include_directories(Fovea::LLVM SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_compile_definitions(Fovea::LLVM INTERFACE ${definitions})
  target_link_libraries(Fovea::LLVM INTERFACE MLIR LLVM)
endif()
