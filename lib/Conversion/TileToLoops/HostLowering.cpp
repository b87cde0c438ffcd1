//===- HostLowering.cpp - launch programs as loops ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "HostLowering.h"

#include "Scratch.h"
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

/// FOVEA_CPU_ERROR_MEMORY.
static constexpr int32_t kNoMemory = 5;

static Value i32(ImplicitLocOpBuilder &b, int64_t value) {
  return arith::ConstantIntOp::create(b, value, 32);
}

/// Whether `memory` was allocated: malloc returns null where it cannot.
static Value isThere(ImplicitLocOpBuilder &b, Value memory) {
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, memory);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, address,
                               arith::ConstantIndexOp::create(b, 0));
}

/// Raises `flag` to `status`. Atomic, as threads share it.
static void raise(ImplicitLocOpBuilder &b, Value flag, Value status) {
  memref::AtomicRMWOp::create(b, arith::AtomicRMWKind::maxs, status, flag,
                              ValueRange());
}

namespace {
/// What a function remembers of memory that it could not have: its status, in memory,
/// for threads write it. Launches are skipped once it is not 0.
class MemoryStatus {
public:
  explicit MemoryStatus(func::FuncOp function) : function(function) {}

  /// Notes the failure where `condition` does not hold.
  void noteUnless(ImplicitLocOpBuilder &b, Value condition) {
    Value noMemory = i32(b, kNoMemory);
    Value status = arith::SelectOp::create(b, condition, i32(b, 0), noMemory);
    raise(b, getFlag(), status);
  }

  Value isGood(ImplicitLocOpBuilder &b) {
    Value zero = i32(b, 0);
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, load(b), zero);
  }

  /// Where the status is: memref<i32>, 0 from the function's entry on.
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
  Value load(ImplicitLocOpBuilder &b) {
    return memref::LoadOp::create(b, getFlag(), ValueRange());
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
  memory.noteUnless(b, isThere(b, op));
}

namespace {
/// The functions that launches call: a kernel's own, or, where it takes scratch, one
/// around it that has scratch of its own for each program.
class ProgramFunctions {
public:
  explicit ProgramFunctions(ModuleOp module) : symbols(module) {}

  /// A kernel's function takes the program's ids behind the kernel's arguments.
  static bool takesScratch(LaunchOp op, func::FuncOp kernel) {
    return kernel.getNumArguments() > op.getArgs().size() + fovea::kGridRank;
  }

  func::FuncOp getKernel(LaunchOp op) const {
    return symbols.lookup<func::FuncOp>(op.getCallee());
  }

  /// A function of the kernel's arguments, the program's ids, and the launching
  /// function's flag. A function, because what follows takes no control flow in a
  /// parallel loop: its body becomes a memref.alloca_scope, which is one block.
  func::FuncOp getWithScratch(func::FuncOp kernel) {
    func::FuncOp &function = withScratch[kernel];
    if (!function)
      function = makeWithScratch(kernel);
    return function;
  }

private:
  func::FuncOp makeWithScratch(func::FuncOp kernel) {
    ImplicitLocOpBuilder b(kernel.getLoc(), kernel.getContext());
    SmallVector<Type> inputs(kernel.getArgumentTypes().drop_back());
    inputs.push_back(MemRefType::get({}, b.getI32Type()));
    auto function =
        func::FuncOp::create(b, (kernel.getSymName() + ".with_scratch").str(),
                             b.getFunctionType(inputs, {}));
    function.setPrivate();
    function->setAttr("llvm.linkage",
                      LLVM::LinkageAttr::get(b.getContext(), LLVM::Linkage::Internal));
    symbols.insert(function, std::next(Block::iterator(kernel.getOperation())));
    b.setInsertionPointToStart(function.addEntryBlock());
    Value scratch =
        memref::AllocOp::create(b, cast<MemRefType>(kernel.getArgumentTypes().back()),
                                ValueRange(), b.getI64IntegerAttr(kScratchAlignment));
    auto branch = scf::IfOp::create(b, isThere(b, scratch), /*withElseRegion=*/true);
    memref::DeallocOp::create(b, scratch);
    func::ReturnOp::create(b);

    b.setInsertionPointToStart(branch.thenBlock());
    SmallVector<Value> operands(function.getArguments().drop_back());
    operands.push_back(scratch);
    func::CallOp::create(b, kernel, operands);
    b.setInsertionPointToStart(branch.elseBlock());
    raise(b, function.getArguments().back(), i32(b, kNoMemory));
    return function;
  }

  SymbolTable symbols;
  llvm::DenseMap<func::FuncOp, func::FuncOp> withScratch;
};
} // namespace

/// Axis 0 varies fastest, so it is the inner loop.
static void lowerLaunch(LaunchOp op, ProgramFunctions &programs, MemoryStatus &memory,
                        bool isGuarded) {
  ImplicitLocOpBuilder b(op.getLoc(), op);
  func::FuncOp callee = programs.getKernel(op);
  SmallVector<Value> flag;
  if (ProgramFunctions::takesScratch(op, callee)) {
    callee = programs.getWithScratch(callee);
    flag.push_back(memory.getFlag());
  }
  if (isGuarded) {
    auto guard = scf::IfOp::create(b, memory.isGood(b));
    b.setInsertionPointToStart(guard.thenBlock());
  }
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  SmallVector<Value> sizes(llvm::reverse(op.getGrid()));
  SmallVector<Value> begins(sizes.size(), zero), steps(sizes.size(), one);
  scf::ParallelOp::create(b, begins, sizes, steps,
                          [&](OpBuilder &nested, Location loc, ValueRange ids) {
                            SmallVector<Value> args(op.getArgs());
                            llvm::append_range(args, llvm::reverse(ids));
                            args.append(fovea::kGridRank - ids.size(), zero);
                            args.append(flag);
                            func::CallOp::create(nested, loc, callee, args);
                          });
  op.erase();
}

/// A function without launches is not ours: it may be what this pass has made.
static LogicalResult lowerFunction(func::FuncOp function, ProgramFunctions &programs) {
  MemoryStatus memory(function);
  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) {
    if (isa<memref::AllocOp, LaunchOp>(op))
      ops.push_back(op);
  });
  if (llvm::none_of(ops, llvm::IsaPred<LaunchOp>))
    return success();
  bool isGuarded = false; // Whether something before took memory.
  for (Operation *op : ops) {
    if (auto allocation = dyn_cast<memref::AllocOp>(op)) {
      checkAllocation(allocation, memory);
      isGuarded = true;
      continue;
    }
    auto launch = cast<LaunchOp>(op);
    bool takes = ProgramFunctions::takesScratch(launch, programs.getKernel(launch));
    lowerLaunch(launch, programs, memory, isGuarded);
    isGuarded |= takes;
  }
  return memory.lowerReturns();
}

/// Whether each sequence has as many rows as queries, and a length between the two, i1.
static Value emitFits(LoopBuilder &b, CheckSequencesOp op, Value count) {
  Value queries = op.getQueries(), lengths = op.getLengths();
  auto load = [&](Value array, Value at) -> Value {
    return memref::LoadOp::create(b, array, at);
  };
  auto lengthOf = [&](Value offsets, Value sequence) -> Value {
    Value begin = load(offsets, sequence);
    return b.sub(load(offsets, b.add(sequence, 1)), begin);
  };
  Value always = b.equal(count, count);
  return b
      .emitLoop(count, /*step=*/1, {always},
                [&](Value sequence, ValueRange carried) {
                  Value least = lengthOf(queries, sequence);
                  Value most = lengthOf(op.getCu(), sequence);
                  Value length = lengths ? load(lengths, sequence) : most;
                  Value holdsQueries = b.lessEqual(least, length);
                  Value fits = b.both(holdsQueries, b.lessEqual(length, most));
                  return SmallVector<Value>{b.both(carried[0], fits)};
                })
      .front();
}

/// 0 when cu[0] = 0, no step goes down and cu[B] = tokens, or ends in the last row; and
/// each is one of whole rows, where that is asked for.
static void lowerCheck(CheckSequencesOp op) {
  LoopBuilder b(op.getLoc(), op);
  Value cu = op.getCu(), zero = b.index(0);
  auto boundary = [&](Value at) -> Value { return memref::LoadOp::create(b, cu, at); };
  Value offsets = memref::DimOp::create(b, cu, zero);
  Value count = b.sub(offsets, b.index(1));
  Value first = boundary(zero), good = b.equal(first, 0);
  SmallVector<Value> last =
      b.emitLoop(count, /*step=*/1, {good, first}, [&](Value step, ValueRange carried) {
        Value next = boundary(b.add(step, 1));
        Value isFine = b.atLeast(next, carried[1]);
        if (op.getWhole())
          isFine = b.both(isFine, b.equal(b.rem(next, op.getTokensOfRow()), 0));
        return SmallVector<Value>{b.both(carried[0], isFine), next};
      });
  Value end = b.div(b.toIndex(last[1]), op.getTokensOfRow());
  Value ends = b.equal(end, op.getTokens());
  Value fine = b.both(last[0], ends);
  if (op.getQueries())
    fine = b.both(fine, emitFits(b, op, count));
  Value bad = arith::XOrIOp::create(b, fine, b.constantLike(fine, 1));
  op.replaceAllUsesWith(arith::ExtUIOp::create(b, b.getI32Type(), bad).getResult());
  op.erase();
}

static bool isOfTile(NamedAttribute attribute) {
  return isa_and_nonnull<TileDialect>(attribute.getNameDialect());
}

static void lowerAttributes(func::FuncOp function) {
  MLIRContext *context = function.getContext();
  if (function->hasAttr(kEntryAttrName))
    function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                      UnitAttr::get(context));
  for (NamedAttribute attr : llvm::to_vector(function->getDiscardableAttrs()))
    if (isOfTile(attr))
      function->removeDiscardableAttr(attr.getName());
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    for (NamedAttribute attr :
         llvm::to_vector(function_interface_impl::getArgAttrs(function, i)))
      if (isOfTile(attr))
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
  ProgramFunctions programs(module);
  // Taken first: the functions that launches call come to be meanwhile.
  for (auto function : llvm::to_vector(module.getOps<func::FuncOp>()))
    if (failed(lowerFunction(function, programs)))
      return failure();
  module.walk([](CheckSequencesOp op) { lowerCheck(op); });
  module.walk([](func::FuncOp function) { lowerAttributes(function); });
  return success();
}
