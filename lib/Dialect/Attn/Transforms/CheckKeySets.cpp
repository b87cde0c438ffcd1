//===- CheckKeySets.cpp - key sets keep their contract --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The property test of key sets as a pass, so that a key set of a plugin is tested by a
// line in a lit test.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "fovea/KeySetCheck/KeySetProperties.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"

namespace fovea::attn {
#define GEN_PASS_DEF_CHECKKEYSETSPASS
#include "fovea/Dialect/Attn/Transforms/Passes.h.inc"
} // namespace fovea::attn

using namespace mlir;
using namespace fovea::attn;

namespace {
struct CheckKeySetsPass final
    : fovea::attn::impl::CheckKeySetsPassBase<CheckKeySetsPass> {
  using CheckKeySetsPassBase::CheckKeySetsPassBase;

  void runOnOperation() final {
    llvm::DenseSet<Attribute> checked;
    getOperation()->walk([&](Operation *op) {
      op->getAttrDictionary().walk([&](Attribute attr) {
        auto set = dyn_cast<KeySetInterface>(attr);
        if (set && checked.insert(attr).second)
          check(op, set);
      });
    });
    numKeySets += checked.size();
  }

private:
  void check(Operation *op, KeySetInterface set) {
    if (KeySetFault fault = checkNumbers(set))
      return report(op, set, "numbers", *fault);
    // An answer that nobody can use is in the way of several properties, and said once.
    llvm::StringSet<> said;
    for (const KeySetProperty &property : getKeySetProperties()) {
      KeySetChecker checker(set, seed);
      KeySetFault fault = (checker.*property.check)();
      if (fault && said.insert(*fault).second)
        report(op, set, property.name, *fault);
    }
  }

  void report(Operation *op, KeySetInterface set, StringRef property, StringRef fault) {
    op->emitError() << set << " is not its equation (" << property << "): " << fault;
    signalPassFailure();
  }
};
} // namespace
