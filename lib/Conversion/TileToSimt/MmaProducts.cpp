//===- MmaProducts.cpp - products by warps, operands by ldmatrix ----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "ProductEmitter.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

namespace {
/// An operand in shared memory. A lane gives ldmatrix the address of one row of one of
/// four 8x8 matrices, which make 16 rows and two units of columns: `laneRow` of these
/// rows, `laneUnit` of the units. Steps from there are constants: 16 rows leave the
/// turn of a row's units as it is, and an even unit changes none but the upper bits.
struct MatrixOperand {
  MatrixOperand(ThreadBuilder &b, Value tile, Value address, Value laneRow,
                Value laneUnit)
      : b(b), address(address), laneRow(laneRow), laneUnit(laneUnit),
        rows(tileType(tile).getDimSize(0)),
        swizzle(encodingOf<SharedAttr>(tile).getSwizzle()) {}

  /// `rowBlock` counts blocks of 16 rows, `columnBlock` blocks of 16 columns.
  Value load(int64_t rowBlock, int64_t columnBlock, bool transpose) {
    int64_t units = swizzle / 16, unit = 2 * columnBlock;
    Value inChunk = b.lxor(laneUnit, b.i32(unit % units));
    int64_t further = (unit / units * rows + 16 * rowBlock) * swizzle;
    Value from = b.offset(unitAddress(b, address, swizzle, laneRow, inChunk), further);
    return simt::LoadMatrixOp::create(b, VectorType::get(4, b.getI32Type()), from,
                                      transpose);
  }

  ThreadBuilder &b;
  Value address, laneRow, laneUnit;
  int64_t rows, swizzle;
};

class MmaProducts final : public ProductEmitter {
public:
  using ProductEmitter::ProductEmitter;

  LogicalResult emitIssue(IssueDotOp op) override;
  SmallVector<Value> emitWait(WaitOp, ArrayRef<Value> values) override {
    return SmallVector<Value>(values);
  }
  int64_t unitWarps() const override { return 1; }
  void emitUnitSync() override { simt::SyncWarpOp::create(b); }
  bool endsReadsTogether() const override { return false; }
};
} // namespace

/// Synchronous: the result is there at once. Each warp computes its own 16 rows.
LogicalResult MmaProducts::emitIssue(IssueDotOp op) {
  RankedTensorType lhs = tileType(op.getLhs()), rhs = tileType(op.getRhs());
  bool transposed = op.getTransposeRhs();
  int64_t inner = lhs.getDimSize(1);
  int64_t columns = rhs.getDimSize(transposed ? 0 : 1);
  if (inner % kInnerStep != 0 || columns % kInnerStep != 0)
    return op.emitOpError() << "expected " << kInnerStep
                            << " to divide the inner dim and the columns, got " << inner
                            << " and " << columns;
  simt::Half half = halfOf(rhs.getElementType());
  // Matrices of lanes 0 .. 7, 8 .. 15, ...: down the rows first, or along the units.
  Value low8 = b.rem(frame.lane, 8), matrix = b.div(frame.lane, 8);
  Value first = b.rem(matrix, 2), second = b.div(matrix, 2);
  auto operandOf = [&](Value tile, Value rowHalf, Value unit) {
    return MatrixOperand(b, tile, frame.lookup(tile), b.add(low8, b.mul(rowHalf, 8)),
                         unit);
  };
  // Transposed rhs: its rows are columns of the product.
  MatrixOperand right = transposed ? operandOf(op.getRhs(), second, first)
                                   : operandOf(op.getRhs(), first, second);
  std::optional<MatrixOperand> left;
  if (encodingOf<SharedAttr>(op.getLhs())) {
    left.emplace(operandOf(op.getLhs(), first, second));
    left->laneRow = b.add(left->laneRow, b.mul(frame.warp, kFragmentRows));
  }
  SmallVector<Value> accs;
  Value acc = frame.lookup(op.getAcc());
  for (int64_t j = 0; j < columns / 8; ++j)
    accs.push_back(b.permute(acc, {4 * j, 4 * j + 1, 4 * j + 2, 4 * j + 3}));
  for (int64_t k = 0; k < inner / kInnerStep; ++k) {
    Value a = left ? left->load(0, k, false)
                   : b.permute(frame.lookup(op.getLhs()),
                               {4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3});
    for (int64_t n = 0; n < columns / kInnerStep; ++n) {
      // Two 16x8 operands.
      Value four = transposed ? right.load(n, k, false) : right.load(k, n, true);
      for (int64_t i : {0, 1}) {
        Value operand = b.permute(four, {2 * i, 2 * i + 1});
        Value &sum = accs[2 * n + i];
        sum = simt::MmaOp::create(b, sum.getType(), half, a, operand, sum);
      }
    }
  }
  SmallVector<Value> elements;
  for (Value part : accs)
    for (int64_t i = 0; i < 4; ++i)
      elements.push_back(b.extract(part, i));
  frame.bind(op.getPending(), b.fromElements(elements));
  return success();
}

std::unique_ptr<ProductEmitter> createMmaProducts(KernelFrame &frame) {
  return std::make_unique<MmaProducts>(frame);
}

} // namespace fovea::tile_to_simt
