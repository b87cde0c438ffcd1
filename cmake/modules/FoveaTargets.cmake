# How Fovea's own targets are made. One library per leaf folder of lib/.
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR) # mlir_tablegen

# Fovea::headers: the headers of the source tree, and those that TableGen makes of it.
add_library(FoveaHeaders INTERFACE)
add_library(Fovea::headers ALIAS FoveaHeaders)
set_target_properties(FoveaHeaders PROPERTIES EXPORT_NAME headers)
target_include_directories(FoveaHeaders INTERFACE
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>" "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>"
  "$<INSTALL_INTERFACE:include>")
install(TARGETS FoveaHeaders EXPORT FoveaTargets)

set(FOVEA_TD_DIR "${PROJECT_SOURCE_DIR}/include")
include(FoveaExtension) # fovea_add_extension, for plugins of the tests

# vptr checks need the type information of LLVM's classes, which its shared library hides.
option(FOVEA_SANITIZE "Build with address and undefined-behaviour sanitizers" OFF)
if(FOVEA_SANITIZE)
  set(sanitize -fsanitize=address,undefined -fno-sanitize=vptr
      -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_compile_options(${sanitize})
  add_link_options(${sanitize})
endif()

option(FOVEA_PRECOMPILE_HEADERS "Compile the headers of LLVM and MLIR once, not in each file" ON)

add_custom_target(fovea-tools COMMENT "Fovea's tools are built")

# LLVM is built without exceptions; Debian's build has RTTI, others may not.
# Executables are compiled as libraries are (-fPIC, not -fPIE): one set of precompiled headers
# serves both.
function(fovea_compile_options target)
  target_link_libraries(${target} PUBLIC Fovea::headers Fovea::LLVM)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIC -Wall -Wextra -Wno-unused-parameter
                         -fno-exceptions)
  if(NOT LLVM_ENABLE_RTTI)
    target_compile_options(${target} PRIVATE -fno-rtti)
  endif()
  # To g++, what a file of several includes is a header, whose types need names outside of it.
  if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
  if(FOVEA_PRECOMPILE_HEADERS AND NOT target STREQUAL FoveaPrecompiled)
    target_precompile_headers(${target} REUSE_FROM FoveaPrecompiled)
  endif()
endfunction()

# Makes the target whose precompiled headers all others use. Called once, where the settings of
# all targets are known.
function(fovea_precompile_headers)
  if(FOVEA_PRECOMPILE_HEADERS)
    file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/Precompiled.cpp" CONTENT "")
    add_library(FoveaPrecompiled OBJECT "${PROJECT_BINARY_DIR}/Precompiled.cpp")
    fovea_compile_options(FoveaPrecompiled)
    target_precompile_headers(FoveaPrecompiled PRIVATE "${PROJECT_SOURCE_DIR}/cmake/Precompiled.h")
  endif()
endfunction()

# fovea_add_library(FoveaName a.cpp … LINK FoveaOther … DEPENDS tablegen-target …)
# A static library that sees LLVM and MLIR through their shared objects only:
# mixing in MLIR's static archives would load two copies of its type registry.
function(fovea_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  fovea_compile_options(${name})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# fovea_add_tool(name a.cpp … LINK FoveaOther … [NO_INSTALL])
# An executable in bin/. The property FOVEA_TOOLS lists them, for lit and for the package;
# a tool that only tests use is not installed. Tools export their symbols, for dialect
# plugins (--load-dialect-plugin) resolve Fovea's dialects against the tool.
function(fovea_add_tool name)
  cmake_parse_arguments(ARG "NO_INSTALL" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  fovea_compile_options(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  set_target_properties(${name} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON
                        ENABLE_EXPORTS ON)
  if(NOT ARG_NO_INSTALL)
    add_executable(Fovea::${name} ALIAS ${name})
    add_dependencies(fovea-tools ${name})
    install(TARGETS ${name} EXPORT FoveaTargets RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  endif()
  set_property(GLOBAL APPEND PROPERTY FOVEA_TOOLS ${name})
endfunction()
