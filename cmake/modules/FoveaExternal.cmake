# What Fovea uses besides LLVM and MLIR: LLVM's OpenMP runtime, Python, lit, and ptxas
# where there is a usable one. Every path is a cache variable, so each can be given with -D.
set(FOVEA_LLVM_LIBRARY_DIR "${LLVM_LIBRARY_DIR}")
include(FoveaOpenMP)

# The first Python that has NumPy, else the first Python: a NumPy formulation checks the
# reference, and nothing else needs it.
if(NOT DEFINED FOVEA_HAVE_NUMPY)
  find_program(FOVEA_PYTHON python3 REQUIRED DOC "Python for the tests, best with NumPy")
  set(have_numpy OFF)
  foreach(python "${FOVEA_PYTHON}" /usr/bin/python3)
    execute_process(COMMAND "${python}" -c "import numpy" RESULT_VARIABLE status
                    OUTPUT_QUIET ERROR_QUIET)
    if(status EQUAL 0)
      set_property(CACHE FOVEA_PYTHON PROPERTY VALUE "${python}")
      set(have_numpy ON)
      break()
    endif()
  endforeach()
  set(FOVEA_HAVE_NUMPY ${have_numpy} CACHE INTERNAL "FOVEA_PYTHON has NumPy")
endif()

include(FoveaLit)

# Optional: only cubins need it. One that was named must be usable; of those that are found,
# the first usable one is taken.
include(FoveaPtxas)
set(FOVEA_PTXAS "" CACHE FILEPATH "ptxas of the CUDA Toolkit, 12.0 or later")
if(NOT FOVEA_PTXAS)
  fovea_find_ptxas(ptxas unusable /usr/local/cuda/bin/ptxas)
  set_property(CACHE FOVEA_PTXAS PROPERTY VALUE "${ptxas}")
  if(unusable)
    message(WARNING "Fovea: expected ptxas of CUDA ${FOVEA_OLDEST_CUDA} or later, got "
                    "${unusable}. Goes on without: kernels for GPUs get as far as PTX")
  endif()
endif()
if(FOVEA_PTXAS)
  fovea_check_ptxas("${FOVEA_PTXAS}" FOVEA_PTXAS_VERSION reason)
  if(NOT FOVEA_PTXAS_VERSION)
    message(FATAL_ERROR "Fovea: expected ptxas of CUDA ${FOVEA_OLDEST_CUDA} or later at "
                        "FOVEA_PTXAS=${FOVEA_PTXAS}, got: ${reason}")
  endif()
  message(STATUS "ptxas ${FOVEA_PTXAS_VERSION}: ${FOVEA_PTXAS}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${FOVEA_PTXAS}")
endif()
