//===- HostLowering.cpp - launch programs as loops ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "HostLowering.h"

#include "KernelEmitter.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace fovea::tile;
using namespace fovea::tile_to_loops;

/// How many ids a kernel's function takes behind the kernel's arguments.
static constexpr unsigned kProgramIds = 2;

namespace {
/// What a function remembers of memory that it could not have: its status, in memory,
/// for threads write it. Launches are skipped once it is not 0.
class MemoryStatus {
public:
  explicit MemoryStatus(func::FuncOp function) : function(function) {}

  /// Notes where `memory`, which was just allocated, is none.
  void check(ImplicitLocOpBuilder &b, Value memory) {
    noteUnless(b, isThere(b, memory));
  }

  /// Notes the failure where `condition` does not hold.
  void noteUnless(ImplicitLocOpBuilder &b, Value condition) {
    Value failed = arith::SelectOp::create(b, condition, i32(b, 0), i32(b, kFailed));
    note(b, failed);
  }

  void note(ImplicitLocOpBuilder &b, Value value) {
    memref::AtomicRMWOp::create(b, arith::AtomicRMWKind::maxs, value, getFlag(),
                                ValueRange());
  }

  Value isThere(ImplicitLocOpBuilder &b, Value memory) {
    Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, memory);
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, address,
                                 arith::ConstantIndexOp::create(b, 0));
  }

  Value isGood(ImplicitLocOpBuilder &b) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, load(b), i32(b, 0));
  }

  Value failure(ImplicitLocOpBuilder &b) { return i32(b, kFailed); }

  /// The function returns this status where it would return 0.
  LogicalResult lowerReturns() {
    if (!flag)
      return success();
    if (function.getNumResults() != 1 || !function.getResultTypes()[0].isInteger(32))
      return function.emitError()
             << "expected a function that takes memory to return its "
                "status as i32, got "
             << function.getFunctionType();
    function.walk([&](func::ReturnOp op) {
      ImplicitLocOpBuilder b(op.getLoc(), op);
      Value status = op.getOperand(0);
      Value isGood =
          arith::CmpIOp::create(b, arith::CmpIPredicate::eq, status, i32(b, 0));
      op.setOperand(0, arith::SelectOp::create(b, isGood, load(b), status));
    });
    return success();
  }

private:
  /// FOVEA_CPU_ERROR_MEMORY.
  static constexpr int32_t kFailed = 5;

  static Value i32(ImplicitLocOpBuilder &b, int64_t value) {
    return arith::ConstantIntOp::create(b, value, 32);
  }
  Value load(ImplicitLocOpBuilder &b) {
    return memref::LoadOp::create(b, getFlag(), ValueRange());
  }
  Value getFlag() {
    if (!flag) {
      Block &entry = function.getBody().front();
      ImplicitLocOpBuilder b(function.getLoc(), function.getContext());
      b.setInsertionPointToStart(&entry);
      flag = memref::AllocaOp::create(b, MemRefType::get({}, b.getI32Type()));
      memref::StoreOp::create(b, i32(b, 0), flag, ValueRange());
    }
    return flag;
  }

  func::FuncOp function;
  Value flag;
};
} // namespace

/// Whether the bytes of `type` with these dynamic `sizes` are a size at all. Counted as
/// a floating-point number, which does not wrap.
static Value fits(ImplicitLocOpBuilder &b, MemRefType type, ValueRange sizes) {
  Type element = type.getElementType();
  // What has no width of its own, such as index, is a word.
  double bytes = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() / 8.0 : 8;
  for (int64_t size : type.getShape())
    bytes *= ShapedType::isDynamic(size) ? 1 : size;
  auto f64 = [&](double value) {
    return arith::ConstantOp::create(b, b.getF64FloatAttr(value));
  };
  Value product = f64(bytes);
  for (Value size : sizes) {
    Value word = arith::IndexCastOp::create(b, b.getI64Type(), size);
    product = arith::MulFOp::create(b, product,
                                    arith::SIToFPOp::create(b, b.getF64Type(), word));
  }
  constexpr double kMost = 4611686018427387904.0; // 2^62
  return arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, product, f64(kMost));
}

/// Workspace: later launches ask whether it is there.
static void checkAllocation(memref::AllocOp op, MemoryStatus &memory) {
  ImplicitLocOpBuilder b(op.getLoc(), op);
  // One dynamic size is a number of rows, below 2^31; more may be no size together.
  if (op.getDynamicSizes().size() > 1)
    memory.noteUnless(b, fits(b, op.getType(), op.getDynamicSizes()));
  b.setInsertionPointAfter(op);
  memory.check(b, op);
}

/// One program of a launch, with scratch of its own where the function takes any.
static void callKernel(ImplicitLocOpBuilder &b, func::FuncOp kernel, ValueRange args,
                       MemoryStatus &memory) {
  if (kernel.getNumArguments() == args.size()) {
    func::CallOp::create(b, kernel, args);
    return;
  }
  auto type = cast<MemRefType>(kernel.getArgumentTypes().back());
  Value scratch = memref::AllocOp::create(b, type, ValueRange(),
                                          b.getI64IntegerAttr(kScratchAlignment));
  auto branch =
      scf::IfOp::create(b, memory.isThere(b, scratch), /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    SmallVector<Value> all(args);
    all.push_back(scratch);
    func::CallOp::create(b, kernel, all);
    b.setInsertionPointToStart(branch.elseBlock());
    memory.note(b, memory.failure(b));
  }
  memref::DeallocOp::create(b, scratch);
}

/// Axis 0 varies fastest, so it is the inner loop.
static void lowerLaunch(LaunchOp op, MemoryStatus &memory, bool isGuarded) {
  ImplicitLocOpBuilder b(op.getLoc(), op);
  auto kernel =
      SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, op.getCalleeAttr());
  if (isGuarded) {
    auto guard = scf::IfOp::create(b, memory.isGood(b));
    b.setInsertionPointToStart(guard.thenBlock());
  }
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  SmallVector<Value> sizes(llvm::reverse(op.getGrid()));
  SmallVector<Value> begins(sizes.size(), zero), steps(sizes.size(), one);
  scf::ParallelOp::create(
      b, begins, sizes, steps, [&](OpBuilder &nested, Location loc, ValueRange ids) {
        // The block is in no operation yet, so the context comes from the builder.
        ImplicitLocOpBuilder inside(loc, nested.getContext());
        inside.setInsertionPointToEnd(nested.getInsertionBlock());
        SmallVector<Value> args(op.getArgs());
        args.append({ids.back(), ids.size() == 2 ? ids.front() : zero});
        callKernel(inside, kernel, args, memory);
      });
  op.erase();
}

/// Whether `op` may find that there is no memory.
static bool takesMemory(Operation *op) {
  if (isa<memref::AllocOp>(op))
    return true;
  auto launch = dyn_cast<LaunchOp>(op);
  if (!launch)
    return false;
  auto kernel =
      SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, launch.getCalleeAttr());
  return kernel.getNumArguments() > launch.getArgs().size() + kProgramIds;
}

static LogicalResult lowerFunction(func::FuncOp function) {
  MemoryStatus memory(function);
  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) {
    if (isa<memref::AllocOp, LaunchOp>(op))
      ops.push_back(op);
  });
  bool isGuarded = false; // Whether something before took memory.
  for (Operation *op : ops) {
    bool takes = takesMemory(op);
    if (auto launch = dyn_cast<LaunchOp>(op))
      lowerLaunch(launch, memory, isGuarded);
    else
      checkAllocation(cast<memref::AllocOp>(op), memory);
    isGuarded |= takes;
  }
  return memory.lowerReturns();
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

LogicalResult fovea::tile_to_loops::verifyHost(ModuleOp module) {
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
  for (auto function : module.getOps<func::FuncOp>())
    if (failed(lowerFunction(function)))
      return failure();
  module.walk([](CheckSequencesOp op) { lowerCheck(op); });
  module.walk([](func::FuncOp function) { lowerAttributes(function); });
  return success();
}
