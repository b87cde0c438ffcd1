//===- TileInterfaces.td - what tile's consumers ask -------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TILE_INTERFACES_TD
#define FOVEA_TILE_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Tile_VisitsOpInterface : OpInterface<"VisitsOpInterface"> {
  let cppNamespace = "::fovea::tile";
  let description = [{
    An operation that makes a `!tile.visits`. Passes between it and the loop over the
    visits ask this, and name no producer; each lowering has a case per producer, for
    how to find the next visit is what a producer is.

    A producer of visits that are looked for in tiles names these tiles in
    `getSearched`. Whoever runs the loop must hold them; the roles of a kernel that do
    not are told of each visit by the one that does, through a ring of visits.
  }];
  let methods = [
    InterfaceMethod<[{
        How many tokens the visits tell apart, each with an element of the token mask;
        none where every visit is of all tokens.
      }], "std::optional<int64_t>", "getTokens">,
    InterfaceMethod<[{
        The tiles that each visit is looked for in, which so live as long as the loop
        runs; empty where the next visit follows from numbers.
      }], "::mlir::ValueRange", "getSearched">,
    InterfaceMethod<"Whether no block is visited, whatever the arguments.",
      "bool", "isKnownEmpty", (ins), [{}], [{ return false; }]>
  ];
}

def Tile_KernelParamInterface : AttrInterface<"KernelParamInterface"> {
  let cppNamespace = "::fovea::tile";
  let description = [{
    A parameter of a lowered kernel: what a launch passes there. The set is closed, for
    the runtime must know each; `getKeyword` is its word in a bundle's manifest.
  }];
  let methods = [
    InterfaceMethod<"Its word in a bundle's manifest.", "::llvm::StringRef",
      "getKeyword", (ins), [{}], [{ return ConcreteAttr::getMnemonic(); }]>,
    InterfaceMethod<"Whether a kernel's parameter of `type` takes it.", "bool",
      "isPassedAs", (ins "::mlir::Type":$type)>,
    InterfaceMethod<[{
        Emits a diagnostic and fails where a launch with arguments of these types does
        not have what is passed.
      }], "::llvm::LogicalResult", "verifyLaunch",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError,
           "::mlir::TypeRange":$arguments)>
  ];
}

#endif // FOVEA_TILE_INTERFACES_TD
