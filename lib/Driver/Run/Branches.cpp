//===- Branches.cpp - the attends of a function ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Branches.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/KeySetContract.h"

using namespace fovea;
using reference::Sequences;

std::vector<Branch> fovea::getBranches(mlir::func::FuncOp function) {
  std::vector<Branch> branches;
  mlir::Operation *ret = function.getBody().front().getTerminator();
  function.walk([&](NumericsOpInterface op) {
    std::optional<AttendedKeys> attended = op.getAttendedKeys();
    if (!attended)
      return;
    std::string name = "attend" + std::to_string(branches.size());
    for (mlir::OpOperand &use : attended->lse.getUses()) {
      if (use.getOwner() != ret)
        continue;
      auto result = function.getResultAttrOfType<mlir::StringAttr>(
          use.getOperandNumber(), attn::kNameAttrName);
      llvm::StringRef text = result ? result.getValue() : "";
      if (text.consume_back("_lse"))
        name = text.str();
    }
    branches.push_back({name, *attended});
  });
  return branches;
}

int64_t fovea::getListSize(Branch &branch) {
  mlir::Value indices = branch.attended.indices;
  return indices ? mlir::cast<mlir::RankedTensorType>(indices.getType()).getDimSize(2)
                 : 0;
}

mlir::FailureOr<double> fovea::getPairs(Branch &branch, const Sequences &sequences) {
  double pairs = 0;
  for (int64_t b = 0; b < sequences.size(); ++b) {
    mlir::FailureOr<double> counted =
        attn::countPairs(branch.attended.lse.getDefiningOp(), branch.attended.keys,
                         sequences.length(b), getListSize(branch));
    if (failed(counted))
      return mlir::failure();
    pairs += *counted;
    if (sequences.firstPosition(b) == 0)
      continue;
    // What the tokens see that are no queries.
    counted =
        attn::countPairs(branch.attended.lse.getDefiningOp(), branch.attended.keys,
                         sequences.firstPosition(b), getListSize(branch));
    if (failed(counted))
      return mlir::failure();
    pairs -= *counted;
  }
  return pairs;
}

double fovea::getCausalPairs(const Sequences &sequences) {
  double pairs = 0;
  for (int64_t b = 0; b < sequences.size(); ++b)
    for (double length : {sequences.length(b), -sequences.firstPosition(b)})
      pairs += length * (std::fabs(length) + 1) / 2;
  return pairs;
}
