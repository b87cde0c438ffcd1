//===- KernelDescription.cpp - what a kernel is, whatever its spec --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/KernelDescription.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace fovea;

bool tuning::isStored(Value value) {
  Operation *producer = value.getDefiningOp();
  auto group = dyn_cast<attn::GroupOp>(producer->getParentOp());
  return llvm::any_of(value.getUses(), [&](OpOperand &use) {
    return !group || (isa<attn::YieldOp>(use.getOwner()) &&
                      !group->getResult(use.getOperandNumber()).use_empty());
  });
}

std::string tuning::hashScoreRegion(Region &region) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::DenseMap<Value, size_t> numbers;
  auto number = [&](Value value) { numbers.try_emplace(value, numbers.size()); };
  llvm::for_each(region.getArguments(), number);
  for (Operation &op : region.front()) {
    stream << op.getName() << op.getAttrDictionary();
    for (Value operand : op.getOperands())
      stream << " " << numbers.lookup(operand);
    for (Value result : op.getResults()) {
      number(result);
      stream << " " << result.getType();
    }
    stream << "\n";
  }
  constexpr size_t kBytes = 8;
  auto hash = llvm::SHA256::hash(llvm::arrayRefFromStringRef(text));
  return llvm::toHex(ArrayRef(hash).take_front(kBytes), /*LowerCase=*/true);
}

std::string tuning::describeKernel(Operation *root, const GpuTargetInfo &target) {
  SmallVector<std::string> parts;
  root->walk<WalkOrder::PreOrder>([&](GpuScheduleOpInterface op) {
    std::string part = op.describeKernel();
    // What the kernel itself reads need not be stored, and is at times all the same.
    for (Value result : op->getResults())
      if (!result.use_empty() && op->getParentOp() == root && isStored(result) &&
          !llvm::all_of(result.getUsers(), llvm::IsaPred<attn::YieldOp>))
        part += " also stored";
    if (auto pages = attn::GatherPagesOp::findReadBy(op))
      part += " of pages of " + std::to_string(pages.getSlots());
    parts.push_back(part);
  });
  llvm::StringRef few = attn::isOfFewQueries(root) ? "few queries, " : "";
  return (target.name + ": " + few + llvm::join(parts, " + ")).str();
}

llvm::StringRef tuning::withoutGates(llvm::StringRef description) {
  auto [attention, rest] = description.split(" + ");
  return rest.starts_with("combine<branches = 1, loaded = 0, ") && !rest.contains(" + ")
             ? attention
             : "";
}
