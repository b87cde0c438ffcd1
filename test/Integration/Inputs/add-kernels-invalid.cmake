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
elseif(CALL STREQUAL "stray_word")
  fovea_add_kernels(kernels FAST SPECS "${spec}" ARCHS cpu)
elseif(CALL STREQUAL "no_ptxas")
  fovea_add_kernels(kernels SPECS "${spec}" ARCHS cpu sm_90a PTXAS "${spec}.none")
elseif(CALL STREQUAL "old_ptxas")
  fovea_add_kernels(kernels SPECS "${spec}" ARCHS sm_80
                    PTXAS "${CMAKE_CURRENT_LIST_DIR}/../../Target/GPU/Inputs/fake-ptxas.sh")
elseif(CALL STREQUAL "timeout")
  fovea_add_kernels(kernels SPECS "${spec}" ARCHS sm_80 PTXAS_TIMEOUT soon)
endif()
