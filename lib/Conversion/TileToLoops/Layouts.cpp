//===- Layouts.cpp - how tiles lie in scratch -----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Layouts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/EquivalenceClasses.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

bool isGenerator(Value value) {
  if (!isTile(value))
    return false;
  if (auto arg = dyn_cast<BlockArgument>(value)) {
    // The token mask of visits that are of all tokens is all true.
    auto loop = dyn_cast<ForVisitsOp>(arg.getOwner()->getParentOp());
    return loop && arg == loop.getTokenMask() && loop.visitsAllTokens();
  }
  Operation *op = value.getDefiningOp();
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return isa<SplatElementsAttr>(constant.getValue());
  return isa<tensor::SplatOp, BroadcastOp, PositionsOp>(op);
}

bool isTable(Value value) {
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  return constant && isTile(value) && !isGenerator(value);
}

bool isElementwise(Operation *op) {
  return op->getNumResults() == 1 && isTile(op->getResult(0)) &&
         OpTrait::hasElementwiseMappableTraits(op);
}

void storedInputs(Value value, SmallVectorImpl<Value> &inputs) {
  if (!isTile(value))
    return;
  if (!isGenerator(value)) {
    inputs.push_back(value);
    return;
  }
  if (Operation *op = value.getDefiningOp())
    for (Value operand : op->getOperands())
      storedInputs(operand, inputs);
}

static Transfers tilesOnly(ValueRange sources, ValueRange destinations) {
  Transfers transfers;
  for (auto [source, destination] : llvm::zip_equal(sources, destinations))
    if (isTile(source))
      transfers.emplace_back(source, destination);
  return transfers;
}

/// The values that a loop carries from one iteration to the next, as the body sees
/// them; empty for other operations.
static SmallVector<Value> carriedValues(Operation *op) {
  if (auto loop = dyn_cast<ForVisitsOp>(op))
    return llvm::to_vector_of<Value>(loop.getCarried());
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return llvm::to_vector_of<Value>(loop.getRegionIterArgs());
  return {};
}

Transfers initTransfers(Operation *op) {
  if (auto loop = dyn_cast<ForVisitsOp>(op))
    return tilesOnly(loop.getInits(), carriedValues(op));
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return tilesOnly(loop.getInits(), carriedValues(op));
  return {};
}

Transfers yieldTransfers(Operation *terminator) {
  Operation *parent = terminator->getParentOp();
  if (isa<scf::IfOp>(parent))
    return tilesOnly(terminator->getOperands(), parent->getResults());
  if (isa<ForVisitsOp, scf::ForOp>(parent))
    return tilesOnly(terminator->getOperands(), carriedValues(parent));
  return {};
}

namespace {
/// Joins what must share a layout, then marks whole classes.
class LayoutSolver {
public:
  void visit(Operation *op) {
    if (isElementwise(op)) {
      for (Value operand : op->getOperands())
        tie(operand, op->getResult(0));
    } else if (auto dot = dyn_cast<DotOp>(op)) {
      tie(dot.getAcc(), dot.getResult());
      lanes.push_back(dot.getLhs());
      lanes.push_back(dot.getResult());
    } else if (op->hasTrait<OpTrait::IsTerminator>()) {
      for (auto [source, destination] : yieldTransfers(op))
        tie(source, destination);
    }
    for (auto [source, destination] : initTransfers(op))
      tie(source, destination);
    SmallVector<Value> carried = carriedValues(op);
    if (!carried.empty())
      for (auto [arg, result] : llvm::zip_equal(carried, op->getResults()))
        tie(arg, result);
  }

  void solve(DenseMap<Value, Layout> &layouts) {
    for (Value value : lanes)
      if (takesPart(value))
        for (auto member =
                 classes.findLeader(classes.insert(value.getAsOpaquePointer()));
             member != classes.member_end(); ++member)
          layouts[Value::getFromOpaquePointer(*member)] = Layout::Lanes;
  }

private:
  static bool takesPart(Value value) {
    return isTile(value) && tileType(value).getRank() == 2 && !isGenerator(value);
  }
  void tie(Value a, Value b) {
    if (takesPart(a) && takesPart(b))
      classes.unionSets(a.getAsOpaquePointer(), b.getAsOpaquePointer());
  }

  llvm::EquivalenceClasses<const void *> classes;
  SmallVector<Value> lanes;
};
} // namespace

Layouts::Layouts(KernelOp kernel) {
  LayoutSolver solver;
  kernel.walk([&](Operation *op) { solver.visit(op); });
  solver.solve(layouts);
}

Layout Layouts::of(Value value) const {
  auto found = layouts.find(value);
  return found == layouts.end() ? Layout::Natural : found->second;
}

MemRefType scratchType(RankedTensorType tile, Layout layout) {
  SmallVector<int64_t> shape(tile.getShape());
  if (layout == Layout::Lanes)
    std::reverse(shape.begin(), shape.end());
  Type element = tile.getElementType();
  if (element.isBF16() || element.isF16())
    element = Float32Type::get(tile.getContext());
  else if (element.isInteger(1))
    element = IntegerType::get(tile.getContext(), 8);
  return MemRefType::get(shape, element);
}

} // namespace fovea::tile_to_loops
