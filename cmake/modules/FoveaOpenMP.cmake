# Fovea::OpenMP: LLVM's OpenMP runtime, which CPU kernels call (`__kmpc_*`; libgomp lacks
# these). Looked for beside FOVEA_LLVM_LIBRARY_DIR first. Compiled code needs only the
# library, so no omp.h and no compiler flag is asked for. Also installed, for FoveaConfig.
find_library(FOVEA_OPENMP_LIBRARY NAMES omp libomp.so.5
             HINTS "${FOVEA_LLVM_LIBRARY_DIR}"
             DOC "LLVM's OpenMP runtime (libomp)")
if(NOT FOVEA_OPENMP_LIBRARY)
  message(FATAL_ERROR
    "Fovea: expected LLVM's OpenMP runtime (libomp), found none. Install libomp-22-dev, "
    "or pass -DFOVEA_OPENMP_LIBRARY=<path of libomp.so>")
endif()
if(NOT TARGET Fovea::OpenMP)
  add_library(Fovea::OpenMP UNKNOWN IMPORTED)
  set_target_properties(Fovea::OpenMP PROPERTIES
                        IMPORTED_LOCATION "${FOVEA_OPENMP_LIBRARY}")
endif()
