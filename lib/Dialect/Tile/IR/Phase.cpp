//===- Phase.cpp - how far down a kernel is -------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Phase.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace fovea::tile;

namespace {
/// Looks at one kernel; stops at the first operation that is not of the phase.
class PhaseVerifier {
public:
  PhaseVerifier(KernelOp kernel, Phase phase) : kernel(kernel), phase(phase) {}

  LogicalResult verify() {
    if (failed(verifyRoles()))
      return failure();
    WalkResult result = kernel.getBody().walk<WalkOrder::PreOrder>(
        [&](Operation *op) { return WalkResult(verifyOp(op)); });
    return failure(result.wasInterrupted());
  }

private:
  bool hasRoles() const { return phase >= Phase::Specialized; }

  LogicalResult verifyRoles();
  LogicalResult verifyOp(Operation *op);
  LogicalResult verifyKind(Operation *op);
  LogicalResult verifyViews(Operation *op);
  LogicalResult verifyAxis(Operation *op);
  LogicalResult verifyQueues(Operation *op);
  LogicalResult verifyType(Operation *op, Type type);

  KernelOp kernel;
  Phase phase;
};
} // namespace

static bool isOfRoles(Operation *op) {
  return isa<SpecializeOp, ForProgramsOp, MakeRingOp, PutOp, GetOp, ReleaseOp,
             ClearRowsOp, PostOp, TakeOp>(op) ||
         (isa<AnyTokenOp>(op) && !cast<AnyTokenOp>(op).getByWarp()); // any_token_c2
}

/// Whether `type` is a tile's, or that of some other array of values.
static bool isArray(Type type) {
  return isa<TensorType, VectorType, PendingType>(type);
}

/// Whether a pass over kernels knows what `op` does to tiles.
static bool knowsTiles(Operation *op) {
  return isa<TileDialect>(op->getDialect()) ||
         isa<scf::IfOp, scf::ForOp, scf::WhileOp, scf::YieldOp, scf::ConditionOp,
             arith::ConstantOp, tensor::SplatOp>(op) ||
         (op->getNumResults() == 1 && OpTrait::hasElementwiseMappableTraits(op));
}

Location fovea::tile::getPlace(Operation *op) {
  while (isa<UnknownLoc>(op->getLoc()) && op->getParentOp())
    op = op->getParentOp();
  return op->getLoc();
}

/// As emitOpError, at a place that is known.
static InFlightDiagnostic refuse(Operation *op) {
  return mlir::emitError(getPlace(op)) << "'" << op->getName() << "' op expected ";
}

LogicalResult PhaseVerifier::verifyRoles() {
  auto roles = kernel.getBody().getOps<SpecializeOp>();
  if (!hasRoles() || llvm::hasSingleElement(roles))
    return success();
  return refuse(kernel) << "one tile.specialize: run tile-specialize first";
}

/// What the operation is.
LogicalResult PhaseVerifier::verifyKind(Operation *op) {
  auto refuse = [&](StringRef expected) -> LogicalResult {
    return ::refuse(op) << expected;
  };
  if (!op->isRegistered())
    return refuse("a registered operation");
  if (isa<LaunchOp, CheckSequencesOp, KernelOp>(op))
    return refuse("to stand in a host function, got it in a kernel");
  if (!hasRoles() && isOfRoles(op))
    return refuse("a kernel without roles: tile-specialize has run");
  if (hasRoles() && isa<ProgramIdOp>(op))
    return refuse("programs of a tile.for_programs: run tile-specialize first");
  if (phase != Phase::WaitsPlaced && isa<IssueDotOp, WaitOp>(op))
    return refuse("products that are tile.dot: tile-place-waits has run");
  if (phase == Phase::WaitsPlaced && isa<DotOp>(op))
    return refuse("products that are waited for: run tile-place-waits first");
  bool isLoop = isa<scf::IfOp, scf::ForOp>(op) || (hasRoles() && isa<scf::WhileOp>(op));
  if (op->getNumRegions() && !isLoop && !isa<TileDialect>(op->getDialect()))
    return refuse("control flow of scf.if, scf.for and tile loops");
  if (auto loop = dyn_cast<ForVisitsOp>(op); loop && !loop.getProducer())
    return refuse("visits of an operation that makes them, got a value passed on");
  if (op->getNumSuccessors())
    return refuse("structured control flow");
  return success();
}

LogicalResult PhaseVerifier::verifyViews(Operation *op) {
  auto isView = llvm::IsaPred<BaseMemRefType>;
  if (llvm::any_of(op->getResultTypes(), isView))
    return refuse(op) << "views to be arguments of the kernel";
  bool isKnown = isa<TileDialect>(op->getDialect()) ||
                 isa<memref::LoadOp, memref::DimOp>(op) ||
                 (phase == Phase::Logical && isa<memref::StoreOp>(op));
  if (llvm::any_of(op->getOperandTypes(), isView) && !isKnown)
    return refuse(op) << "tile operations, memref.load and memref.dim to access views"
                      << (phase == Phase::Logical ? ", or memref.store" : "");
  return verifyAxis(op);
}

/// memref.dim takes any index; one beyond the rank has no meaning, in dead code either.
LogicalResult PhaseVerifier::verifyAxis(Operation *op) {
  auto dim = dyn_cast<memref::DimOp>(op);
  auto type = dim ? dyn_cast<MemRefType>(dim.getSource().getType()) : nullptr;
  if (!type)
    return success();
  std::optional<int64_t> axis = dim.getConstantIndex();
  if (axis && *axis >= 0 && *axis < type.getRank())
    return success();
  InFlightDiagnostic diagnostic = refuse(op) << "the size of a constant axis below "
                                             << type.getRank() << ", got ";
  if (axis)
    return diagnostic << "axis " << *axis;
  return diagnostic << "an axis that is computed";
}

LogicalResult PhaseVerifier::verifyType(Operation *op, Type type) {
  if (auto pending = dyn_cast<PendingType>(type))
    type = pending.getTile();
  if (!isArray(type))
    return success();
  auto tile = dyn_cast<RankedTensorType>(type);
  if (!tile || !tile.hasStaticShape() || tile.getRank() < 1 || tile.getRank() > 2)
    return refuse(op) << "tiles of static shape and rank 1 or 2, got " << type;
  Type element = tile.getElementType();
  if (!element.isF32() && !element.isF16() && !element.isBF16() &&
      !element.isInteger(32) && !element.isInteger(1))
    return refuse(op) << "tiles of f32, f16, bf16, i32 or i1, got " << type;
  Attribute encoding = tile.getEncoding();
  if (phase == Phase::Logical && encoding)
    return refuse(op) << "logical tiles, got placed ones: " << type;
  if (phase != Phase::Logical &&
      (!encoding || !isa<TileDialect>(encoding.getDialect())))
    return refuse(op) << "placed tiles, got " << type << ": run tile-place first";
  return success();
}

static bool isQueued(Type type) {
  auto tile = dyn_cast<RankedTensorType>(type);
  return tile && isa_and_nonnull<QueuedAttr>(tile.getEncoding());
}

/// Some of a top-k's entries are in no register, and a queue is of one list: who reads
/// a list takes in what waits for it, and is alone.
LogicalResult PhaseVerifier::verifyQueues(Operation *op) {
  auto isTopk = llvm::IsaPred<TopkUpdateOp, TopkIndicesOp>;
  if (!isTopk(op)) {
    bool passesOn = op->getNumRegions() || op->hasTrait<OpTrait::IsTerminator>() ||
                    isa<arith::ConstantOp>(op);
    bool onQueues = llvm::any_of(op->getOperandTypes(), isQueued) ||
                    llvm::any_of(op->getResultTypes(), isQueued);
    if (onQueues && !passesOn)
      return refuse(op) << "tile.topk_update or tile.topk_indices to read the entries "
                           "of a top-k";
    return success();
  }
  for (Value operand : op->getOperands())
    if (isQueued(operand.getType()) && llvm::count_if(operand.getUsers(), isTopk) > 1)
      return refuse(op) << "to be alone in reading the entries of a top-k, got "
                        << llvm::count_if(operand.getUsers(), isTopk)
                        << " operations that do";
  return success();
}

LogicalResult PhaseVerifier::verifyOp(Operation *op) {
  if (failed(verifyKind(op)) || failed(verifyViews(op)) || failed(verifyQueues(op)))
    return failure();
  bool onTiles = llvm::any_of(op->getOperandTypes(), isArray) ||
                 llvm::any_of(op->getResultTypes(), isArray);
  if (onTiles && !knowsTiles(op))
    return refuse(op) << "an operation on tiles that kernels can be made of";
  for (Type type : op->getResultTypes())
    if (failed(verifyType(op, type)))
      return failure();
  for (Region &region : op->getRegions())
    for (Type type : region.getArgumentTypes())
      if (failed(verifyType(op, type)))
        return failure();
  return success();
}

LogicalResult fovea::tile::verifyPhase(KernelOp kernel, Phase phase) {
  return PhaseVerifier(kernel, phase).verify();
}
