//===- HostLowering.cpp - launch programs as loops ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "HostLowering.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace fovea::tile;

/// Axis 0 varies fastest, so it is the inner loop.
static void lowerLaunch(LaunchOp op) {
  ImplicitLocOpBuilder b(op.getLoc(), op);
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  SmallVector<Value> sizes(llvm::reverse(op.getGrid()));
  SmallVector<Value> begins(sizes.size(), zero), steps(sizes.size(), one);
  scf::ParallelOp::create(
      b, begins, sizes, steps, [&](OpBuilder &nested, Location loc, ValueRange ids) {
        SmallVector<Value> args(op.getArgs());
        args.append({ids.back(), ids.size() == 2 ? ids.front() : zero});
        func::CallOp::create(nested, loc, op.getCalleeAttr(), TypeRange(), args);
      });
  op.erase();
}

/// 0 when cu[0] = 0, no step goes down and cu[B] = tokens.
static void lowerCheck(CheckSequencesOp op) {
  ImplicitLocOpBuilder b(op.getLoc(), op);
  Value cu = op.getCu();
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  auto boundary = [&](Value at) -> Value { return memref::LoadOp::create(b, cu, at); };
  Value count = arith::SubIOp::create(b, memref::DimOp::create(b, cu, zero), one);
  Value first = boundary(zero);
  Value good = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, first,
                                     arith::ConstantIntOp::create(b, 0, 32));
  auto loop = scf::ForOp::create(b, zero, count, one, ValueRange{good, first});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value next = boundary(arith::AddIOp::create(b, loop.getInductionVar(), one));
    Value rises = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, next,
                                        loop.getRegionIterArg(1));
    Value both = arith::AndIOp::create(b, loop.getRegionIterArg(0), rises);
    scf::YieldOp::create(b, ValueRange{both, next});
  }
  Value last = arith::IndexCastOp::create(b, b.getIndexType(), loop.getResult(1));
  Value ends = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, last, op.getTokens());
  Value fine = arith::AndIOp::create(b, loop.getResult(0), ends);
  Value bad = arith::XOrIOp::create(b, fine, arith::ConstantIntOp::create(b, 1, 1));
  op.replaceAllUsesWith(arith::ExtUIOp::create(b, b.getI32Type(), bad).getResult());
  op.erase();
}

static bool isTileAttr(StringAttr name) { return name.strref().starts_with("tile."); }

static void lowerAttributes(func::FuncOp function) {
  MLIRContext *context = function.getContext();
  if (function->hasAttr("tile.entry"))
    function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                      UnitAttr::get(context));
  for (NamedAttribute attr : llvm::to_vector(function->getDiscardableAttrs()))
    if (isTileAttr(attr.getName()))
      function->removeDiscardableAttr(attr.getName());
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    for (NamedAttribute attr :
         llvm::to_vector(function_interface_impl::getArgAttrs(function, i)))
      if (isTileAttr(attr.getName()))
        function.removeArgAttr(i, attr.getName());
}

/// Host operations stand where their calls may: a kernel that is a GPU's already cannot
/// be called.
static LogicalResult verifyHost(ModuleOp module) {
  WalkResult result = module.walk([&](LaunchOp op) {
    auto *callee = SymbolTable::lookupNearestSymbolFrom(op, op.getCalleeAttr());
    if (isa_and_nonnull<KernelOp>(callee) &&
        callee->getParentOp() == module.getOperation())
      return WalkResult::advance();
    op.emitOpError() << "expected a tile.kernel of the module to call, got @"
                     << op.getCallee()
                     << ", which is lowered for a GPU or of another module";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

LogicalResult fovea::tile_to_loops::lowerHost(ModuleOp module) {
  if (failed(verifyHost(module)))
    return failure();
  module.walk([](LaunchOp op) { lowerLaunch(op); });
  module.walk([](CheckSequencesOp op) { lowerCheck(op); });
  module.walk([](func::FuncOp function) { lowerAttributes(function); });
  return success();
}
