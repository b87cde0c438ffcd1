# One wrong call, chosen by -DCALL.
cmake_minimum_required(VERSION 3.20)
include("${CMAKE_CURRENT_LIST_DIR}/../../../cmake/modules/FoveaAddKernels.cmake")

set(spec "${CMAKE_CURRENT_LIST_FILE}") # any file that exists
if(CALL STREQUAL "unknown_arch")
  fovea_add_kernels(kernels SPECS "${spec}" ARCHS cpu sm_75)
elseif(CALL STREQUAL "no_arch")
  fovea_add_kernels(kernels SPECS "${spec}")
elseif(CALL STREQUAL "missing_spec")
  fovea_add_kernels(kernels SPECS absent.mlir ARCHS cpu)
elseif(CALL STREQUAL "no_spec")
  fovea_add_kernels(kernels ARCHS cpu)
elseif(CALL STREQUAL "same_stem")
  fovea_add_kernels(kernels SPECS "${spec}" "${spec}" ARCHS cpu)
elseif(CALL STREQUAL "stray_word")
  fovea_add_kernels(kernels FAST SPECS "${spec}" ARCHS cpu)
endif()
