# Stands for the MLIR package of another major version.
set(LLVM_VERSION 21.1.0)
set(LLVM_VERSION_MAJOR 21)
