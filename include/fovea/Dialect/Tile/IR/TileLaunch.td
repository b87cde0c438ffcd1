//===- TileLaunch.td - what is said of kernels -------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TILE_LAUNCH_TD
#define FOVEA_TILE_LAUNCH_TD

include "fovea/Dialect/Tile/IR/TileDialect.td"
include "fovea/Dialect/Tile/IR/TileInterfaces.td"

//===----------------------------------------------------------------------===//
// How a lowered kernel is launched
//===----------------------------------------------------------------------===//

class Tile_ParamAttr<string name, string mnemonicText> : AttrDef<Tile_Dialect, name,
    [DeclareAttrInterfaceMethods<Tile_KernelParamInterface>]> {
  let mnemonic = mnemonicText;
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tile_PointerAttr : Tile_ParamAttr<"Pointer", "pointer"> {
  let summary = "a parameter: an array's address";
  let description = [{
    That of the launch's argument `argument`, a memref. With `read_only` the kernel writes
    nothing there, so that launches which read one array may run at once.

    Constraints: `pointer_c1` argument is at least 0.

    Example: `#tile.pointer<argument = 0, read_only = true>`.
  }];
  let parameters = (ins "int64_t":$argument,
                        DefaultValuedParameter<"bool", "false">:$read_only);
}

def Tile_SizeAttr : Tile_ParamAttr<"Size", "size"> {
  let summary = "a parameter: one size of an array";
  let description = [{
    The size of the launch's argument `argument` along `axis`, as an i64.

    Constraints: `size_c1` argument and axis are at least 0.

    Example: `#tile.size<argument = 0, axis = 0>`.
  }];
  let parameters = (ins "int64_t":$argument, "int64_t":$axis);
}

def Tile_ScalarAttr : Tile_ParamAttr<"Scalar", "scalar"> {
  let summary = "a parameter: a number";
  let description = [{
    The launch's argument `argument` as a `type`. An index is passed as an i64, or as an
    i32, its low half.

    Constraints: `scalar_c1` argument is at least 0; `scalar_c2` type is i64, i32 or f32.

    Example: `#tile.scalar<argument = 3, type = i64>`.
  }];
  let parameters = (ins "int64_t":$argument, "::mlir::Type":$type);
}

def Tile_ProgramsAttr : Tile_ParamAttr<"Programs", "programs"> {
  let summary = "a parameter: the programs of a launch along one axis";
  let description = [{
    As an i32; 1 along an axis that the launch's grid lacks.

    Constraints: `programs_c1` axis is one of the grid's.

    Example: `#tile.programs<axis = 0>`.
  }];
  let parameters = (ins "int64_t":$axis);
}

def Tile_TensorMapAttr : Tile_ParamAttr<"TensorMap", "tensor_map"> {
  let summary = "a parameter: how the copy engine reads an array";
  let description = [{
    A tensor map of the launch's argument `argument`: boxes of `box` elements, the
    innermost axis first, laid out in shared memory with a swizzle of so many bytes, 0
    for none.

    Constraints: `tensor_map_c1` argument is at least 0; `tensor_map_c2` box has 1 to 5
    sizes of 1 to 256; `tensor_map_c3` swizzle is 0, 32, 64 or 128.

    Example: `#tile.tensor_map<argument = 0, box = [64, 16, 12], swizzle = 128>`.
  }];
  let parameters = (ins "int64_t":$argument, "::mlir::DenseI64ArrayAttr":$box,
                        "int64_t":$swizzle);
}

def Tile_KernelAbiAttr : AttrDef<Tile_Dialect, "KernelAbi"> {
  let mnemonic = "kernel_abi";
  let summary = "how a lowered kernel is launched";
  let description = [{
    Stands on a `gpu.module` as `tile.kernel_abi`, which makes the one kernel function
    in it one that `tile.launch` may name. `threads` are those of a block,
    `shared_bytes` its dynamic shared memory, and `params` what each parameter of the
    function is, in order. A bundle's manifest says the same words (docs/bundle.md).

    Constraints: `kernel_abi_c1` threads are at least 1; `kernel_abi_c2` shared_bytes
    are at least 0; `kernel_abi_c3` params are `#tile.pointer`, `#tile.size`,
    `#tile.scalar`, `#tile.programs` or `#tile.tensor_map`.

    Example:
    ```mlir
    #tile.kernel_abi<threads = 512, shared_bytes = 203008,
                     params = [#tile.pointer<argument = 0, read_only = true>, #tile.programs<axis = 0>]>
    ```
  }];
  let parameters = (ins "int64_t":$threads, "int64_t":$shared_bytes,
                        "::mlir::ArrayAttr":$params);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// What a kernel says of the choices before it
//===----------------------------------------------------------------------===//

def Tile_CandidateAttr : AttrDef<Tile_Dialect, "Candidate"> {
  let mnemonic = "candidate";
  let summary = "whose candidate a schedule was";
  let description = [{
    Stands as `tile.candidate` beside a `tile.schedule` that `attn-choose-schedules`
    took of an operation's `tile.candidates`, and goes with it to the kernel: by `key`,
    who refuses the kernel finds the operation, and `shape` says in words what decides
    which schedules fit.

    Example: `#tile.candidate<key = "nsa_forward.2", shape = "head dim 128">`.
  }];
  let parameters = (ins StringRefParameter<>:$key, StringRefParameter<>:$shape);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Tile_WorkAttr : AttrDef<Tile_Dialect, "Work"> {
  let mnemonic = "work";
  let summary = "what a kernel asks for, whatever computes it";
  let description = [{
    Stands as `tile.work` on an operation that `attn-estimate-work` counted, and goes to
    its kernel. `flops`, of matrix products; `exps`, of softmaxes; `bytes`, of arrays
    that cross the kernel's border; `key_bytes`, of the keys and values that query tiles
    read. fovea/Tuning/Work.h says how they are counted.

    Constraints: `work_c1` each is at least 0.

    Example: `#tile.work<flops = 5171200, exps = 20200, bytes = 128000, key_bytes = 80800>`.
  }];
  let parameters = (ins "int64_t":$flops, "int64_t":$exps, "int64_t":$bytes,
                        "int64_t":$key_bytes);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif // FOVEA_TILE_LAUNCH_TD
