//===- KeySetInterface.td - which keys a query may see -----*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_ATTN_KEY_SET_INTERFACE_TD
#define FOVEA_ATTN_KEY_SET_INTERFACE_TD

include "mlir/IR/OpBase.td"

def Attn_KeySetInterface : AttrInterface<"KeySetInterface"> {
  let cppNamespace = "::fovea::attn";
  let description = [{
    A key set is an equation: `contains` defines it, and the reference, the plots
    and the property tests use nothing else. The `emit` methods write the same set
    as IR, from absolute positions within one sequence, so rows may be packed
    heads and queries may be decode steps. See KeySet.h for the contract.
  }];
  let methods = [
    InterfaceMethod<[{
        True when query `t` of a sequence of `length` tokens sees key `u`
        (0 <= t < length, 0 <= u < numKeys(length)). `indices` is the query's
        index list where the set needs one, else empty; -1 entries are unused.
      }], "bool", "contains",
      (ins "int64_t":$length, "int64_t":$t, "int64_t":$u,
           "::llvm::ArrayRef<int32_t>":$indices)>,
    InterfaceMethod<[{
        Number of keys that a sequence of `length` tokens has, at most
        length / getKeyStride().
      }],
      "int64_t", "getNumKeys", (ins "int64_t":$length), [{}], [{ return length; }]>,
    InterfaceMethod<[{
        Tokens per key row, at least 1: key rows of a sequence that starts at token
        `c` start at row `c / getKeyStride()`.
      }], "int64_t", "getKeyStride", (ins), [{}], [{ return 1; }]>,
    InterfaceMethod<"True when each query brings a list of block indices.",
      "bool", "needsIndices", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
        Keys per listed block when `needsIndices()`; a schedule's key-block width
        must divide it. 0 where any width will do.
      }], "int64_t", "getIndexBlock", (ins), [{}], [{ return 0; }]>,
    InterfaceMethod<[{
        Number of (query, key) pairs of a sequence of `length` tokens, for the
        cost model, finite and at least 0; `count` is the length of the index list, 0
        where there is none. The property tests compare it as a whole number, with
        lists of the `count` nearest blocks.
      }], "double", "getCost", (ins "int64_t":$length, "int64_t":$count)>,
    InterfaceMethod<[{
        IR for the number of keys of a sequence: an index value.
      }], "::mlir::Value", "emitNumKeys",
      (ins "::fovea::IntegerBuilder &":$b, "::mlir::Value":$length),
      [{}], [{ return length; }]>,
    InterfaceMethod<"IR for the key blocks that a tile of queries visits.",
      "::fovea::attn::VisitBounds", "emitVisits",
      (ins "::fovea::IntegerBuilder &":$b,
           "const ::fovea::attn::VisitRequest &":$request)>,
    InterfaceMethod<[{
        IR for the element mask: i1, true where the query sees the key. `query`
        and `key` are i32 positions, scalars or tensors of one shape; `length` is
        an i32 of the same type. Constants are i32 too: what is computed from
        positions of up to 2^30, and of a key block past the end, must not overflow.
        Index lists are not looked at: a visited block is a listed one.
      }], "::mlir::Value", "emitMask",
      (ins "::fovea::IntegerBuilder &":$b, "::mlir::Value":$query,
           "::mlir::Value":$key, "::mlir::Value":$length)>,
    InterfaceMethod<[{
        IR for the queries that may visit one key block: the half-open range
        [begin, end) of positions outside of which no query does, and in it the range
        [fullBegin, fullEnd) of queries that see every key of the block, all of which
        exist. An empty one is always right: it costs masks.
      }], "::fovea::attn::QueryBounds", "emitTranspose",
      (ins "::fovea::IntegerBuilder &":$b,
           "const ::fovea::attn::TransposeRequest &":$request)>,
  ];
}

#endif // FOVEA_ATTN_KEY_SET_INTERFACE_TD
