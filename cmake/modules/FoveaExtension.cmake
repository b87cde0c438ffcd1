# Dialects and passes of a project of its own, which Fovea's tools load. After
# find_package(Fovea REQUIRED COMPONENTS Extension), which finds LLVM and MLIR 22 as well:
#
#   fovea_add_extension(<target> SOURCES <file.cpp>...
#                       [DIALECT <name> <file.td>] [PASSES <group> <file.td>])
#
# <target> is a plugin, <target>.so, for --load-dialect-plugin and --load-pass-plugin and for
# PLUGINS of fovea_add_kernels. From the .td files come, beside what the sources include,
#
#   DIALECT my My.td      MyDialect, MyAttrs and MyOps, each .h.inc and .cpp.inc
#   PASSES My Passes.td   Passes.h.inc, with registerMyPasses
#   <target>-docs         docs/My.md and docs/Passes.md in the build folder, if asked for
#
# The plugin links nothing of Fovea: a second copy of the attn dialect would have type ids of
# its own. The tool that loads it has the symbols. Since the linker can't know them, the build
# loads the plugin once, and fails there if one is missing.
#
#   fovea_add_lit_tests(<name> <folder> [PLUGINS <target>...])
#
# A test of ctest, and a target check-<name> that builds the plugins first, of the .mlir files
# in <folder>. Their RUN lines find Fovea's and LLVM's tools by name, each plugin's file as
# %<target>, and lit's Python as %python; `REQUIRES: numpy` is for those that need NumPy. One
# file: lit -v <build folder>/<folder>/<file>.mlir
include_guard(GLOBAL)

function(fovea_add_extension target)
  cmake_parse_arguments(ARG "" "" "SOURCES;DIALECT;PASSES" ${ARGN})
  _fovea_check_extension(${target})
  set(dir "${CMAKE_CURRENT_BINARY_DIR}")
  set(generated)
  set(docs)
  set(kinds)
  if(ARG_DIALECT)
    list(GET ARG_DIALECT 0 name)
    list(GET ARG_DIALECT 1 td)
    get_filename_component(stem "${td}" NAME_WE)
    foreach(one Dialect:dialect:-dialect Attrs:attrdef:-attrdefs-dialect Ops:op:)
      string(REPLACE ":" ";" one "${one}")
      list(GET one 0 kind)
      list(GET one 1 generator)
      list(GET one 2 only)
      if(only)
        set(only "${only}=${name}")
      endif()
      _fovea_extension_tablegen("${td}" "${stem}${kind}.h.inc" -gen-${generator}-decls ${only})
      _fovea_extension_tablegen("${td}" "${stem}${kind}.cpp.inc" -gen-${generator}-defs ${only})
    endforeach()
    _fovea_extension_docs("${td}" -gen-dialect-doc -dialect=${name})
    string(APPEND kinds dialect,)
  endif()
  if(ARG_PASSES)
    list(GET ARG_PASSES 0 group)
    list(GET ARG_PASSES 1 td)
    get_filename_component(stem "${td}" NAME_WE)
    _fovea_extension_tablegen("${td}" "${stem}.h.inc" -gen-pass-decls -name ${group})
    _fovea_extension_docs("${td}" -gen-pass-doc)
    string(APPEND kinds pass)
  endif()

  add_library(${target} MODULE ${ARG_SOURCES} ${generated})
  _fovea_extension_options(${target})
  target_include_directories(${target} PRIVATE "${dir}")
  set_target_properties(${target} PROPERTIES PREFIX "")
  add_custom_target(${target}-docs DEPENDS ${docs})
  if(TARGET fovea-opt) # within Fovea's own build
    add_dependencies(${target} foveac fovea-opt fovea-run)
  endif()
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND "${CMAKE_COMMAND}" "-DTOOLS=$<TARGET_FILE_DIR:Fovea::foveac>"
            "-DPLUGIN=$<TARGET_FILE:${target}>"
            "-DKINDS=${kinds}" "-DSPEC=${dir}/${target}.loaded.mlir"
            -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/FoveaLoadPlugin.cmake"
    COMMENT "Loading ${target}"
    VERBATIM)
endfunction()

function(fovea_add_lit_tests name folder)
  cmake_parse_arguments(ARG "" "" "PLUGINS" ${ARGN})
  if(NOT FOVEA_LIT)
    message(FATAL_ERROR "fovea_add_lit_tests(${name}): expected LLVM's lit, found none. Install "
                        "llvm-${FOVEA_LLVM_MAJOR}-tools, or pass -DFOVEA_LIT=<path of lit>")
  endif()
  find_program(FOVEA_PYTHON python3 REQUIRED DOC "Python, which runs lit")
  set(plugins)
  foreach(plugin IN LISTS ARG_PLUGINS)
    string(APPEND plugins "(\"%${plugin}\", r\"$<TARGET_FILE:${plugin}>\"), ")
  endforeach()
  get_filename_component(source "${folder}" ABSOLUTE)
  set(build "${CMAKE_CURRENT_BINARY_DIR}/${folder}")
  configure_file("${FOVEA_LIT_CONFIG}" "${build}/lit.site.cfg.py.in" @ONLY)
  file(GENERATE OUTPUT "${build}/lit.site.cfg.py" INPUT "${build}/lit.site.cfg.py.in")
  set(command "${FOVEA_PYTHON}" "${FOVEA_LIT}" -v "${build}")
  add_test(NAME ${name} COMMAND ${command})
  add_custom_target(check-${name} COMMAND ${command} USES_TERMINAL)
  if(ARG_PLUGINS)
    add_dependencies(check-${name} ${ARG_PLUGINS})
  endif()
endfunction()

# One file out of mlir-tblgen, in the caller's `dir`, added to its `generated`.
macro(_fovea_extension_tablegen td output)
  get_filename_component(input "${td}" ABSOLUTE)
  get_filename_component(folder "${input}" DIRECTORY)
  add_custom_command(OUTPUT "${dir}/${output}"
    COMMAND "${LLVM_TOOLS_BINARY_DIR}/mlir-tblgen" ${ARGN} -I "${folder}" -I "${FOVEA_TD_DIR}"
            -I "${MLIR_INCLUDE_DIRS}" "${input}" --write-if-changed
            -o "${dir}/${output}" -d "${dir}/${output}.d"
    DEPENDS "${input}" DEPFILE "${dir}/${output}.d"
    COMMENT "Generating ${output}"
    VERBATIM)
  list(APPEND generated "${dir}/${output}")
endmacro()

# The reference page of a .td file, added to the caller's `docs`.
macro(_fovea_extension_docs td)
  get_filename_component(input "${td}" ABSOLUTE)
  get_filename_component(stem "${td}" NAME_WE)
  add_custom_command(OUTPUT "${dir}/docs/${stem}.md"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${dir}/docs"
    COMMAND "${LLVM_TOOLS_BINARY_DIR}/mlir-tblgen" ${ARGN} -I "${FOVEA_TD_DIR}"
            -I "${MLIR_INCLUDE_DIRS}" "${input}" -o "${dir}/docs/${stem}.md"
    DEPENDS "${input}"
    COMMENT "Writing docs/${stem}.md"
    VERBATIM)
  list(APPEND docs "${dir}/docs/${stem}.md")
endmacro()

# As Fovea's own targets are compiled: LLVM is built without exceptions, and some without RTTI.
function(_fovea_extension_options target)
  if(COMMAND fovea_compile_options)
    fovea_compile_options(${target})
    return()
  endif()
  target_link_libraries(${target} PRIVATE Fovea::headers Fovea::LLVM)
  target_compile_features(${target} PRIVATE cxx_std_17)
  target_compile_options(${target} PRIVATE -fno-exceptions)
  if(NOT LLVM_ENABLE_RTTI)
    target_compile_options(${target} PRIVATE -fno-rtti)
  endif()
endfunction()

# Stops the configure with one message where the call cannot be meant. A macro: it reads the
# caller's parsed arguments.
macro(_fovea_check_extension target)
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "fovea_add_extension(${target}): expected SOURCES, DIALECT and PASSES, got "
                        "${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_SOURCES)
    message(FATAL_ERROR "fovea_add_extension(${target}): expected at least one source, got none")
  endif()
  if(NOT ARG_DIALECT AND NOT ARG_PASSES)
    message(FATAL_ERROR "fovea_add_extension(${target}): expected DIALECT or PASSES, got neither")
  endif()
  foreach(fovea_keyword DIALECT PASSES)
    if(ARG_${fovea_keyword})
      list(LENGTH ARG_${fovea_keyword} fovea_count)
      if(NOT fovea_count EQUAL 2)
        message(FATAL_ERROR "fovea_add_extension(${target}): expected ${fovea_keyword} <name> "
                            "<file.td>, got ${ARG_${fovea_keyword}}")
      endif()
      list(GET ARG_${fovea_keyword} 1 fovea_td)
      get_filename_component(fovea_td "${fovea_td}" ABSOLUTE)
      if(NOT EXISTS "${fovea_td}")
        message(FATAL_ERROR
          "fovea_add_extension(${target}): expected a .td file, found none at ${fovea_td}")
      endif()
    endif()
  endforeach()
endmacro()
