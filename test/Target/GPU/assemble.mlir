// A cubin for either target: an ELF file, for ptxas takes what LLVM writes.
// REQUIRES: cuda-toolkit
// RUN: fovea-ptx %s --emit=cubin -o %t.sm_90a.cubin
// RUN: fovea-ptx %s --target=sm_80 --emit=cubin -o %t.sm_80.cubin
// RUN: od -A n -c -N 4 %t.sm_90a.cubin | FileCheck %s
// RUN: od -A n -c -N 4 %t.sm_80.cubin | FileCheck %s
// CHECK: 177   E   L   F

// PTX that ptxas refuses is its own words, and no file.
// RUN: sed 's/membar.cta;/no_such_instruction;/' %s > %t.mlir
// RUN: not fovea-ptx %t.mlir --emit=cubin -o %t.none 2>&1 | FileCheck %s --check-prefix=REFUSED
// RUN: not ls %t.none
// REFUSED: error: expected ptxas {{.*}} to accept the PTX, got:
// REFUSED: no_such_instruction

llvm.func @store(%x: !llvm.ptr<1>, %value: i32) attributes {nvvm.kernel} {
  llvm.inline_asm has_side_effects asm_dialect = att "membar.cta;", "" : () -> ()
  llvm.store %value, %x : i32, !llvm.ptr<1>
  llvm.return
}
