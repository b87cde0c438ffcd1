//===- KeyMean.cpp - an operation from outside ----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KeyMean.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::test;

#include "KeyMeanDialect.cpp.inc"

void TestOpsDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "KeyMeanOps.cpp.inc"
      >();
  attachLowerings(*getContext());
  attachTuning(*getContext());
  attachReferences(*getContext());
  attachNumerics(*getContext());
  attachGradients(*getContext());
}

static attn::RowFacts getMeanOperandRows(unsigned operand) {
  if (operand == 0)
    return {"v", RowCount::ofTokens()};
  return {"cu_seqlens", RowCount::ofSequenceEnds()};
}

/// A head by itself sees keys, so that query heads and KV heads are the same.
static attn::KernelTiling getMeanTiling(Value v, Value cuSeqlens) {
  int64_t heads = cast<RankedTensorType>(v.getType()).getDimSize(1);
  return {attn::TilingKind::Queries, heads, heads, cuSeqlens, /*readsKeys=*/true};
}

static LogicalResult verifyMean(Operation *op, attn::KeySetInterface keys) {
  if (keys.getKeyStride() != 1 || keys.needsIndices()) // key_mean_c1
    return op->emitOpError() << "expected a key set of tokens without indices, got "
                             << keys;
  Type v = op->getOperand(0).getType(), out = op->getResult(0).getType();
  if (v != out) // key_mean_c2
    return op->emitOpError() << "expected v and out of one type, got " << v << " and "
                             << out;
  return success();
}

#define GET_OP_CLASSES
#include "KeyMeanOps.cpp.inc"
