//===- Branches.cpp - the attends of a function ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Branches.h"

using namespace fovea;
using reference::Sequences;

std::vector<Branch> fovea::getBranches(mlir::func::FuncOp function) {
  std::vector<Branch> branches;
  mlir::Operation *ret = function.getBody().front().getTerminator();
  function.walk([&](attn::AttendOp attend) {
    std::string name = "attend" + std::to_string(branches.size());
    for (mlir::OpOperand &use : attend.getLse().getUses()) {
      if (use.getOwner() != ret)
        continue;
      auto result = function.getResultAttrOfType<mlir::StringAttr>(
          use.getOperandNumber(), attn::kNameAttrName);
      llvm::StringRef text = result ? result.getValue() : "";
      if (text.consume_back("_lse"))
        name = text.str();
    }
    branches.push_back({name, attend});
  });
  return branches;
}

int64_t fovea::getListSize(Branch &branch) {
  mlir::Value indices = branch.attend.getIndices();
  return indices ? mlir::cast<mlir::RankedTensorType>(indices.getType()).getDimSize(2)
                 : 0;
}

double fovea::getPairs(Branch &branch, const Sequences &sequences) {
  attn::KeySetInterface keys = branch.attend.getKeys();
  double pairs = 0;
  for (int64_t b = 0; b < sequences.size(); ++b)
    pairs += keys.getCost(sequences.length(b), getListSize(branch));
  return pairs;
}

double fovea::getCausalPairs(const Sequences &sequences) {
  double pairs = 0;
  for (int64_t b = 0; b < sequences.size(); ++b)
    pairs += double(sequences.length(b)) * (sequences.length(b) + 1) / 2;
  return pairs;
}
