//===- RingProtocol.h - rings as mbarriers ----------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Two mbarriers per slot. `full` completes a phase when the producer's copies
// (CopyEmitter.h) have arrived, `empty` when every consumer warp has. Tile n uses slot
// n % stages in turn n / stages. Its arrival is phase `turn & 1` of full; before the
// producer writes, turn - 1 must have been given back: phase `(turn & 1) ^ 1` of empty,
// which a fresh barrier counts as completed.
//
// A visit's slot: {block i32, flags i32, tokens i64}; flag 1: masked, 2: more.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_RINGPROTOCOL_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_RINGPROTOCOL_H

#include "KernelFrame.h"

namespace fovea::tile_to_simt {

class CopyEmitter;
class ProductEmitter;

/// One tile's turn of its slot.
struct Turn {
  Value slot;        ///< address
  Value full, empty; ///< addresses
  Value parity;      ///< i32, of full
  Value freeParity;  ///< i32, of empty
};

class RingProtocol {
public:
  RingProtocol(KernelFrame &frame, CopyEmitter &copies, ProductEmitter &products)
      : frame(frame), b(frame.b), copies(copies), products(products) {}

  void emitBarrierInits();
  LogicalResult emitPut(tile::PutOp op);
  void emitGet(tile::GetOp op);
  void emitRelease(tile::ReleaseOp op);
  void emitPost(tile::PostOp op);
  void emitTake(tile::TakeOp op);

private:
  Turn turnOf(Value ring, Value number);
  void emitWait(Value barrier, Value parity);

  KernelFrame &frame;
  ThreadBuilder &b;
  CopyEmitter &copies;
  ProductEmitter &products;
};

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_RINGPROTOCOL_H
