//===- CompressGradInput.cpp - lowering attn.compress_grad_input to tile --===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A tile's rows are strides of tokens. Token s of stride i is row s + j * d of window
// i - j, d being the stride, for each part j of a window: so what the same token of all
// strides gets of their windows are whole rows of dout, one after the other, and no row
// is gathered.
//
//===----------------------------------------------------------------------===//

#include "../Compress.h"
#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"

using namespace mlir;
using namespace fovea;

namespace {

/// Emits the gradient of one tile of strides.
class InputGradEmitter {
public:
  InputGradEmitter(KernelEmission &kernel, attn::CompressGradInputOp op, int64_t depth)
      : b(kernel.getBuilder()), kernel(kernel), tile(kernel.getWindows()), op(op),
        dim(attn::dimOf(op.getInput())), depth(depth ? depth : dim),
        stride(op.getWindows().getStride()), parts(op.getWindows().getBlock() / stride),
        kind(op.getPhi().getKind()),
        rows(kernel.getView(isMlp() ? op.getHidden()[1] : op.getDout())) {}

  void emit() {
    Value mean = kind == attn::PhiKind::Mean ? emitMean() : Value(); // of every token
    forSteps(stride, [&](Value token) {
      if (kind == attn::PhiKind::Linear || isMlp())
        return storeProducts(token);
      bool isGated = kind == attn::PhiKind::Gated;
      Value gradient = mean ? mean : isGated ? emitGated(token) : emitWeighted(token);
      store(gradient, token, b.index(0));
    });
  }

private:
  bool isMlp() { return kind == attn::PhiKind::Mlp; }

  void forSteps(int64_t count, function_ref<void(Value)> body) {
    b.emitLoop(b.index(count), /*step=*/1, {}, [&](Value step, ValueRange) {
      body(step);
      return SmallVector<Value>();
    });
  }

  void store(Value gradient, Value token, Value firstColumn) {
    tile.storeTokens(b, gradient, kernel.getView(op.getDinput()), token, firstColumn);
  }

  /// The row of a window that token `token` of its stride `part` is.
  Value emitWindowRow(Value part, Value token) {
    return b.add(b.mul(part, stride), token);
  }

  /// Goes through the windows that a stride is in, of which it is part `part`: adds
  /// what `add` makes of `columns` sums and their rows.
  Value emitSum(int64_t columns,
                function_ref<Value(Value part, Value row, Value)> add) {
    Value zero = b.constantTile({tile.windows, columns}, 0);
    auto emitPart = [&](Value part, ValueRange carried) {
      Value row = tile.loadEarlier(b, rows, part);
      return SmallVector<Value>{add(part, row, carried[0])};
    };
    return b.emitLoop(b.index(parts), /*step=*/1, zero, emitPart)[0];
  }

  Value emitMean() {
    Value sum = emitSum(
        dim, [&](Value, Value row, Value acc) { return b.addf(acc, b.toF32(row)); });
    return b.mulf(sum, b.constantLike(sum, 1.0 / op.getWindows().getBlock()));
  }

  Value emitWeighted(Value token) {
    Value weights = kernel.getView(op.getParams()[0]);
    return emitSum(dim, [&](Value part, Value row, Value acc) {
      Value r = emitWindowRow(part, token), d = b.toF32(row);
      return b.addf(acc, b.mulf(d, emitWeight(b, weights, tile.kvHead, r, d)));
    });
  }

  /// Rows of dout by the gates that each window has of the row, and u by the gradients
  /// of their logits.
  Value emitGated(Value token) {
    Value u = emitRowParam(b, tile, kernel.getView(op.getParams()[0]));
    Value gates = kernel.getView(op.getHidden()[0]);
    Value dlogits = kernel.getView(op.getHidden()[1]);
    return emitSum(dim, [&](Value part, Value row, Value acc) {
      Value r = emitWindowRow(part, token);
      auto loadNumbers = [&](Value view) {
        Value numbers = b.toF32(tile.loadEarlierColumn(b, view, part, r));
        return b.alongRows(numbers, dim);
      };
      Value ofRow = b.toF32(row);
      ofRow = b.mulf(ofRow, loadNumbers(gates));
      Value ofLogits = b.mulf(u, loadNumbers(dlogits));
      return b.addf(b.addf(acc, ofRow), ofLogits);
    });
  }

  /// Products with `depth` rows of the matrices at a time.
  void storeProducts(Value token) {
    forSteps(dim / depth, [&](Value step) {
      Value first = b.mul(step, depth);
      auto add = [&](Value part, Value row, Value acc) -> Value {
        Value matrix = loadMatrix(emitWindowRow(part, token), first);
        return tile::DotOp::create(b, row, matrix, acc, /*transposeRhs=*/true);
      };
      store(emitSum(depth, add), token, first);
    });
  }

  /// Some rows of what row r of a window is multiplied with: of a matrix of its own, or
  /// of the first layer's.
  Value loadMatrix(Value r, Value first) {
    Value matrices = kernel.getView(op.getParams()[0]), zero = b.index(0);
    if (isMlp())
      return b.load(matrices, {tile.kvHead, b.add(b.mul(r, dim), first), zero},
                    {1, depth, int64_t(op.getPhi().getHidden())});
    return b.load(matrices, {tile.kvHead, r, first, zero}, {1, 1, depth, dim});
  }

  TileBuilder &b;
  KernelEmission &kernel;
  const WindowTile &tile;
  attn::CompressGradInputOp op;
  int64_t dim, depth; ///< columns, and those of a product's result
  int64_t stride;
  int64_t parts; ///< strides of a window
  attn::PhiKind kind;
  Value rows; ///< a view: of dout, or of the gradient of a hidden layer
};

struct CompressGradInputLowering final
    : EmitTileOpInterface::ExternalModel<CompressGradInputLowering,
                                         attn::CompressGradInputOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::CompressGradInputOp>(operation);
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule))
      return failure();
    InputGradEmitter(kernel, op, schedule->getDepth()).emit();
    return success();
  }
};
} // namespace

void fovea::attachCompressGradInputLowering(MLIRContext &context) {
  attn::CompressGradInputOp::attachInterface<CompressGradInputLowering>(context);
}
