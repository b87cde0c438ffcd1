# How Fovea's own targets are made. One library per leaf folder of lib/.

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

# fovea_add_tool(name a.cpp … LINK FoveaOther …)
function(fovea_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  fovea_compile_options(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
  install(TARGETS ${name} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endfunction()
