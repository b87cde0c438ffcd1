//===- SameValue.cpp - values that two roles compute alike ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "SameValue.h"

#include "InPlace.h"
#include "RingWalk.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace fovea::tile;

bool SameValue::operator()(Value first, Value second) {
  if (first == second || same.contains({first, second}))
    return true;
  if (first.getType() != second.getType())
    return false;
  size_t before = found.size();
  same.insert({first, second});
  found.push_back({first, second});
  auto argument = dyn_cast<BlockArgument>(first);
  auto otherArgument = dyn_cast<BlockArgument>(second);
  bool result = argument && otherArgument ? sameArgument(argument, otherArgument)
                : argument || otherArgument
                    ? false
                    : sameResult(cast<OpResult>(first), cast<OpResult>(second));
  if (!result) // and with it what was found under the assumption
    while (found.size() > before)
      same.erase(found.pop_back_val());
  return result;
}

bool SameValue::allSame(ValueRange first, ValueRange second) {
  return llvm::all_of_zip(first, second,
                          [&](Value a, Value b) { return (*this)(a, b); });
}

bool SameValue::sameCarried(Operation *first, unsigned i, Operation *second,
                            unsigned j) {
  std::optional<Carried> ours = getCarried(first), theirs = getCarried(second);
  return ours && theirs && (*this)(ours->inits[i], theirs->inits[j]) &&
         (*this)(ours->yields[i], theirs->yields[j]);
}

bool SameValue::sameArgument(BlockArgument first, BlockArgument second) {
  Operation *loop = first.getOwner()->getParentOp();
  Operation *other = second.getOwner()->getParentOp();
  if (pairs.lookup(loop) != other || loop->getName() != other->getName())
    return false;
  // Arguments of a loop's own come first, and there are as many of them in both.
  unsigned own = first.getOwner()->getNumArguments() - loop->getNumResults();
  if (first.getArgNumber() < own || second.getArgNumber() < own)
    return first.getArgNumber() == second.getArgNumber();
  return sameCarried(loop, first.getArgNumber() - own, other,
                     second.getArgNumber() - own);
}

/// Views that a kernel reads it does not write, so a read gives one value to all; but
/// those in place.
static bool isRepeatable(Operation *op) {
  return isMemoryEffectFree(op) || (hasSingleEffect<MemoryEffects::Read>(op) &&
                                    llvm::none_of(op->getOperands(), isInPlace));
}

bool SameValue::sameResult(OpResult first, OpResult second) {
  Operation *op = first.getOwner(), *other = second.getOwner();
  unsigned i = first.getResultNumber(), j = second.getResultNumber();
  if (pairs.lookup(op) == other)
    return sameCarried(op, i, other, j);
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    auto otherBranch = dyn_cast<scf::IfOp>(other);
    return otherBranch && (*this)(branch.getCondition(), otherBranch.getCondition()) &&
           (*this)(branch.thenYield().getOperand(i),
                   otherBranch.thenYield().getOperand(j)) &&
           (*this)(branch.elseYield().getOperand(i),
                   otherBranch.elseYield().getOperand(j));
  }
  return i == j && op->getNumRegions() == 0 && op->getName() == other->getName() &&
         op->getAttrDictionary() == other->getAttrDictionary() &&
         op->getNumOperands() == other->getNumOperands() && isRepeatable(op) &&
         allSame(op->getOperands(), other->getOperands());
}
