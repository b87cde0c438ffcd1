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
  InputGradEmitter(KernelEmission &kernel, attn::CompressGradInputOp op)
      : b(kernel.getBuilder()), kernel(kernel), tile(kernel.getWindows()), op(op),
        dout(kernel.getView(op.getDout())) {}

  void emit() {
    bool isMean = op.getPhi().getKind() == attn::PhiKind::Mean;
    Value mean = isMean ? emitMean() : Value(); // of every token of a stride
    Value dinput = kernel.getView(op.getDinput());
    int64_t stride = op.getWindows().getStride();
    b.emitLoop(b.index(stride), /*step=*/1, {}, [&](Value token, ValueRange) {
      tile.storeTokens(b, isMean ? mean : emitWeighted(token), dinput, token);
      return SmallVector<Value>();
    });
  }

private:
  /// The sum over the windows that a stride is in, of which it is part `part`.
  Value emitSum(function_ref<Value(Value part, Value row)> term) {
    int64_t parts = op.getWindows().getBlock() / op.getWindows().getStride();
    Value zero = b.constantTile({tile.windows, attn::dimOf(op.getInput())}, 0);
    return b.emitLoop(b.index(parts), /*step=*/1, zero,
                      [&](Value part, ValueRange carried) {
                        Value row = b.toF32(tile.loadEarlier(b, dout, part));
                        return SmallVector<Value>{b.addf(carried[0], term(part, row))};
                      })[0];
  }

  Value emitMean() {
    Value sum = emitSum([](Value, Value row) { return row; });
    return b.mulf(sum, b.constantLike(sum, 1.0 / op.getWindows().getBlock()));
  }

  Value emitWeighted(Value token) {
    Value weights = kernel.getView(op.getParams()[0]);
    return emitSum([&](Value part, Value row) {
      Value r = b.add(b.mul(part, op.getWindows().getStride()), token);
      return b.mulf(row, emitWeight(b, weights, tile.kvHead, r, row));
    });
  }

  TileBuilder &b;
  KernelEmission &kernel;
  const WindowTile &tile;
  attn::CompressGradInputOp op;
  Value dout;
};

struct CompressGradInputLowering final
    : EmitTileOpInterface::ExternalModel<CompressGradInputLowering,
                                         attn::CompressGradInputOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    InputGradEmitter(kernel, cast<attn::CompressGradInputOp>(operation)).emit();
    return success();
  }
};
} // namespace

void fovea::attachCompressGradInputLowering(MLIRContext &context) {
  attn::CompressGradInputOp::attachInterface<CompressGradInputLowering>(context);
}
