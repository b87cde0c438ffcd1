//===- Passes.td - passes of the CPU target ----------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_CPU_PASSES_TD
#define FOVEA_TARGET_CPU_PASSES_TD

include "mlir/Pass/PassBase.td"

def CpuApproximateMathPass : Pass<"cpu-approximate-math"> {
  let summary = "Replace transcendental functions by polynomials on vectors";
  let description = [{
    `math.exp` and `math.exp2` become a polynomial and an exponent, `math.tanh` a
    polynomial near 0 and exp elsewhere (NaN stays NaN), `math.erf`, `math.log` and `math.log2` upstream's approximations, so that no loop
    calls a scalar libm function. 16-bit operands are widened to f32 first.

    Precondition: none. Postcondition: none of these operations on f32, bf16 or f16
    is left.

    Hazard: numerics change within 2 ulp for exp and exp2 (whose results below 2^-125
    are 0; -inf gives 0, NaN stays NaN), and 1e-6 for the others.

    Before: `%p = math.exp2 %x : vector<16xf32>`
    After: `math.roundeven`, six `math.fma`, an integer shift and two selects.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def CpuEntriesPass : Pass<"cpu-entries", "::mlir::ModuleOp"> {
  let summary = "Keep a spec's names off symbols, and show entries as C functions";
  let description = [{
    Every function and kernel that the module defines is renamed, `@f` to `@fovea.f`: a
    spec's @malloc, @main or @exp2f then stands for no function of a library.

    With `c-functions`, every `tile.entry` gets two functions that take the struct of
    the header: `fovea_cpu_f_<tag>`, which checks pointers and sizes and calls the entry,
    and `fovea_cpu_f`, which calls it. The tag is a hash of the module and `target`.
    Everything else becomes internal, so that an object shows these functions alone.

    Precondition: launch programs of tile kernels; with `c-functions`, what the arrays of
    entries are called and count (`tile.name`, `tile.rows`).

    Postcondition: no symbol of the module is a C name but those functions'.

    Before: `func.func @f(%q: memref<?x2x8xf32> {tile.name = "q"}) -> i32 attributes {tile.entry}`
    After:
    ```mlir
    func.func @fovea.f(%q: memref<?x2x8xf32> {tile.name = "q"}) -> i32
        attributes {llvm.linkage = #llvm.linkage<internal>}
    func.func @fovea_cpu_f_0123456789abcdef(%args: !llvm.ptr) -> i32
        attributes {llvm.linkage = #llvm.linkage<weak_odr>}
    func.func @fovea_cpu_f(%args: !llvm.ptr) -> i32
        attributes {llvm.linkage = #llvm.linkage<weak>}
    ```
  }];
  let options = [
    Option<"cFunctions", "c-functions", "bool", "false",
           "Add the C functions of an object, and make all else internal">,
    Option<"target", "target", "std::string", "\"\"",
           "What the code is made for, as a part of the tag">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect", "::mlir::scf::SCFDialect"];
}

def CpuFloatsAsBitsPass : Pass<"cpu-floats-as-bits"> {
  let summary = "Keep 16-bit floats that the processor does not know as integers";
  let description = [{
    A conversion between bf16 and f32, with `f16` also one between f16 and f32, becomes
    operations on the bits of f32; narrowing rounds to the nearest, of two to the even
    one, and makes a quiet NaN of any. Then every type and constant of such a float is of
    i16: arrays, vectors, arguments, blocks. What moves values takes either.

    So LLVM sees none of these floats. It would widen and narrow whatever touches one of
    a processor that does not know it, and narrowing is a call of a compiler's runtime
    (`__truncsfbf2`) that users may lack. bf16 is kept as bits on every processor: where
    there are instructions for it they take small numbers for 0.

    Precondition: `arith` and `math` convert these floats from and to f32, to the nearest,
    and do nothing else with them (`arith-emulate-unsupported-floats`,
    `math-extend-to-supported-types`); anything else is an error at the operation.
    Postcondition: no value, attribute or type has such a float in it.

    Hazard: none to numerics, but for a signaling NaN, which widening keeps.

    Before:
    ```mlir
    %x = vector.load %a[%i] : memref<?xbf16>, vector<4xbf16>
    %y = arith.extf %x : vector<4xbf16> to vector<4xf32>
    ```
    After:
    ```mlir
    %x = vector.load %a[%i] : memref<?xi16>, vector<4xi16>
    %wide = arith.extui %x : vector<4xi16> to vector<4xi32>
    %bits = arith.shli %wide, %sixteen : vector<4xi32>
    %y = arith.bitcast %bits : vector<4xi32> to vector<4xf32>
    ```
  }];
  let options = [Option<"f16", "f16", "bool", "false",
                        "Also f16, for a processor that does not convert it">];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def CpuDynamicSchedulePass : Pass<"cpu-dynamic-schedule"> {
  let summary = "Let threads take programs of a launch as they become free";
  let description = [{
    Sets `schedule(dynamic)` on every `omp.wsloop`: tiles of a causal pattern cost
    unequally. Programs write disjoint elements, so results do not depend on it.

    Before: `omp.wsloop {` After: `omp.wsloop schedule(dynamic) {`
  }];
  let dependentDialects = ["::mlir::omp::OpenMPDialect"];
}

#endif // FOVEA_TARGET_CPU_PASSES_TD
