//===- Warp.h - 32 threads that run as one ----------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A warp runs a kernel of the thread dialect one operation at a time, for all of its
// lanes, of which a mask says who takes part: structured control flow narrows it. What
// an operation does is in a table, filled by one file per family.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_INTERPRETER_SIMT_WARP_H
#define FOVEA_LIB_INTERPRETER_SIMT_WARP_H

#include "fovea/Dialect/Simt/IR/Simt.h"
#include "llvm/ADT/DenseMap.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fovea::simt {

class BlockState;
class Warp;

constexpr unsigned kWarpLanes = 32;
using Mask = uint32_t;
constexpr Mask kAllLanes = ~Mask(0);

using Handler = std::function<void(Warp &, mlir::Operation *)>;
/// What each operation does.
using Handlers = llvm::DenseMap<mlir::TypeID, Handler>;

/// What is asked of an operation each time that it runs.
struct OperationInfo {
  const Handler *handler; ///< null: unknown, control flow, or a terminator
  bool isTerminator, isControl;
  bool isShared; ///< others can see it, or it them
};
OperationInfo describe(mlir::Operation *op);

/// What the lanes of a warp hold of one value: element e of lane l is word 32 e + l. A
/// float is its bits, an integer that is narrower than 64 bits has zeros above.
using Lanes = std::vector<uint64_t>;
using LanesRef = std::shared_ptr<const Lanes>;

/// Bits of a scalar, or of a vector's element; those of an address are 64.
unsigned bitsOf(mlir::Type type);
/// Elements that one lane has of a value.
int64_t elementsOf(mlir::Type type);
/// The lanes in which an i1 holds.
Mask whereTrue(const Lanes &condition);

/// A 16-byte copy of each lane of `mask`, from device memory, and of zeros in the lanes
/// that are not in `reads`; or, where there is a barrier, the arrivals behind it.
struct LaneCopy {
  mlir::Operation *op;
  Mask mask, reads;
  LanesRef to, from;
};

/// This warp's rows of a product of its warpgroup, between its issue and its wait.
struct PendingProduct {
  WgmmaOp op;
  LanesRef a, b, acc;
  std::shared_ptr<Lanes> result;
  int64_t group;
};

class Warp {
public:
  Warp(BlockState &block, unsigned number, mlir::Block &entry,
       mlir::ArrayRef<uint64_t> arguments);

  bool isDone() const { return frames.empty(); }
  mlir::Operation *next() const;
  bool canRun();
  /// Why not.
  std::string explainWait();
  /// Runs the next operation and what follows, up to one that others can see.
  void advance();

  const LanesRef &get(mlir::Value value) const { return env.find(value)->second; }
  /// Element 0 of a value in `lane`.
  uint64_t at(mlir::Value value, unsigned lane) const { return (*get(value))[lane]; }
  /// Element 0 of a value that all lanes of the mask agree on; a finding if they do
  /// not.
  uint64_t uniform(mlir::Value value, mlir::Operation *reader);
  void set(mlir::Value value, LanesRef lanes) { env[value] = std::move(lanes); }
  void set(mlir::Value value, Lanes lanes) {
    set(value, std::make_shared<const Lanes>(std::move(lanes)));
  }
  /// Reports where not all lanes take part in `op`.
  void expectAllLanes(mlir::Operation *op);

  Mask mask() const { return frames.back().mask; }
  bool has(unsigned lane) const { return mask() >> lane & 1; }
  unsigned firstLane() const;

  // Of copies by lanes, oldest first.
  void runCopy();
  std::deque<LaneCopy> copies;

  // Of products.
  void issue(PendingProduct product);
  /// Runs those of all groups but the `newer` last ones.
  void retire(int64_t newer);
  int64_t group = 0; ///< that the next product is of
  std::deque<PendingProduct> products;

  BlockState &block;
  const unsigned number;
  /// How often it has passed the named barrier at which it stands.
  std::optional<int64_t> meeting;

private:
  struct Frame {
    mlir::Block *block;
    mlir::Block::iterator at;
    Mask mask;
    Mask others = 0; ///< lanes that are to take the other region of a branch
  };

  void enter(mlir::Operation *op);
  void leave(mlir::Operation *terminator);
  void leaveIf(mlir::Operation *terminator);
  void leaveFor(mlir::Operation *terminator);
  void leaveWhile(mlir::Operation *terminator);
  void push(mlir::Block &block, Mask mask, Mask others = 0);
  void goTo(mlir::Block &block, Mask mask);
  void bind(mlir::ValueRange targets, mlir::ValueRange sources);
  /// The lanes of `mask` take the sources; the others keep what they have.
  void merge(mlir::ValueRange targets, mlir::ValueRange sources, Mask mask);

  llvm::DenseMap<mlir::Value, LanesRef> env;
  std::vector<Frame> frames;
};

void addArithmetic(Handlers &handlers);
void addAcrossLanes(Handlers &handlers);
void addMemory(Handlers &handlers);
void addBarriers(Handlers &handlers);
void addProducts(Handlers &handlers);

/// Whether the operation may run now, where that is for others to say; then it has
/// waited for nothing.
bool canPass(Warp &warp, mlir::Operation *op);
std::string explainBarrier(Warp &warp, mlir::Operation *op);

/// The product of this warp's rows: what `product.result` is to be.
void compute(Warp &warp, PendingProduct &product);

} // namespace fovea::simt

#endif // FOVEA_LIB_INTERPRETER_SIMT_WARP_H
