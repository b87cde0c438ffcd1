# How Fovea's own targets are made. One library per leaf folder of lib/.

# vptr checks need the type information of LLVM's classes, which its shared library hides.
option(FOVEA_SANITIZE "Build with address and undefined-behaviour sanitizers" OFF)
if(FOVEA_SANITIZE)
  set(sanitize -fsanitize=address,undefined -fno-sanitize=vptr
      -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_compile_options(${sanitize})
  add_link_options(${sanitize})
endif()

add_custom_target(fovea-tools COMMENT "Fovea's tools are built")

# LLVM is built without exceptions; Debian's build has RTTI, others may not.
function(fovea_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-unused-parameter
                         -fno-exceptions)
  if(NOT LLVM_ENABLE_RTTI)
    target_compile_options(${target} PRIVATE -fno-rtti)
  endif()
endfunction()

# fovea_add_library(FoveaName a.cpp … LINK FoveaOther … DEPENDS tablegen-target …)
# A static library that sees LLVM and MLIR through their shared objects only:
# mixing in MLIR's static archives would load two copies of its type registry.
function(fovea_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  fovea_compile_options(${name})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
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
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
  set_target_properties(${name} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON
                        ENABLE_EXPORTS ON)
  if(NOT ARG_NO_INSTALL)
    add_executable(Fovea::${name} ALIAS ${name})
    add_dependencies(fovea-tools ${name})
    install(TARGETS ${name} EXPORT FoveaTargets RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  endif()
  set_property(GLOBAL APPEND PROPERTY FOVEA_TOOLS ${name})
endfunction()
