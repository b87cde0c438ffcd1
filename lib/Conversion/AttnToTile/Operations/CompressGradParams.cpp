//===- CompressGradParams.cpp - lowering attn.compress_grad_params --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A program sums over all windows what one row of theirs gives its weights and its
// position; where there is a hidden layer, a last one sums what is of no row. The
// position's gradient is the weight times the sum of dout: where rows weigh the same,
// as in a mean, one sum is that of all rows.
//
//===----------------------------------------------------------------------===//

#include "../Compress.h"
#include "../WindowSums.h"
#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"

#include <algorithm>

using namespace mlir;
using namespace fovea;

namespace {

class ParamGradEmitter {
public:
  ParamGradEmitter(KernelEmission &kernel, attn::CompressGradParamsOp op, int64_t depth)
      : b(kernel.getBuilder()), kernel(kernel), head(kernel.getHeads().head),
        r(kernel.getHeads().part), op(op), dim(attn::dimOf(op.getInput())),
        depth(depth ? depth : dim), sums(b, kernel.getHeads(), op.getWindows()),
        inputs(CompressInputs::of(op, kernel, depth)) {}

  void emit() {
    Value dpositions = op.getPositions() ? viewOf(op.getGrads().back()) : Value();
    switch (op.getPhi().getKind()) {
    case attn::PhiKind::Mean:
      return emitMean(dpositions);
    case attn::PhiKind::Weighted:
      return emitWeighted(dpositions);
    case attn::PhiKind::Linear:
      return emitMatrix(kernel.getView(op.getDout()), dpositions);
    case attn::PhiKind::Mlp:
      return emitMlp(dpositions);
    case attn::PhiKind::Gated:
      return emitGated(dpositions);
    }
    llvm_unreachable("every kind is covered");
  }

private:
  /// The view of a gradient that leaves, else null.
  Value viewOf(Value gradient) {
    return kernel.leaves(gradient) ? kernel.getView(gradient) : Value();
  }

  Value sumDout() { return sums.sumRows(kernel.getView(op.getDout())); }

  void storePosition(Value gradient, Value view, Value row) {
    b.store(gradient, view, {head, row, b.index(0)}, {1, 1, dim});
  }

  /// All positions get the same.
  void emitMean(Value dpositions) {
    int64_t block = op.getWindows().getBlock();
    Value sum = sumDout();
    Value mean = b.mulf(sum, b.constantLike(sum, 1.0 / block));
    b.emitLoop(b.index(block), /*step=*/1, {}, [&](Value row, ValueRange) {
      storePosition(mean, dpositions, row);
      return SmallVector<Value>();
    });
  }

  void emitWeighted(Value dpositions) {
    if (Value dweights = viewOf(op.getGrads().front()))
      HeadTile::storeTotal(b, sumRowProducts(), dweights, {head, r});
    if (!dpositions)
      return;
    Value sum = sumDout();
    Value weight = emitWeight(b, kernel.getView(op.getParams()[0]), head, r, sum);
    storePosition(b.mulf(sum, weight), dpositions, r);
  }

  /// Of the products of a row of each window with its row of dout.
  Value sumRowProducts() {
    Value zero = b.constantTile({kernel.getHeads().tokens}, 0);
    return sums.sum(zero, [&](const WindowTile &tile, Value sum) {
      Value y = emitRow(b, tile, inputs, r, b.index(0), dim);
      Value d = b.toF32(tile.load(b, kernel.getView(op.getDout())));
      return b.addf(sum, b.reduce(tile::ReduceKind::Add, b.mulf(y, d), 1));
    });
  }

  /// Emits what the programs of a window's rows have, and what the last one has.
  void emitParts(function_ref<void()> ofRow, function_ref<void()> ofLast) {
    Value isRow = b.less(r, b.index(op.getWindows().getBlock()));
    auto branch = scf::IfOp::create(b, isRow, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    ofRow();
    b.setInsertionPointToStart(branch.elseBlock());
    ofLast();
  }

  //===--------------------------------------------------------------------===//
  // Gates
  //===--------------------------------------------------------------------===//

  void emitGated(Value dpositions) {
    auto ofRow = [&] {
      if (Value dlogits = viewOf(op.getGrads()[1])) {
        Value zero = b.constantTile({kernel.getHeads().tokens}, 0);
        Value numbers = sums.sum(zero, [&](const WindowTile &tile, Value sum) {
          return b.addf(sum, loadDlogits(tile, r));
        });
        HeadTile::storeTotal(b, numbers, dlogits, {head, r});
      }
      if (dpositions)
        storePosition(sumGated(), dpositions, r);
    };
    emitParts(ofRow, [&] {
      if (Value du = viewOf(op.getGrads()[0])) {
        Value sum = sumLogitRows();
        b.store(sum, du, {head, b.index(0)}, {1, dim});
      }
    });
  }

  Value loadDlogits(const WindowTile &tile, Value row) {
    return b.toF32(tile.loadColumn(b, kernel.getView(op.getHidden()[1]), row));
  }

  /// A sum of rows [windows, D], down to [D].
  Value sumTiles(WindowSums::Tiles add) {
    Value zero = b.constantTile({kernel.getHeads().tokens, dim}, 0);
    return b.reduce(tile::ReduceKind::Add, sums.sum(zero, add), 0);
  }

  /// Of dout by the gates of the program's row, and of u by the gradients of its
  /// logits.
  Value sumGated() {
    Value gates = kernel.getView(op.getHidden()[0]);
    Value dout = kernel.getView(op.getDout());
    return sumTiles([&](const WindowTile &tile, Value sum) {
      Value u = emitRowParam(b, tile, inputs.params[0]);
      Value gate = b.alongRows(b.toF32(tile.loadColumn(b, gates, r)), dim);
      Value ofRow = b.mulf(b.toF32(tile.load(b, dout)), gate);
      Value ofLogits = b.mulf(u, b.alongRows(loadDlogits(tile, r), dim));
      return b.addf(b.addf(sum, ofRow), ofLogits);
    });
  }

  /// Of all rows by the gradients of their logits.
  Value sumLogitRows() {
    return sumTiles([&](const WindowTile &tile, Value sum) {
      auto addRow = [&](Value row, ValueRange carried) {
        Value y = emitRow(b, tile, inputs, row, b.index(0), dim);
        Value added = b.mulf(y, b.alongRows(loadDlogits(tile, row), dim));
        return SmallVector<Value>{b.addf(carried[0], added)};
      };
      return b.emitLoop(b.index(op.getWindows().getBlock()), /*step=*/1, sum,
                        addRow)[0];
    });
  }

  //===--------------------------------------------------------------------===//
  // Matrices
  //===--------------------------------------------------------------------===//

  /// Goes through the rows of a matrix, `step` at a time: the last ones may be some of
  /// those before once more, which get the same again.
  void forRows(int64_t rows, int64_t step, function_ref<void(Value first)> body) {
    Value steps = b.index(llvm::divideCeil(rows, step));
    b.emitLoop(steps, /*step=*/1, {}, [&](Value number, ValueRange) {
      body(b.min(b.mul(number, step), rows - step));
      return SmallVector<Value>();
    });
  }

  /// Of the matrix that row r of a window is multiplied with, whose products are with
  /// `rows`: dout, or the gradient of a hidden layer.
  void emitMatrix(Value rows, Value dpositions) {
    if (Value dmatrices = viewOf(op.getGrads().front()))
      forRows(dim, depth, [&](Value first) {
        auto left = [&](const WindowTile &tile) { return loadColumns(tile, first); };
        Value products = sums.sumProducts(depth, columnsOf(rows), left, rows);
        b.store(products, dmatrices, matrixAt(first), sizesOf(rows));
      });
    if (!dpositions)
      return;
    Value sum = sums.sumRows(rows), matrices = kernel.getView(op.getParams()[0]);
    forRows(dim, depth, [&](Value first) {
      Value part = b.toF32(b.load(matrices, matrixAt(first), sizesOf(rows)));
      Value products = b.mulf(part, b.alongColumns(sum, depth));
      b.store(b.reduce(tile::ReduceKind::Add, products, 1), dpositions,
              {head, r, first}, {1, 1, depth});
    });
  }

  static int64_t columnsOf(Value view) {
    return cast<MemRefType>(view.getType()).getShape().back();
  }

  /// Where `depth` rows of the matrix are, from `first` on: it is one of its own, or
  /// rows of the first layer's.
  SmallVector<Value> matrixAt(Value first) {
    Value zero = b.index(0);
    if (op.getPhi().getKind() == attn::PhiKind::Linear)
      return {head, r, first, zero};
    return {head, b.add(b.mul(r, dim), first), zero};
  }
  SmallVector<int64_t> sizesOf(Value rows) {
    bool isLinear = op.getPhi().getKind() == attn::PhiKind::Linear;
    SmallVector<int64_t> sizes(isLinear ? 2 : 1, 1);
    sizes.append({depth, columnsOf(rows)});
    return sizes;
  }

  /// The last program's are the second layer and the biases.
  void emitMlp(Value dpositions) {
    emitParts([&] { emitMatrix(kernel.getView(op.getHidden()[1]), dpositions); },
              [&] { emitSecondLayer(); });
  }

  void emitSecondLayer() {
    Value dout = kernel.getView(op.getDout()), zero = b.index(0);
    Value active = kernel.getView(op.getHidden()[0]);
    Value dhidden = kernel.getView(op.getHidden()[1]);
    int64_t hidden = op.getPhi().getHidden(), rows = std::min(hidden, depth);
    if (Value dmatrix = viewOf(op.getGrads()[2]))
      forRows(hidden, rows, [&](Value first) {
        auto left = [&](const WindowTile &tile) {
          return tile.loadTransposed(b, active, first, rows);
        };
        b.store(sums.sumProducts(rows, dim, left, dout), dmatrix, {head, first, zero},
                {1, rows, dim});
      });
    for (auto [gradient, summed] :
         {std::pair(op.getGrads()[1], dhidden), std::pair(op.getGrads()[3], dout)})
      if (Value dbias = viewOf(gradient))
        b.store(sums.sumRows(summed), dbias, {head, zero}, {1, columnsOf(summed)});
  }

  /// Columns of the program's row of every window, one after the other, with their
  /// positions.
  Value loadColumns(const WindowTile &tile, Value first) {
    Value x = tile.loadTokensTransposed(b, inputs.input, r, first, depth);
    if (!inputs.positions)
      return x;
    Value positions = b.toF32(
        b.load(inputs.positions, {head, r, first}, {1, 1, depth}, {}, /*rank=*/1));
    Value y = b.toF32(x);
    return b.addf(y, b.alongRows(positions, tile.windows));
  }

  TileBuilder &b;
  KernelEmission &kernel;
  Value head, r; ///< the program's, and its row of windows
  attn::CompressGradParamsOp op;
  int64_t dim;
  int64_t depth; ///< rows of a matrix at a time
  WindowSums sums;
  CompressInputs inputs;
};

struct CompressGradParamsLowering final
    : EmitTileOpInterface::ExternalModel<CompressGradParamsLowering,
                                         attn::CompressGradParamsOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::CompressGradParamsOp>(operation);
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule))
      return failure();
    ParamGradEmitter(kernel, op, schedule->getDepth()).emit();
    return success();
  }
};
} // namespace

void fovea::attachCompressGradParamsLowering(MLIRContext &context) {
  attn::CompressGradParamsOp::attachInterface<CompressGradParamsLowering>(context);
}
