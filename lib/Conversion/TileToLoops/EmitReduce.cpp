//===- EmitReduce.cpp - sums and maxima -----------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>
#include <optional>

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

namespace {
/// `group` consecutive elements along `axis`, or all of them, become one.
struct Reduction {
  ReduceKind kind;
  int64_t axis;
  std::optional<int64_t> group;
};
} // namespace

static Value combine(LoopBuilder &b, ReduceKind kind, Value x, Value y) {
  if (kind == ReduceKind::Add)
    return arith::AddFOp::create(b, x, y);
  // One instruction on x86; a NaN in y is passed over, as x starts from -inf.
  Value greater = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, y, x);
  return arith::SelectOp::create(b, greater, y, x);
}

/// What changes nothing: 0, or -inf.
static Value neutral(LoopBuilder &b, ReduceKind kind, VectorType type) {
  float value =
      kind == ReduceKind::Add ? 0.0f : -std::numeric_limits<float>::infinity();
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, value));
}

/// Element by element over vectors, several sums at once to hide their latency.
static void reduceAcross(const Emission &emission, const Reduction &reduction,
                         const Storage &from, const Storage &to) {
  LoopBuilder &b = emission.b;
  ReduceKind kind = reduction.kind;
  int64_t group = reduction.group.value_or(from.outer());
  int64_t width = emission.frame.target.widthFor(from.inner());
  int64_t chains = group % 4 == 0 ? 4 : group % 2 == 0 ? 2 : 1;
  auto type = VectorType::get(width, b.getF32Type());
  auto reduceGroup = [&](Value first, Value inner) -> Value {
    Values inits(chains, neutral(b, kind, type));
    Values sums =
        b.emitLoop(b.index(group), chains, inits, [&](Value i, ValueRange partial) {
          Values next;
          for (int64_t c = 0; c < chains; ++c) {
            Value at = b.add(first, b.add(i, c));
            Value value =
                vector::LoadOp::create(b, type, from.memref, ValueRange{at, inner});
            next.push_back(combine(b, kind, partial[c], value));
          }
          return next;
        });
    while (sums.size() > 1) {
      Value last = sums.pop_back_val();
      sums[sums.size() / 2] = combine(b, kind, sums[sums.size() / 2], last);
    }
    return sums[0];
  };
  b.loop(from.inner(), width, [&](Value inner) {
    b.loop(from.outer() / group, 1, [&](Value outer) {
      Value first = b.mul(outer, group);
      Value sum = reduceGroup(first, inner);
      if (to.tile.getRank() == 1) {
        vector::StoreOp::create(b, sum, to.memref, inner);
      } else if (to.layout == from.layout) {
        vector::StoreOp::create(b, sum, to.memref, ValueRange{outer, inner});
      } else {
        for (int64_t i = 0; i < width; ++i) {
          Value at = b.add(inner, i);
          memref::StoreOp::create(b, vector::ExtractOp::create(b, sum, i), to.memref,
                                  ValueRange{at, outer});
        }
      }
    });
  });
}

/// Vectors first, then within the last one.
static void reduceWithin(const Emission &emission, const Reduction &reduction,
                         const Storage &from, const Storage &to) {
  LoopBuilder &b = emission.b;
  ReduceKind kind = reduction.kind;
  int64_t group = reduction.group.value_or(from.inner());
  int64_t width = emission.frame.target.widthFor(group);
  auto type = VectorType::get(width, b.getF32Type());
  bool rankOne = from.tile.getRank() == 1;
  auto load = [&](Value outer, Value inner) -> Value {
    Value at[] = {outer, inner};
    return vector::LoadOp::create(b, type, from.memref,
                                  ArrayRef(at).drop_front(rankOne ? 1 : 0));
  };
  auto reduceGroup = [&](Value outer, Value first) -> Value {
    Value sum = load(outer, first);
    if (kind == ReduceKind::Max) // a NaN would hide what is compared with it
      sum = combine(b, kind, neutral(b, kind, type), sum);
    if (group != width) {
      Values more =
          b.emitLoop(b.index(group - width), width, sum, [&](Value i, ValueRange part) {
            Value at = b.add(b.add(first, width), i);
            return Values{combine(b, kind, part[0], load(outer, at))};
          });
      sum = more[0];
    }
    if (kind == ReduceKind::Max)
      return vector::ReductionOp::create(b, vector::CombiningKind::MAXNUMF, sum);
    // A tree instead of a chain: the order is fixed either way.
    return vector::ReductionOp::create(b, vector::CombiningKind::ADD, sum,
                                       arith::FastMathFlags::reassoc);
  };
  b.loop(from.outer(), 1, [&](Value outer) {
    b.loop(from.inner() / group, 1, [&](Value piece) {
      Value first = b.mul(piece, group);
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

/// The reduced axis lies either across vectors, or within them.
static void reduce(const Emission &emission, const Reduction &reduction,
                   const Storage &from, const Storage &to) {
  bool within = from.tile.getRank() == 1 || (reduction.axis == 0) == from.isLanes();
  if (within)
    reduceWithin(emission, reduction, from, to);
  else
    reduceAcross(emission, reduction, from, to);
}

void emitReduce(const Emission &emission, ReduceOp op) {
  Reduction reduction{op.getKind(), int64_t(op.getAxis()), op.getGroup()};
  Storage from = emission.tiles.inMemory(op.getInput());
  reduce(emission, reduction, from, emission.scratch.storageOf(op.getResult()));
}

void emitBlockMax(const Emission &emission, BlockMaxOp op) {
  Reduction reduction{ReduceKind::Max, /*axis=*/1, int64_t(op.getKeys())};
  Storage from = emission.tiles.inMemory(op.getInput());
  reduce(emission, reduction, from, emission.scratch.storageOf(op.getScores()));
}

} // namespace fovea::tile_to_loops
