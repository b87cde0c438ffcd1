//===- Scheduler.h - who runs next ------------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_INTERPRETER_SCHEDULER_H
#define FOVEA_LIB_INTERPRETER_SCHEDULER_H

#include "fovea/Interpreter/Interpreter.h"

#include <random>

namespace fovea::tile {

/// One thing that can happen next.
struct Choice {
  enum class Kind {
    Thread, ///< a role takes its next step
    Copy,   ///< a copy arrives
    Product ///< a group's oldest product reads its operands
  };
  Kind kind;
  unsigned index; ///< of the thread (0: the producer), or of the copy
};

/// An order at work in one block.
class Scheduler {
public:
  Scheduler(const Order &order, uint64_t block);

  /// An index into `choices`, which is not empty and always in one order: threads,
  /// copies, products.
  size_t pick(llvm::ArrayRef<Choice> choices);

private:
  size_t pickRandom(llvm::ArrayRef<Choice> choices);
  /// Lower goes first.
  int64_t rank(const Choice &choice) const;

  Order order;
  std::mt19937_64 random;
  llvm::SmallVector<int64_t> lastRun;  ///< of each thread
  llvm::SmallVector<uint64_t> weights; ///< of each thread, then of copies and products
  int64_t time = 0;
};

} // namespace fovea::tile

#endif // FOVEA_LIB_INTERPRETER_SCHEDULER_H
