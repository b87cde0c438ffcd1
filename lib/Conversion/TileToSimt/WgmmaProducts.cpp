//===- WgmmaProducts.cpp - products by warpgroups -------------------------===//
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

#include "ProductEmitter.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

static constexpr int64_t kInnerStepBytes = 2 * kInnerStep; ///< of 16-bit elements
static constexpr int64_t kMaxColumns = 256;

namespace {
class WgmmaProducts final : public ProductEmitter {
public:
  using ProductEmitter::ProductEmitter;

  LogicalResult emitIssue(IssueDotOp op) override;
  SmallVector<Value> emitWait(WaitOp op, ArrayRef<Value> values) override {
    return simt::WgmmaWaitOp::create(b, ValueRange(values).getTypes(), op.getNewer(),
                                     values)
        .getResults();
  }
  int64_t unitWarps() const override { return kWarpsPerGroup; }
  void emitUnitSync() override { frame.syncWarpgroup(); }
  bool endsReadsTogether() const override { return true; }

private:
  Value emitProduct(IssueDotOp op);
};
} // namespace

LogicalResult WgmmaProducts::emitIssue(IssueDotOp op) {
  RankedTensorType rhs = tileType(op.getRhs());
  int64_t columns = rhs.getDimSize(op.getTransposeRhs() ? 0 : 1);
  int64_t inner = rhs.getDimSize(op.getTransposeRhs() ? 1 : 0);
  if (inner % kInnerStep != 0 || columns > kMaxColumns)
    return op.emitOpError() << "expected " << kInnerStep
                            << " to divide the inner dim and at "
                            << "most " << kMaxColumns << " columns, got " << inner
                            << " and " << columns;
  frame.bind(op.getPending(), emitProduct(op));
  return success();
}

/// Where in shared memory the k-th step of a K-major operand starts, in bytes.
static int64_t alongRow(int64_t k, int64_t rows, int64_t swizzle) {
  return k * kInnerStepBytes / swizzle * rows * swizzle + k * kInnerStepBytes % swizzle;
}

static bool isZero(Value acc) {
  auto constant = acc.getDefiningOp<arith::ConstantOp>();
  auto value =
      constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : DenseElementsAttr();
  return value && value.isSplat() && value.getSplatValue<APFloat>().isPosZero();
}

Value WgmmaProducts::emitProduct(IssueDotOp op) {
  RankedTensorType lhs = tileType(op.getLhs()), rhs = tileType(op.getRhs());
  bool transposed = op.getTransposeRhs();
  int64_t rhsRows = rhs.getDimSize(0), inner = lhs.getDimSize(1);
  int64_t rhsSwizzle = encodingOf<SharedAttr>(op.getRhs()).getSwizzle();
  auto lhsShared = encodingOf<SharedAttr>(op.getLhs());

  Value rhsBase = simt::DescriptorOp::create(
      b, b.getI64Type(), frame.lookup(op.getRhs()),
      transposed ? 16 : rhsRows * rhsSwizzle, 8 * rhsSwizzle, rhsSwizzle);
  Value lhsBase, lhsFragment;
  if (lhsShared) {
    int64_t swizzle = lhsShared.getSwizzle();
    Value firstRow = b.mul(frame.warpgroup, kWarpsPerGroup * kFragmentRows);
    Value address = b.offset(frame.lookup(op.getLhs()), b.mul(firstRow, swizzle));
    lhsBase = simt::DescriptorOp::create(b, b.getI64Type(), address, 16, 8 * swizzle,
                                         swizzle);
  } else {
    lhsFragment = frame.lookup(op.getLhs());
  }
  Value acc = isZero(op.getAcc()) ? Value() : frame.lookup(op.getAcc());
  Type resultType = convertType(op.getAcc().getType());
  simt::WgmmaFenceOp::create(b);
  for (int64_t k = 0; k < inner / kInnerStep; ++k) {
    Value a;
    if (lhsShared) {
      a = b.add(lhsBase, alongRow(k, lhs.getDimSize(0), lhsShared.getSwizzle()) / 16);
    } else {
      a = b.permute(lhsFragment, {4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3});
    }
    int64_t rhsByte =
        transposed ? alongRow(k, rhsRows, rhsSwizzle) : k * kInnerStep * rhsSwizzle;
    acc = simt::WgmmaOp::create(b, resultType, halfOf(rhs.getElementType()), a,
                                b.add(rhsBase, rhsByte / 16), acc, !transposed);
  }
  simt::WgmmaCommitOp::create(b);
  return acc;
}

std::unique_ptr<ProductEmitter> createWgmmaProducts(KernelFrame &frame) {
  return std::make_unique<WgmmaProducts>(frame);
}

} // namespace fovea::tile_to_simt
