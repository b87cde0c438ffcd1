# Compiles attention specs while a project builds. After find_package(Fovea):
#
#   fovea_add_kernels(<target> SPECS <spec>.mlir... ARCHS cpu sm_90a)
#   target_link_libraries(app PRIVATE <target>)
#   #include "<spec>.h", or "<target>/<spec>.h" where two targets have a spec of that name
#
# <target> is a static library with one object per spec and architecture. Linking it brings
# the path of the generated headers, and what the objects call. A spec is compiled again
# when it, or foveac, changes. Spec paths are relative to the calling directory.
#
#   ARCHS   object                            header              brings
#   cpu     native code                       <spec>.h            libm, LLVM's OpenMP runtime
#   sm_90a  the bytes of a bundle of kernels  <spec>_sm_90a.h     Fovea::runtime
#   sm_80   the same                          <spec>_sm_80.h      Fovea::runtime
#
# A CPU's header has one documented entry point per function of the spec. A GPU's declares
# the bundle's bytes and a function that loads it, and says what its entries take; the
# program launches them through the runtime (docs/runtime.md), whose part of the driver is
# looked for when it runs. Kernels for a GPU need ptxas while the project builds: the one in
# PATH, else the one that Fovea was built with.
set(FOVEA_KERNEL_ARCHS cpu sm_80 sm_90a)

function(fovea_add_kernels target)
  cmake_parse_arguments(ARG "" "" "SPECS;ARCHS" ${ARGN})
  list(REMOVE_DUPLICATES ARG_ARCHS)
  _fovea_check_kernels(${target})

  set(include_dir "${CMAKE_CURRENT_BINARY_DIR}/${target}.fovea")
  set(dir "${include_dir}/${target}")
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
    list(REMOVE_ITEM ARG_ARCHS cpu)
  endif()
  if(ARG_ARCHS)
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

# <stem>.o and <stem>.h from one spec, for one architecture.
function(_fovea_compile_spec spec arch stem)
  set_source_files_properties("${stem}.o" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  get_filename_component(name "${spec}" NAME)
  foreach(output "obj;${stem}.o" "header;${stem}.h")
    list(GET output 0 kind)
    list(GET output 1 file)
    add_custom_command(
      OUTPUT "${file}"
      COMMAND Fovea::foveac "${spec}" --target=${arch} --emit=${kind} -o "${file}"
      DEPENDS "${spec}" "$<TARGET_FILE:Fovea::foveac>"
      COMMENT "Compiling attention spec ${name} for ${arch} (${kind})"
      VERBATIM)
  endforeach()
endfunction()

# Stops the configure with one message where the call cannot be meant. A macro: it reads
# the caller's parsed arguments.
macro(_fovea_check_kernels target)
  list(JOIN FOVEA_KERNEL_ARCHS ", " supported)
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR
      "fovea_add_kernels(${target}): expected SPECS and ARCHS, got ${ARG_UNPARSED_ARGUMENTS}")
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
