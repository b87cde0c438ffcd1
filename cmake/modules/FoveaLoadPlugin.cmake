# Loads a plugin as the tools do, and fails with the loader's words. fovea_add_extension runs it
# when the plugin was linked:
#   cmake -DTOOLS=<folder> -DPLUGIN=<file> -DKINDS=dialect,pass -DSPEC=<file to write> -P …
set(ENV{ASAN_OPTIONS} detect_leaks=0)

# Runs a command; any other end than success, or a plugin that is passed over, is an error.
function(expect_to_load)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE output)
  if(NOT status EQUAL 0 OR output MATCHES "Failed to load")
    message(NOTICE "expected ${PLUGIN} to load, got: ${output}") # CMake wraps the lines of an error
    message(FATAL_ERROR "the plugin does not load")
  endif()
endfunction()

# fovea-run has what any tool has. There every symbol of the plugin must be found; another tool
# may lack what it does not call.
set(bind_now "${CMAKE_COMMAND}" -E env LD_BIND_NOW=1)
if(KINDS MATCHES "dialect")
  file(WRITE "${SPEC}" "attn.spec @loaded heads 1 over 1 dims 16 x 16 of f32 {\n"
                       "  attn.branch @all sees #attn.causal\n}\n")
  expect_to_load(${bind_now} "${TOOLS}/fovea-run" "${SPEC}" "--load-dialect-plugin=${PLUGIN}"
                 --device=reference --tokens=1)
  expect_to_load("${TOOLS}/foveac" "${SPEC}" "--load-dialect-plugin=${PLUGIN}" --emit=attn)
  set(bind_now)
endif()
if(KINDS MATCHES "pass")
  expect_to_load(${bind_now} "${TOOLS}/fovea-opt" "--load-pass-plugin=${PLUGIN}" --show-dialects)
endif()
