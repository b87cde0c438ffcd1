# Compiles attention specs while a project builds. After find_package(Fovea):
#
#   fovea_add_kernels(<target> SPECS <spec>.mlir... ARCHS cpu sm_90a
#                     [PLUGINS <target or file>...] [PTXAS <file>] [PTXAS_TIMEOUT <seconds>]
#                     [JOBS <number>] [SCHEDULE_TABLE <file>] [SAVE <word>...])
#   target_link_libraries(app PRIVATE <target>)
#   #include "<spec>.h", or "<target>/<spec>.h" where two targets have a spec of that name
#
# <target> is a static library with one object per spec and architecture. Linking it brings
# the path of the generated headers, and what the objects call. A spec is compiled again
# when it, foveac, a plugin, or for a GPU ptxas or the table changes. Paths are relative to the
# calling directory. PLUGINS have the dialects of the specs that are not Fovea's own: targets of
# fovea_add_extension, or shared libraries.
#
#   ARCHS   object                            header              brings
#   cpu     native code                       <spec>.h            libm, LLVM's OpenMP runtime
#   sm_90a  the bytes of a bundle of kernels  <spec>_sm_90a.h     Fovea::runtime
#   sm_80   the same                          <spec>_sm_80.h      Fovea::runtime
#
# A CPU's header has one documented entry point per function of the spec. A GPU's declares
# the bundle's bytes and a function that loads it, and says what its entries take; the
# program launches them through the runtime (docs/runtime.md), whose part of the driver is
# looked for when it runs. Kernels for a GPU need ptxas, of CUDA 12.0 or later, while the
# project builds: PTXAS, else the cache variable FOVEA_PTXAS, else the first usable one in
# PATH, else the one that Fovea was built with. PTXAS_TIMEOUT is what it may take for one
# kernel (600; 0: no limit). A build compiles specs side by side, and each of them one kernel
# after another: JOBS is how many at a time where specs are few (1; 0: as many as there are
# cores). SCHEDULE_TABLE has measured schedules of kernels for a GPU
# (docs/tuning.md). SAVE says what forward entries keep for the backward ones of specs with
# `entries backward` (all; docs/gradients.md).
include("${CMAKE_CURRENT_LIST_DIR}/FoveaPtxas.cmake")
set(FOVEA_KERNEL_ARCHS cpu sm_80 sm_90a)

function(fovea_add_kernels target)
  cmake_parse_arguments(ARG "" "PTXAS;PTXAS_TIMEOUT;JOBS;SCHEDULE_TABLE" "SPECS;ARCHS;PLUGINS;SAVE" ${ARGN})
  list(REMOVE_DUPLICATES ARG_ARCHS)
  _fovea_check_kernels(${target})

  set(include_dir "${CMAKE_CURRENT_BINARY_DIR}/${target}.fovea")
  set(dir "${include_dir}/${target}")
  set(gpu_archs ${ARG_ARCHS})
  list(REMOVE_ITEM gpu_archs cpu)
  set(ptxas)
  set(ptxas_stamp "${dir}/ptxas.txt")
  if(gpu_archs)
    _fovea_choose_ptxas(${target})
  endif()
  file(MAKE_DIRECTORY "${dir}")
  set(outputs)
  foreach(spec IN LISTS ARG_SPECS)
    get_filename_component(spec "${spec}" ABSOLUTE)
    foreach(arch IN LISTS ARG_ARCHS)
      _fovea_output_name("${spec}" ${arch} name)
      _fovea_compile_spec("${spec}" ${arch} "${dir}/${name}")
      list(APPEND outputs "${dir}/${name}.o" "${dir}/${name}.h")
    endforeach()
  endforeach()

  add_library(${target} STATIC ${outputs})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(${target} INTERFACE "${dir}" "${include_dir}")
  if(FOVEA_RUNTIME_INCLUDE_DIR)
    target_include_directories(${target} INTERFACE "${FOVEA_RUNTIME_INCLUDE_DIR}")
  endif()
  if(cpu IN_LIST ARG_ARCHS)
    target_link_libraries(${target} INTERFACE Fovea::OpenMP m)
  endif()
  if(gpu_archs)
    target_link_libraries(${target} INTERFACE Fovea::runtime)
  endif()
endfunction()

# The name, less its ending, of what is made from a spec: nsa.v1_sm_90a for nsa.v1.mlir.
function(_fovea_output_name spec arch result)
  get_filename_component(name "${spec}" NAME_WLE)
  if(NOT arch STREQUAL "cpu")
    string(APPEND name "_${arch}")
  endif()
  set(${result} "${name}" PARENT_SCOPE)
endfunction()

# <stem>.o and <stem>.h from one spec, for one architecture. Reads the caller's PLUGINS, SAVE,
# PTXAS_TIMEOUT, JOBS, SCHEDULE_TABLE, `ptxas` and `ptxas_stamp`.
function(_fovea_compile_spec spec arch stem)
  set(options)
  set(tools "$<TARGET_FILE:Fovea::foveac>")
  foreach(plugin IN LISTS ARG_PLUGINS)
    if(TARGET "${plugin}")
      set(plugin "$<TARGET_FILE:${plugin}>")
    else()
      get_filename_component(plugin "${plugin}" ABSOLUTE)
    endif()
    list(APPEND options "--load-dialect-plugin=${plugin}")
    list(APPEND tools "${plugin}")
  endforeach()
  if(ARG_SAVE)
    list(JOIN ARG_SAVE "," words)
    list(APPEND options "--save=${words}")
  endif()
  if(NOT arch STREQUAL "cpu")
    list(APPEND options "--ptxas=${ptxas}")
    list(APPEND tools "${ptxas}" "${ptxas_stamp}")
    if(DEFINED ARG_PTXAS_TIMEOUT)
      list(APPEND options "--ptxas-timeout=${ARG_PTXAS_TIMEOUT}")
    endif()
    set(jobs 1)
    if(DEFINED ARG_JOBS)
      set(jobs ${ARG_JOBS})
    endif()
    list(APPEND options "--jobs=${jobs}")
    if(ARG_SCHEDULE_TABLE)
      get_filename_component(table "${ARG_SCHEDULE_TABLE}" ABSOLUTE)
      list(APPEND options "--schedule-table=${table}")
      list(APPEND tools "${table}")
    endif()
  endif()
  set_source_files_properties("${stem}.o" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  get_filename_component(name "${spec}" NAME)
  foreach(output "obj;${stem}.o" "header;${stem}.h")
    list(GET output 0 kind)
    list(GET output 1 file)
    add_custom_command(
      OUTPUT "${file}"
      COMMAND Fovea::foveac "${spec}" --target=${arch} --emit=${kind} ${options} -o "${file}"
      DEPENDS "${spec}" ${tools}
      COMMENT "Compiling attention spec ${name} for ${arch} (${kind})"
      VERBATIM)
  endforeach()
endfunction()

# Sets `ptxas` in the caller, or stops the configure. A macro: it reads the caller's parsed
# arguments.
macro(_fovea_choose_ptxas target)
  set(ptxas "${ARG_PTXAS}")
  if(NOT ptxas)
    set(ptxas "${FOVEA_PTXAS}")
  endif()
  if(ptxas)
    get_filename_component(ptxas "${ptxas}" ABSOLUTE)
    fovea_check_ptxas("${ptxas}" version reason)
    set(unusable "${ptxas}: ${reason}")
  else()
    fovea_find_ptxas(ptxas unusable ${FOVEA_BUILD_PTXAS})
    set(version "${ptxas}")
    if(NOT unusable)
      set(unusable "none")
    endif()
  endif()
  if(version)
    # A newer file compiles again at once, another version with the next configure.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${ptxas}")
    fovea_check_ptxas("${ptxas}" version reason)
    file(CONFIGURE OUTPUT "${ptxas_stamp}" CONTENT "${version} ${ptxas}\n")
  else()
    message(FATAL_ERROR
      "fovea_add_kernels(${target}): expected ptxas of CUDA ${FOVEA_OLDEST_CUDA} or later "
      "for ${gpu_archs}, got ${unusable}. Name another by PTXAS or -DFOVEA_PTXAS=")
  endif()
endmacro()

# Stops the configure with one message where the call cannot be meant. A macro: it reads
# the caller's parsed arguments.
macro(_fovea_check_kernels target)
  list(JOIN FOVEA_KERNEL_ARCHS ", " supported)
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR
      "fovea_add_kernels(${target}): expected SPECS and ARCHS, got ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(DEFINED ARG_PTXAS_TIMEOUT AND NOT ARG_PTXAS_TIMEOUT MATCHES "^[0-9]+$")
    message(FATAL_ERROR "fovea_add_kernels(${target}): expected PTXAS_TIMEOUT in seconds, got "
                        "${ARG_PTXAS_TIMEOUT}")
  endif()
  if(DEFINED ARG_JOBS AND NOT ARG_JOBS MATCHES "^[0-9]+$")
    message(FATAL_ERROR "fovea_add_kernels(${target}): expected JOBS, a number of kernels at a "
                        "time, got ${ARG_JOBS}")
  endif()
  get_filename_component(fovea_table "${ARG_SCHEDULE_TABLE}" ABSOLUTE)
  if(ARG_SCHEDULE_TABLE AND NOT EXISTS "${fovea_table}")
    message(FATAL_ERROR "fovea_add_kernels(${target}): expected a table of schedules, found none at "
                        "${fovea_table}")
  endif()
  if(NOT ARG_SPECS)
    message(FATAL_ERROR "fovea_add_kernels(${target}): expected at least one spec, got none")
  endif()
  if(NOT ARG_ARCHS)
    message(FATAL_ERROR "fovea_add_kernels(${target}): expected ARCHS, got none; "
                        "supported: ${supported}")
  endif()
  foreach(arch IN LISTS ARG_ARCHS)
    if(NOT arch IN_LIST FOVEA_KERNEL_ARCHS)
      message(FATAL_ERROR "fovea_add_kernels(${target}): expected a supported architecture, "
                          "got ${arch}; supported: ${supported}")
    endif()
  endforeach()
  foreach(plugin IN LISTS ARG_PLUGINS)
    get_filename_component(plugin_path "${plugin}" ABSOLUTE)
    if(NOT TARGET "${plugin}" AND NOT EXISTS "${plugin_path}")
      message(FATAL_ERROR "fovea_add_kernels(${target}): expected a plugin's target or file, found "
                          "neither for ${plugin}")
    endif()
  endforeach()
  set(fovea_names)
  foreach(spec IN LISTS ARG_SPECS)
    foreach(arch IN LISTS ARG_ARCHS)
      _fovea_output_name("${spec}" ${arch} fovea_name)
      if(fovea_name IN_LIST fovea_names)
        message(FATAL_ERROR
          "fovea_add_kernels(${target}): expected distinct spec file names, got ${fovea_name} "
          "twice: both would generate ${fovea_name}.h. Give each a target of its own, and "
          "include \"<target>/${fovea_name}.h\"")
      endif()
      list(APPEND fovea_names "${fovea_name}")
    endforeach()
    get_filename_component(spec_path "${spec}" ABSOLUTE)
    if(NOT EXISTS "${spec_path}")
      message(FATAL_ERROR
        "fovea_add_kernels(${target}): expected a spec file, found none at ${spec_path}")
    endif()
  endforeach()
endmacro()
