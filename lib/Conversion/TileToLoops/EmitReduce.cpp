//===- EmitReduce.cpp - sums and maxima -----------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

Value KernelEmitter::combine(ReduceKind kind, Value x, Value y) {
  if (kind == ReduceKind::Add)
    return arith::AddFOp::create(b, x, y);
  // One instruction on x86; a NaN in y is passed over, as x starts from -inf.
  Value greater = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, y, x);
  return arith::SelectOp::create(b, greater, y, x);
}

/// What changes nothing: 0, or -inf.
static Value neutral(ImplicitLocOpBuilder &b, ReduceKind kind, VectorType type) {
  float value =
      kind == ReduceKind::Add ? 0.0f : -std::numeric_limits<float>::infinity();
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, value));
}

void KernelEmitter::emitReduce(ReduceOp op) {
  Reduction reduction{op.getKind(), int64_t(op.getAxis()), op.getGroup()};
  reduce(reduction, inMemory(op.getInput()), storageOf(op.getResult()));
}

void KernelEmitter::emitBlockMax(BlockMaxOp op) {
  Reduction reduction{ReduceKind::Max, /*axis=*/1, int64_t(op.getKeys())};
  reduce(reduction, inMemory(op.getInput()), storageOf(op.getScores()));
}

/// The reduced axis lies either across vectors, or within them.
void KernelEmitter::reduce(const Reduction &reduction, const Storage &from,
                           const Storage &to) {
  bool within = from.tile.getRank() == 1 || (reduction.axis == 0) == from.isLanes();
  if (within)
    reduceWithin(reduction, from, to);
  else
    reduceAcross(reduction, from, to);
}

/// Element by element over vectors, several sums at once to hide their latency.
void KernelEmitter::reduceAcross(const Reduction &reduction, const Storage &from,
                                 const Storage &to) {
  ReduceKind kind = reduction.kind;
  int64_t group = reduction.group.value_or(from.outer());
  int64_t width = widthFor(from.inner());
  int64_t chains = group % 4 == 0 ? 4 : group % 2 == 0 ? 2 : 1;
  VectorType type = vectorType(width, b.getF32Type());
  auto reduceGroup = [&](Value first, Value inner) -> Value {
    Values inits(chains, neutral(b, kind, type));
    Values sums = carry(index(group), chains, inits, [&](Value i, ValueRange partial) {
      Values next;
      for (int64_t c = 0; c < chains; ++c) {
        Value at =
            arith::AddIOp::create(b, first, arith::AddIOp::create(b, i, index(c)));
        Value value =
            vector::LoadOp::create(b, type, from.memref, ValueRange{at, inner});
        next.push_back(combine(kind, partial[c], value));
      }
      return next;
    });
    while (sums.size() > 1) {
      Value last = sums.pop_back_val();
      sums[sums.size() / 2] = combine(kind, sums[sums.size() / 2], last);
    }
    return sums[0];
  };
  loop(from.inner(), width, [&](Value inner) {
    loop(from.outer() / group, 1, [&](Value outer) {
      Value first = arith::MulIOp::create(b, outer, index(group));
      Value sum = reduceGroup(first, inner);
      if (to.tile.getRank() == 1) {
        vector::StoreOp::create(b, sum, to.memref, inner);
      } else if (to.layout == from.layout) {
        vector::StoreOp::create(b, sum, to.memref, ValueRange{outer, inner});
      } else {
        for (int64_t i = 0; i < width; ++i) {
          Value at = arith::AddIOp::create(b, inner, index(i));
          memref::StoreOp::create(b, vector::ExtractOp::create(b, sum, i), to.memref,
                                  ValueRange{at, outer});
        }
      }
    });
  });
}

/// Vectors first, then within the last one.
void KernelEmitter::reduceWithin(const Reduction &reduction, const Storage &from,
                                 const Storage &to) {
  ReduceKind kind = reduction.kind;
  int64_t group = reduction.group.value_or(from.inner());
  int64_t width = widthFor(group);
  VectorType type = vectorType(width, b.getF32Type());
  bool rankOne = from.tile.getRank() == 1;
  auto load = [&](Value outer, Value inner) -> Value {
    ValueRange both{outer, inner};
    return vector::LoadOp::create(b, type, from.memref,
                                  rankOne ? ValueRange(inner) : both);
  };
  auto reduceGroup = [&](Value outer, Value first) -> Value {
    Value sum = load(outer, first);
    if (kind == ReduceKind::Max) // a NaN would hide what is compared with it
      sum = combine(kind, neutral(b, kind, type), sum);
    if (group != width) {
      Values more =
          carry(index(group - width), width, sum, [&](Value i, ValueRange part) {
            Value at = arith::AddIOp::create(b, first, index(width));
            at = arith::AddIOp::create(b, at, i);
            return Values{combine(kind, part[0], load(outer, at))};
          });
      sum = more[0];
    }
    if (kind == ReduceKind::Max)
      return vector::ReductionOp::create(b, vector::CombiningKind::MAXNUMF, sum);
    // A tree instead of a chain: the order is fixed either way.
    return vector::ReductionOp::create(b, vector::CombiningKind::ADD, sum,
                                       arith::FastMathFlags::reassoc);
  };
  loop(from.outer(), 1, [&](Value outer) {
    loop(from.inner() / group, 1, [&](Value piece) {
      Value first = arith::MulIOp::create(b, piece, index(group));
      Value sum = reduceGroup(outer, first);
      SmallVector<Value> at{outer, piece};
      if (to.tile.getRank() == 1)
        at = {rankOne ? piece : outer};
      else if (to.layout != from.layout)
        std::swap(at[0], at[1]);
      memref::StoreOp::create(b, sum, to.memref, at);
    });
  });
}

} // namespace fovea::tile_to_loops
