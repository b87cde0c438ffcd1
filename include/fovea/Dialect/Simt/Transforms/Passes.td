//===- Passes.td - on the machine's own operations ---------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_SIMT_PASSES_TD
#define FOVEA_SIMT_PASSES_TD

include "mlir/Pass/PassBase.td"

def InjectDelaysPass : Pass<"simt-inject-delays", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Sleep for a drawn time before each operation on a barrier, for tests";
  let description = [{
    In front of every operation on a barrier but its setup (`barrier_wait`,
    `barrier_arrive`, `barrier_arrive_copies`, `barrier_expect`) a warp sleeps for up to 2
    microseconds, long beside what stands between two of them: warps and roles
    drift apart in ways in which they rarely do by themselves. A kernel whose order of
    events is right gives the same bits with any delays.

    A delay is a hash of a seed, the block, the warp, the operation and the barrier (so, of
    the ring's slot). Same seed, same delays. The seed is the last word of the global
    `fovea_delay_seed`, behind the text "fovea-delay:", and `seed` what it starts as; who
    holds the module can change it without compiling.

    Precondition: `convert-tile-to-simt`. Does not change numerics.

    Before:
    ```mlir
    simt.barrier_wait %full parity %p : !llvm.ptr<3>
    ```
    After:
    ```mlir
    %seed = llvm.load %word : !llvm.ptr<1> -> i32
    %thread = simt.special thread
    %block = simt.special block
    ...
    simt.sleep %nanoseconds
    simt.barrier_wait %full parity %p : !llvm.ptr<3>
    ```
  }];
  let dependentDialects = ["::fovea::simt::SimtDialect", "::mlir::arith::ArithDialect",
                           "::mlir::LLVM::LLVMDialect"];
  let options = [Option<"seed", "seed", "uint32_t", "0", "What the seed starts as">];
  let statistics = [Statistic<"numDelays", "delays", "Sleeps that were inserted">];
}

def NarrowIndicesPass : Pass<"simt-narrow-indices", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Compute with indices in 32 bits, and with addresses in 64";
  let description = [{
    A register has 32 bits, so that an index in 64 takes two of them and two instructions
    for most of what is done with it. Values of type index become i32, but for sums and
    products of which nothing but offsets of addresses are made: these become i64.

    So a value of type index that is anything else, a row, a visit, a program or a number
    of them, is below 2^31, as the tokens are that cu_seqlens counts.

    Precondition: `convert-tile-to-simt`; operations on indices are of arith and scf. The
    pipelines run it for targets with wgmma: kernels of mma.sync spill more with it.
    Postcondition: no value is of type index. Does not change numerics.

    Before:
    ```mlir
    %row = arith.addi %first, %lane : index
    %isReal = arith.cmpi slt, %row, %rows : index
    %element = arith.muli %row, %c128 : index
    %byte = arith.muli %element, %c2 : index
    %offset = arith.index_cast %byte : index to i64
    %address = llvm.getelementptr %view[%offset] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, i8
    ```
    After:
    ```mlir
    %row = arith.addi %first, %lane : i32
    %isReal = arith.cmpi slt, %row, %rows : i32
    %wide = arith.extsi %row : i32 to i64
    %element = arith.muli %wide, %c128_i64 : i64
    %byte = arith.muli %element, %c2_i64 : i64
    %address = llvm.getelementptr %view[%byte] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, i8
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif // FOVEA_SIMT_PASSES_TD
