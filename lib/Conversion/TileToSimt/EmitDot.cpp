//===- EmitDot.cpp - matrix products --------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// wgmma reads an operand in shared memory in chunks of `swizzle` bytes (Placement.h).
// Where the inner dim runs along rows of the chunk ("K-major": lhs, transposed rhs), a
// step of 16 elements is 32 bytes further in the row, then the next chunk. Where it
// runs across rows (rhs as it is), a step is 16 rows further, and the descriptor's
// leading offset leads from chunk to chunk along the columns.
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

static constexpr int64_t kStep = 16;             ///< inner elements of an instruction
static constexpr int64_t kStepBytes = 2 * kStep; ///< of 16-bit elements
static constexpr int64_t kMaxColumns = 256;

simt::Half halfOf(Type element) {
  return element.isBF16() ? simt::Half::BF16 : simt::Half::F16;
}

/// Where in shared memory the k-th step of a K-major operand starts, in bytes.
static int64_t alongRow(int64_t k, int64_t rows, int64_t swizzle) {
  return k * kStepBytes / swizzle * rows * swizzle + k * kStepBytes % swizzle;
}

static bool isZero(Value acc) {
  auto constant = acc.getDefiningOp<arith::ConstantOp>();
  auto value =
      constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : DenseElementsAttr();
  return value && value.isSplat() && value.getSplatValue<APFloat>().isPosZero();
}

LogicalResult KernelEmitter::emitIssueDot(IssueDotOp op) {
  if (!usesWgmma())
    return emitMmaSync(op);
  RankedTensorType rhs = tileType(op.getRhs());
  int64_t columns = rhs.getDimSize(op.getTransposeRhs() ? 0 : 1);
  int64_t inner = rhs.getDimSize(op.getTransposeRhs() ? 1 : 0);
  if (inner % kStep != 0 || columns > kMaxColumns)
    return op.emitOpError() << "expected " << kStep
                            << " to divide the inner dim and at "
                            << "most " << kMaxColumns << " columns, got " << inner
                            << " and " << columns;
  bind(op.getPending(), emitWgmma(op));
  return success();
}

Value KernelEmitter::emitWgmma(IssueDotOp op) {
  RankedTensorType lhs = tileType(op.getLhs()), rhs = tileType(op.getRhs());
  bool transposed = op.getTransposeRhs();
  int64_t rhsRows = rhs.getDimSize(0), inner = lhs.getDimSize(1);
  int64_t rhsSwizzle = encodingOf<SharedAttr>(op.getRhs()).getSwizzle();
  auto lhsShared = encodingOf<SharedAttr>(op.getLhs());

  Value rhsBase = simt::DescriptorOp::create(b, b.getI64Type(), lookup(op.getRhs()),
                                             transposed ? 16 : rhsRows * rhsSwizzle,
                                             8 * rhsSwizzle, rhsSwizzle);
  Value lhsBase, lhsFragment;
  if (lhsShared) {
    int64_t swizzle = lhsShared.getSwizzle();
    Value firstRow = b.mul(warpgroup, kWarpsPerGroup * kFragmentRows);
    Value address = b.offset(lookup(op.getLhs()), b.mul(firstRow, swizzle));
    lhsBase = simt::DescriptorOp::create(b, b.getI64Type(), address, 16, 8 * swizzle,
                                         swizzle);
  } else {
    lhsFragment = lookup(op.getLhs());
  }
  Value acc = isZero(op.getAcc()) ? Value() : lookup(op.getAcc());
  Type resultType = convertType(op.getAcc().getType());
  simt::WgmmaFenceOp::create(b);
  for (int64_t k = 0; k < inner / kStep; ++k) {
    Value a;
    if (lhsShared) {
      a = b.add(lhsBase, alongRow(k, lhs.getDimSize(0), lhsShared.getSwizzle()) / 16);
    } else {
      a = b.permute(lhsFragment, {4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3});
    }
    int64_t rhsByte =
        transposed ? alongRow(k, rhsRows, rhsSwizzle) : k * kStep * rhsSwizzle;
    acc = simt::WgmmaOp::create(b, resultType, halfOf(rhs.getElementType()), a,
                                b.add(rhsBase, rhsByte / 16), acc, !transposed);
  }
  simt::WgmmaCommitOp::create(b);
  return acc;
}

void KernelEmitter::emitWait(WaitOp op) {
  Value value = lookup(op.getPending());
  if (usesWgmma())
    value = simt::WgmmaWaitOp::create(b, value.getType(), op.getNewer(), value);
  bind(op.getTile(), value);
}

//===----------------------------------------------------------------------===//
// mma.sync: warp by warp, operands by ldmatrix
//===----------------------------------------------------------------------===//

Value unitAddress(ThreadBuilder &b, Value tile, int64_t swizzle, Value row,
                  Value unit) {
  Value byte = sharedUnitByte(swizzle, ThreadNumber(b, row), ThreadNumber(b, unit));
  return b.offset(tile, b.toI64(byte));
}

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
} // namespace

/// Synchronous: the result is there at once. Each warp computes its own 16 rows.
LogicalResult KernelEmitter::emitMmaSync(IssueDotOp op) {
  RankedTensorType lhs = tileType(op.getLhs()), rhs = tileType(op.getRhs());
  bool transposed = op.getTransposeRhs();
  int64_t inner = lhs.getDimSize(1);
  int64_t columns = rhs.getDimSize(transposed ? 0 : 1);
  if (inner % kStep != 0 || columns % kStep != 0)
    return op.emitOpError() << "expected " << kStep
                            << " to divide the inner dim and the columns, got " << inner
                            << " and " << columns;
  simt::Half half = halfOf(rhs.getElementType());
  // Matrices of lanes 0 .. 7, 8 .. 15, ...: down the rows first, or along the units.
  Value low8 = b.rem(lane, 8), matrix = b.div(lane, 8);
  Value first = b.rem(matrix, 2), second = b.div(matrix, 2);
  auto operandOf = [&](Value tile, Value rowHalf, Value unit) {
    return MatrixOperand(b, tile, lookup(tile), b.add(low8, b.mul(rowHalf, 8)), unit);
  };
  // Transposed rhs: its rows are columns of the product.
  MatrixOperand right = transposed ? operandOf(op.getRhs(), second, first)
                                   : operandOf(op.getRhs(), first, second);
  std::optional<MatrixOperand> left;
  if (encodingOf<SharedAttr>(op.getLhs())) {
    left.emplace(operandOf(op.getLhs(), first, second));
    left->laneRow = b.add(left->laneRow, b.mul(warp, kFragmentRows));
  }
  SmallVector<Value> accs;
  Value acc = lookup(op.getAcc());
  for (int64_t j = 0; j < columns / 8; ++j)
    accs.push_back(b.permute(acc, {4 * j, 4 * j + 1, 4 * j + 2, 4 * j + 3}));
  for (int64_t k = 0; k < inner / kStep; ++k) {
    Value a =
        left ? left->load(0, k, false)
             : b.permute(lookup(op.getLhs()), {4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3});
    for (int64_t n = 0; n < columns / kStep; ++n) {
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
  bind(op.getPending(), b.fromElements(elements));
  return success();
}

} // namespace fovea::tile_to_simt
