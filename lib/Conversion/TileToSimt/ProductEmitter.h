//===- ProductEmitter.h - how products are computed -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The warps that compute a product together are a unit, and take every branch around
// one together.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_PRODUCTEMITTER_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_PRODUCTEMITTER_H

#include "KernelFrame.h"

#include <memory>

namespace fovea::tile_to_simt {

/// Inner elements of an instruction.
constexpr int64_t kInnerStep = 16;

class ProductEmitter {
public:
  /// What the schedule asks for, of what the target has.
  static std::unique_ptr<ProductEmitter> create(KernelFrame &frame);

  explicit ProductEmitter(KernelFrame &frame) : frame(frame), b(frame.b) {}
  virtual ~ProductEmitter();

  virtual LogicalResult emitIssue(tile::IssueDotOp op) = 0;
  /// What a product that `op` waits for has become, given what issuing it gave, and
  /// behind it what goes through: both of `values`.
  virtual SmallVector<Value> emitWait(tile::WaitOp op, ArrayRef<Value> values) = 0;
  virtual int64_t unitWarps() const = 0;
  virtual void emitUnitSync() = 0;
  /// Whether a warp's reads of an operand are over for all of its lanes where one of
  /// them is behind the product's wait.
  virtual bool endsReadsTogether() const = 0;

protected:
  KernelFrame &frame;
  ThreadBuilder &b;
};

std::unique_ptr<ProductEmitter> createWgmmaProducts(KernelFrame &frame);
std::unique_ptr<ProductEmitter> createMmaProducts(KernelFrame &frame);

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_PRODUCTEMITTER_H
