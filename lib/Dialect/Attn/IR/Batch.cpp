//===- Batch.cpp - where the sequences of a batch are ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Batch.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"

using namespace mlir;
using namespace fovea::attn;

bool fovea::attn::isBatch(Value sequences) {
  return isa<BatchType>(sequences.getType());
}

BatchArrays BatchArrays::of(Value sequences) {
  if (!isBatch(sequences))
    return {sequences, sequences};
  auto batch = sequences.getDefiningOp<BatchOp>(); // a batch is nothing else's result
  return {batch.getQueries(), batch.getKeys(), batch.getLengths()};
}

llvm::SmallVector<Value, 3> BatchArrays::getArrays() const {
  llvm::SmallVector<Value, 3> arrays{queries};
  if (isApart())
    arrays.push_back(keys);
  if (lengths)
    arrays.push_back(lengths);
  return arrays;
}

LogicalResult BatchOp::verify() {
  auto sizeOf = [](Value array) { return tensorType(array).getDimSize(0); };
  int64_t ends = sizeOf(getQueries()), keyEnds = sizeOf(getKeys());
  bool areStatic = !ShapedType::isDynamic(ends) && !ShapedType::isDynamic(keyEnds);
  if (areStatic && ends != keyEnds) // batch_c1
    return emitOpError() << "expected queries and keys of as many sequences, got "
                         << ends << " and " << keyEnds << " ends";
  if (!getLengths() || ShapedType::isDynamic(sizeOf(getLengths())))
    return success();
  int64_t known = ShapedType::isDynamic(ends) ? keyEnds : ends;
  if (!ShapedType::isDynamic(known) && sizeOf(getLengths()) != known - 1) // batch_c1
    return emitOpError() << "expected lengths of " << known - 1 << " sequences, got "
                         << sizeOf(getLengths());
  return success();
}
