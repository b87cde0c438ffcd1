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

#endif // FOVEA_SIMT_PASSES_TD
