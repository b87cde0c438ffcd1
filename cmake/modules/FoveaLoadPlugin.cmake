# Loads a plugin as the tools do, with every symbol bound at once, and fails with the loader's
# words. fovea_add_extension runs it when the plugin was linked:
#   cmake -DFOVEAC=… -DFOVEA_OPT=… -DPLUGIN=… -DKINDS=dialect,pass -DSPEC=<file to write> -P …
set(ENV{LD_BIND_NOW} 1)
set(ENV{ASAN_OPTIONS} detect_leaks=0)
if(KINDS MATCHES "dialect")
  file(WRITE "${SPEC}" "attn.spec @loaded heads 1 over 1 dims 16 x 16 of f32 {\n"
                       "  attn.branch @all sees #attn.causal\n}\n")
  execute_process(COMMAND "${FOVEAC}" "${SPEC}" "--load-dialect-plugin=${PLUGIN}" --emit=attn
                  RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "expected ${PLUGIN} to load, got: ${output}")
  endif()
endif()
if(KINDS MATCHES "pass") # fovea-opt goes on without a plugin that it can't load
  execute_process(COMMAND "${FOVEA_OPT}" "--load-pass-plugin=${PLUGIN}" --show-dialects
                  RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE output)
  if(NOT status EQUAL 0 OR output MATCHES "Failed to load")
    message(FATAL_ERROR "expected ${PLUGIN} to load, got: ${output}")
  endif()
endif()
