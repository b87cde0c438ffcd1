//===- RowKernels.cpp - kernels beside the operations' own ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// What is before or behind an operation's kernel: an array is cleared, parts of sums
// are added up. A program has some rows of one head.
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"

#include "fovea/Conversion/AttnToTile/QueryVisits.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace fovea;

namespace {
/// The rows of one program.
struct ProgramRows {
  TileBuilder &b;
  int64_t size;
  Value first, head, count;

  /// At most `size` of all `rows`.
  ProgramRows(TileBuilder &b, int64_t size, Value rows)
      : b(b), size(size), first(b.mul(tile::ProgramIdOp::create(b, 0), size)),
        head(tile::ProgramIdOp::create(b, 1)), count(b.sub(rows, first)) {}

  static int64_t dimOf(Value view) {
    return cast<MemRefType>(view.getType()).getDimSize(2);
  }

  /// Those of head `from` of a view [rows, heads, D].
  Value load(Value view, Value from) const {
    return b.load(view, {first, from, b.index(0)}, {size, 1, dimOf(view)}, count);
  }

  /// One value of each of a view [rows, heads].
  Value loadValues(Value view, Value from) const {
    return b.load(view, {first, from}, {size, 1}, count, /*rank=*/1);
  }
  void storeValues(Value values, Value view) const {
    b.store(values, view, {first, head}, {size, 1}, count);
  }

  /// Stores them as those of the program's head.
  void store(Value tile, Value view) const {
    b.store(tile, view, {first, head, b.index(0)}, {size, 1, dimOf(view)}, count);
  }
};
} // namespace

void fovea::emitZeroFill(TileBuilder &b, Value view, Value rows) {
  ProgramRows program(b, kZeroFillRows, rows);
  Value none = b.constantTile({kZeroFillRows, ProgramRows::dimOf(view)}, 0);
  program.store(none, view);
}

/// Parts that a program merges at once: a divisor of `count`, whose rows a warp has
/// registers for.
static int64_t countTogether(int64_t count, int64_t dim) {
  constexpr int64_t kColumns = 1024;
  int64_t together = std::clamp<int64_t>(kColumns / dim, 1, count);
  while (count % together != 0)
    --together;
  return together;
}

void fovea::emitPartMerge(TileBuilder &b, ValueRange views, Value rows) {
  Value parts = views[0], stats = views[1], out = views[3];
  ProgramRows program(b, kPartSumRows, rows);
  int64_t dim = ProgramRows::dimOf(out);
  int64_t heads = cast<MemRefType>(out.getType()).getDimSize(1);
  int64_t count = cast<MemRefType>(parts.getType()).getDimSize(1) / heads;
  Value most = b.minusInfinity({kPartSumRows});
  for (int64_t part = 0; part < count; ++part) {
    Value head = b.add(program.head, part * heads);
    Value lse = program.loadValues(stats, head);
    most = arith::MaxNumFOp::create(b, most, lse);
  }
  // A row that has seen no key subtracts 0, and all of its weights are 0.
  Value none = b.minusInfinity({kPartSumRows}), zero = b.constantLike(most, 0.0);
  Value isEmpty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, most, none);
  Value shift = b.select(isEmpty, zero, most);
  int64_t together = countTogether(count, dim);
  SmallVector<Value> inits{b.constantTile({kPartSumRows, dim}, 0), zero};
  auto emitSome = [&](Value firstPart, ValueRange carried) {
    Value sum = carried[0], weightSum = carried[1];
    Value first = b.add(program.head, b.mul(firstPart, heads));
    // All that is loaded is on its way before any of it is added.
    SmallVector<std::pair<Value, Value>> loaded;
    for (int64_t part = 0; part < together; ++part) {
      Value head = b.add(first, part * heads);
      Value lse = program.loadValues(stats, head);
      loaded.emplace_back(lse, program.load(parts, head));
    }
    for (auto [lse, rows] : loaded) {
      Value factor = b.constantLike(lse, llvm::numbers::log2e);
      Value weight = math::Exp2Op::create(b, b.mulf(b.subf(lse, shift), factor));
      weightSum = b.addf(weightSum, weight);
      sum = b.addf(sum, b.mulf(rows, b.alongRows(weight, dim)));
    }
    return SmallVector<Value>{sum, weightSum};
  };
  auto sums = b.emitLoop(b.index(count), together, inits, emitSome);
  Value one = b.constantLike(zero, 1.0), divisor = b.select(isEmpty, one, sums[1]);
  Value inverse = arith::DivFOp::create(b, one, divisor);
  program.store(b.mulf(sums[0], b.alongRows(inverse, dim)), out);
  Value log = math::Log2Op::create(b, divisor);
  log = b.mulf(log, b.constantLike(log, llvm::numbers::ln2));
  program.storeValues(b.select(isEmpty, none, b.addf(shift, log)), views[2]);
}

void fovea::emitPartSums(TileBuilder &b, Value parts, Value sums, Value rows) {
  ProgramRows program(b, kPartSumRows, rows);
  int64_t heads = cast<MemRefType>(sums.getType()).getDimSize(1);
  Value all = b.index(cast<MemRefType>(parts.getType()).getDimSize(1));
  Value none = b.constantTile({kPartSumRows, ProgramRows::dimOf(sums)}, 0);
  Value sum = b.emitLoop(all, heads, none, [&](Value from, ValueRange carried) {
    Value rows = program.load(parts, b.add(program.head, from));
    return SmallVector<Value>{b.addf(carried[0], rows)};
  })[0];
  program.store(sum, sums);
}

/// Where the located keys and their queries are.
static Place emitListedPlace(TileBuilder &b, tile::LocateOp run, ValueRange views,
                             Value rows) {
  constexpr size_t kTogether = 5; // views where queries are the same tokens
  if (views.size() == kTogether)
    return Place::packed(b, run.getBase(), run.getLength(), run.getKeys());
  Value lengths = views.size() > kTogether + 1 ? views[4] : Value();
  Value queries = memref::DimOp::create(b, views[2], 0);
  return emitPlaceApart(b, run, /*ofKeys=*/true,
                        {views[3], queries, views[0], rows, lengths});
}

void fovea::emitListedSums(TileBuilder &b, const ListedParts &listed, ValueRange views,
                           Value rows) {
  Value cuSeqlens = views.front(), parts = views.drop_back().back();
  Value sums = views.back();
  int64_t heads = cast<MemRefType>(sums.getType()).getDimSize(1);
  SmallVector<Type> types(5, b.getIndexType());
  Value program = tile::ProgramIdOp::create(b, 0);
  auto run =
      tile::LocateOp::create(b, types, program, cuSeqlens, rows, listed.getStep());
  Place place = emitListedPlace(b, run, views, rows);
  Value head = tile::ProgramIdOp::create(b, 1);
  KeyTile keys = KeyTile::at(b, kPartSumRows, kPartSumRows, listed.keySet, place,
                             run.getFirst(), heads, listed.parts, head);
  auto branch = scf::IfOp::create(b, b.less(b.index(0), keys.count));
  b.setInsertionPointToStart(branch.thenBlock());
  QueryVisits visits(b, keys, listed.keySet, {views[1], views[2], listed.keys},
                     listed.tokens, /*group=*/1, /*groupRows=*/1);
  Value none = b.constantTile({kPartSumRows, ProgramRows::dimOf(sums)}, 0);
  Value sum = b.emitLoop(
      visits.emitPartCount(), /*step=*/1, none, [&](Value part, ValueRange carried) {
        Value rows = visits.emitSumRows(part).load(b, parts, kPartSumRows);
        return SmallVector<Value>{b.addf(carried[0], rows)};
      })[0];
  keys.store(sum, sums);
  b.setInsertionPointAfter(branch);
}
