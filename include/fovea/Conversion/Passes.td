//===- Passes.td - conversions between levels --------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_CONVERSION_PASSES_TD
#define FOVEA_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertAttnToTilePass : Pass<"convert-attn-to-tile", "::mlir::ModuleOp"> {
  let summary = "Convert attn functions to launch programs of logical tile kernels";
  let description = [{
    A function over attn operations becomes a host function over memrefs: its inputs,
    then its results as outputs that the caller provides, and an i32 status (0, or 1
    for malformed `cu_seqlens`). `attn.name` becomes `tile.name`; what rows
    count becomes `tile.rows`, as attn-infer-rows derives it; outputs carry `tile.output`;
    the function carries `tile.entry`. Every argument that counts sequence ends is
    checked, against the tokens. Each operation or `attn.group`
    becomes one `tile.kernel` and one `tile.launch`; intermediates are memrefs that
    live from their first launch to their last.

    Every attend, whatever its key set, comes from one generator over visits: the key
    set's interface emits bounds and masks, and no other code asks what it is.

    Precondition: functions are what attn-infer-rows takes, and return distinct results of
    operations; operands of a kernel are function arguments or results of other kernels;
    specs are expanded. Postcondition: no attn operation and no key set remains. Numerics: f32 accumulation; exp as exp2
    with the scale folded in.

    ```mlir
    // before
    func.func @f(%q: tensor<?x8x64xf32>, ...) -> tensor<?x8x64xf32> {
      %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu : ...
      return %o : tensor<?x8x64xf32>
    }
    // after
    func.func @f(%q: memref<?x8x64xf32>, ..., %o: memref<?x8x64xf32> {tile.output}) -> i32
        attributes {tile.entry} {
      %status = tile.check_sequences %cu, %tokens : memref<?xi32>
      ...
        tile.launch @f_attend grid(%tiles, %heads) (%q, %k, %v, %cu, %o) : ...
    }
    tile.kernel @f_attend(...) { ... tile.for_visits ... }
    ```
  }];
  let dependentDialects = ["::fovea::tile::TileDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
}

def ConvertTileToLoopsPass : Pass<"convert-tile-to-loops", "::mlir::ModuleOp"> {
  let summary = "Lower logical tile kernels to loops over vectors in scratch memory";
  let description = [{
    Every `tile.kernel` becomes a private function with its program ids as trailing
    `index` arguments, every `tile.launch` an `scf.parallel` around a call of it.
    Query rows are the vector lanes: a tile that takes part in a `tile.dot` as lhs,
    acc or result lies transposed in scratch, its right-hand sides as they come, so
    that both products of attention are multiply-adds of a broadcast scalar and a
    contiguous vector.

    Precondition: kernels use `tile`, `arith` and `math` on tiles, `scf.for` and
    `scf.if`, and any scalar operation.

    Postcondition: func, scf, memref, vector, arith and math only; no tile is left.
    Scratch is `memref.alloca` at a kernel's entry up to `max-stack-bytes`, beyond that
    memory that the launch allocates per program; nothing is allocated in a kernel's
    loops. Where memory cannot be had, nothing more is launched and the function returns
    status 5 (FOVEA_CPU_ERROR_MEMORY). Functions with `tile.entry` get
    `llvm.emit_c_interface`; attributes named `tile.*` are gone.

    Hazard: sums are reordered within a row (vector lanes first), in an order that
    depends on `vector-bits` but not on the number of threads. 16-bit tiles are kept
    widened to f32; their arithmetic is still rounded op by op.

    Before:
    ```mlir
    %s = tile.dot %q, %k, %zero transpose_rhs
        : tensor<64x128xf32>, tensor<64x128xf32> -> tensor<64x64xf32>
    ```
    After:
    ```mlir
    scf.for %m = %c0 to %c64 step %c32 {
      scf.for %n = %c0 to %c64 step %c8 {
        %sums:16 = scf.for %d = %c0 to %c128 step %c1 iter_args(...) {
          %lanes = vector.load %q[%d, %m] : memref<128x64xf32>, vector<16xf32>
          %key = memref.load %k[%n, %d] : memref<64x128xf32>
          %keys = vector.broadcast %key : f32 to vector<16xf32>
          %sum = vector.fma %keys, %lanes, %acc : vector<16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::scf::SCFDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::vector::VectorDialect",
                           "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::LLVM::LLVMDialect"];
  let options = [
    Option<"vectorBits", "vector-bits", "int64_t", "512",
           "Width of a vector register, in bits">,
    Option<"vectorRegisters", "vector-registers", "int64_t", "32",
           "Number of vector registers">,
    Option<"maxStackBytes", "max-stack-bytes", "int64_t", "131072",
           "Most scratch a kernel may take from its thread's stack, in bytes">,
    Option<"maxScratchBytes", "max-scratch-bytes", "int64_t", "2097152",
           "Most scratch a kernel may take at all, in bytes">];
}

def ConvertTileToSimtPass : Pass<"convert-tile-to-simt", "::mlir::ModuleOp"> {
  let summary = "Lower placed tile kernels to what one thread runs";
  let description = [{
    Every `tile.kernel` becomes a `gpu.module` of its name with one `llvm.func`: a tile
    becomes the vector that a thread holds of it, elementwise math stays `arith`, rings
    become mbarriers and copies, products matrix instructions. `target` decides which:
    TMA or cp.async, wgmma or mma.sync (the latter also where the consumers make no whole
    warpgroup). The module's `tile.kernel_abi` attribute says how it is launched, in the
    words of docs/bundle.md. Launches are not touched.

    Precondition: `tile-place-waits`. Postcondition: no `tile.kernel`.

    Hazard: exp, log and division are the machine's approximations (2^-22), and
    multiplications and additions may contract.

    Before:
    ```mlir
    %p = arith.subf %s, %m : tensor<64x64xf32, #tile.fragment<warps = 4>>
    %e = math.exp2 %p : tensor<64x64xf32, #tile.fragment<warps = 4>>
    ```
    After:
    ```mlir
    %p = arith.subf %s, %m fastmath<contract> : vector<32xf32>
    %e = simt.approx exp2 %p : vector<32xf32>
    ```
  }];
  let options = [Option<"target", "target", "std::string", "\"sm_90a\"",
                        "a GPU target, as of attn-choose-schedules">];
  let dependentDialects = ["::fovea::simt::SimtDialect", "::mlir::arith::ArithDialect",
    "::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def ConvertSimtToNVVMPass : Pass<"convert-simt-to-nvvm"> {
  let summary = "Replace each simt operation with its NVVM operation or instruction";
  let description = [{
    Runs on a `gpu.module` or a `builtin.module`.

    Postcondition: no simt operation.

    Before: `%e = simt.approx exp2 %x : f32`
    After: `%e = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f"(%x) : (f32) -> f32`
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::vector::VectorDialect"];
}

#endif // FOVEA_CONVERSION_PASSES_TD
