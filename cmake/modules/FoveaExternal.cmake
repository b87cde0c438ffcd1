# What Fovea uses besides LLVM and MLIR: LLVM's OpenMP runtime, Python, lit, and ptxas
# where there is one. Every path is a cache variable, so each can be given with -D.
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

find_program(FOVEA_LIT NAMES lit llvm-lit lit.py
             HINTS "${LLVM_EXTERNAL_LIT}" "${FOVEA_LLVM_TOOLS_DIR}" DOC "LLVM's lit")

find_program(FOVEA_PTXAS ptxas
             HINTS ENV CUDA_HOME ENV CUDA_PATH PATHS /usr/local/cuda PATH_SUFFIXES bin
             DOC "ptxas of the CUDA Toolkit; optional: only cubins need it")
