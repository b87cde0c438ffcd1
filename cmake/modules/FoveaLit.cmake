# LLVM's lit, of the LLVM that FoveaLLVM found first. Also installed, for extensions.
find_program(FOVEA_LIT NAMES lit llvm-lit lit.py
             HINTS "${LLVM_EXTERNAL_LIT}" "${FOVEA_LLVM_TOOLS_DIR}" DOC "LLVM's lit")
