//===- NarrowIndices.cpp - simt-narrow-indices ----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// What is not an address is a number of rows, visits, programs or the like, and fits
// into 32 bits. Addresses are found from where they are used: sums and products of
// which nothing but addresses are made.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Simt/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseSet.h"

namespace fovea::simt {
#define GEN_PASS_DEF_NARROWINDICESPASS
#include "fovea/Dialect/Simt/Transforms/Passes.h.inc"
} // namespace fovea::simt

using namespace mlir;

namespace {
/// Narrows the indices of one kernel.
class IndexNarrowing {
public:
  explicit IndexNarrowing(Operation *kernel)
      : kernel(kernel), narrow(IntegerType::get(kernel->getContext(), 32)),
        wide(IntegerType::get(kernel->getContext(), 64)) {}

  LogicalResult run();

private:
  LogicalResult verify();
  bool isAddress(Operation *op) const { return addresses.contains(op); }
  void findAddresses();
  void retype(Operation *op);
  void retypeConstant(arith::ConstantOp op);
  void replaceCast(Operation *cast);
  void widenOperands(Operation *op);

  Operation *kernel;
  Type narrow, wide;
  llvm::DenseSet<Operation *> addresses; ///< sums and products
};
} // namespace

static bool isIndex(Value value) { return value.getType().isIndex(); }

static bool isCast(Operation *op) {
  return isa<arith::IndexCastOp, arith::IndexCastUIOp>(op);
}

/// Whether all uses of a cast's result are offsets of addresses.
static bool givesOffset(Operation *op) {
  return isCast(op) && !isIndex(op->getResult(0)) &&
         llvm::all_of(op->getUsers(), llvm::IsaPred<LLVM::GEPOp>);
}

/// Operations of indices that the narrowing knows.
static bool isKnown(Operation *op) {
  return isCast(op) ||
         isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::DivUIOp,
             arith::RemUIOp, arith::ShRUIOp, arith::MinSIOp, arith::MaxSIOp,
             arith::MinUIOp, arith::MaxUIOp, arith::CmpIOp, arith::SelectOp,
             arith::ConstantOp, scf::ForOp, scf::IfOp, scf::WhileOp, scf::YieldOp,
             scf::ConditionOp>(op);
}

LogicalResult IndexNarrowing::verify() {
  WalkResult result = kernel->walk([](Operation *op) {
    bool hasIndex = llvm::any_of(op->getOperandTypes(), llvm::IsaPred<IndexType>) ||
                    llvm::any_of(op->getResultTypes(), llvm::IsaPred<IndexType>);
    if (!hasIndex || isKnown(op))
      return WalkResult::advance();
    op->emitOpError() << "expected operations on indices to be those of arith and scf "
                         "that simt-narrow-indices knows, got another";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// Users come behind what they use, so that the last operations are looked at first.
void IndexNarrowing::findAddresses() {
  SmallVector<Operation *> ops;
  kernel->walk<WalkOrder::PreOrder>([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : llvm::reverse(ops)) {
    bool isSum = isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op) &&
                 isIndex(op->getResult(0)) && !op->use_empty();
    if (isSum && llvm::all_of(op->getUsers(), [&](Operation *user) {
          return isAddress(user) || givesOffset(user);
        }))
      addresses.insert(op);
  }
}

void IndexNarrowing::retypeConstant(arith::ConstantOp op) {
  int64_t value = cast<IntegerAttr>(op.getValue()).getInt();
  op.setValueAttr(IntegerAttr::get(narrow, value));
}

/// Results and arguments of blocks that are indices.
void IndexNarrowing::retype(Operation *op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    if (isIndex(constant.getResult()))
      retypeConstant(constant);
  for (Value result : op->getResults())
    if (isIndex(result))
      result.setType(isAddress(op) ? wide : narrow);
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (BlockArgument argument : block.getArguments())
        if (isIndex(argument))
          argument.setType(narrow);
}

static Value castTo(OpBuilder &b, Location loc, Value value, Type type, bool isSigned) {
  unsigned from = value.getType().getIntOrFloatBitWidth();
  unsigned to = type.getIntOrFloatBitWidth();
  if (from == to)
    return value;
  if (from > to)
    return arith::TruncIOp::create(b, loc, type, value);
  if (isSigned)
    return arith::ExtSIOp::create(b, loc, type, value);
  return arith::ExtUIOp::create(b, loc, type, value);
}

/// A cast whose index is an integer now.
void IndexNarrowing::replaceCast(Operation *cast) {
  OpBuilder b(cast);
  Value value = castTo(b, cast->getLoc(), cast->getOperand(0),
                       cast->getResult(0).getType(), isa<arith::IndexCastOp>(cast));
  cast->getResult(0).replaceAllUsesWith(value);
  cast->erase();
}

/// An address takes numbers as 64 bits.
void IndexNarrowing::widenOperands(Operation *op) {
  OpBuilder b(op);
  for (OpOperand &operand : op->getOpOperands())
    operand.set(castTo(b, op->getLoc(), operand.get(), wide, /*isSigned=*/true));
}

LogicalResult IndexNarrowing::run() {
  if (failed(verify()))
    return failure();
  findAddresses();
  SmallVector<Operation *> casts;
  kernel->walk([&](Operation *op) {
    if (isCast(op))
      casts.push_back(op);
    retype(op);
  });
  for (Operation *op : addresses)
    widenOperands(op);
  llvm::for_each(casts, [&](Operation *cast) { replaceCast(cast); });
  return success();
}

namespace {
struct NarrowIndices final : fovea::simt::impl::NarrowIndicesPassBase<NarrowIndices> {
  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<LLVM::LLVMFuncOp>())
      if (failed(IndexNarrowing(kernel).run()))
        return signalPassFailure();
  }
};
} // namespace
