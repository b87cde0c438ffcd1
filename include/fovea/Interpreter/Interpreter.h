//===- Interpreter.h - kernels run under many interleavings -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Runs launch programs and their kernels, logical, placed or lowered to threads, on the
// CPU. The roles of a placed kernel, and the warps of a lowered one, are threads of
// control that meet in rings, or at barriers; who runs next is an Order's choice, and
// so is when a copy arrives and when a matrix product reads its operands.
// docs/interpreter.md tells what is modelled and what is not.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_INTERPRETER_INTERPRETER_H
#define FOVEA_INTERPRETER_INTERPRETER_H

#include "fovea/Support/ElementType.h"
#include "mlir/IR/Location.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/SmallVector.h"

#include <memory>
#include <string>
#include <vector>

namespace fovea::tile {

/// The memory behind a view: row-major, `floats` or `ints` as the type says. Values of
/// 16-bit types are held as the f32 that they are.
struct Buffer {
  Buffer(ElementType type, llvm::ArrayRef<int64_t> shape);

  bool isFloat() const { return type != ElementType::I32; }
  int64_t size() const { return isFloat() ? floats.size() : ints.size(); }
  /// What nobody wrote: NaN, or the least integer.
  void poison();

  ElementType type;
  llvm::SmallVector<int64_t> shape;
  std::vector<float> floats;
  std::vector<int32_t> ints;
  /// Who wrote an element last, and who read it; 0: nobody.
  std::vector<uint64_t> writers, readers;
};
using BufferRef = std::shared_ptr<Buffer>;

/// Who goes first where several may.
struct Order {
  enum class Kind {
    RoundRobin, ///< whoever waited longest
    Random,     ///< by a seed, with weights that the seed draws
    Favor,      ///< one thread as far as it can
    Starve      ///< one thread only when nobody else can
  };
  Kind kind = Kind::RoundRobin;
  uint64_t seed = 0;
  /// 0: the producer; g + 1: consumer warpgroup g. Of a lowered kernel: warpgroup.
  unsigned thread = 0;
  bool lateCopies = true;   ///< a copy arrives only when somebody must have it
  bool lateProducts = true; ///< a product reads its operands only at its wait

  std::string describe() const;
};

/// Favors and starves each of `threads`, with early and late copies and products.
std::vector<Order> getAdversarialOrders(unsigned threads);

enum class FindingKind {
  Race,       ///< two accesses of a slot, or of an element, without an order
  Deadlock,   ///< no role can run
  Pending,    ///< a product is read that may still run
  Unbalanced, ///< the block ends with tiles that were put and not got
  Bounds,     ///< an access outside of its view
  Unsupported ///< an operation that the interpreter does not know
};
llvm::StringRef getName(FindingKind kind);

struct Finding {
  FindingKind kind;
  mlir::Location loc;
  std::string message;
  std::vector<std::pair<mlir::Location, std::string>> notes;

  /// `file:line:col: race: message`, and a line for each note.
  std::string describe() const;
};

struct RunOptions {
  Order order;
  int64_t blocks = 2;          ///< of each launch; each takes its share of programs
  int64_t maxSteps = 50000000; ///< of one block, before it counts as endless
  /// tile.check_sequences gives 0, as a launch program of a GPU leaves the status out.
  bool statusIsGood = false;
  /// Programs of one launch may touch one another's elements: over offsets that do not
  /// ascend some rows are in two sequences.
  bool mayShareElements = false;
};

/// What a run gives. The first finding ends it.
struct RunResult {
  std::vector<Finding> findings;
  std::vector<int64_t> scalars; ///< what a host function returned
};

/// Runs a host function over `arguments`, which its kernels read and write.
RunResult runHost(mlir::FunctionOpInterface function,
                  llvm::ArrayRef<BufferRef> arguments, const RunOptions &options);

/// Runs one kernel over a grid of one or two sizes. An argument that is no view takes
/// its value from `scalars`, in order.
RunResult runKernel(mlir::FunctionOpInterface kernel, llvm::ArrayRef<int64_t> grid,
                    llvm::ArrayRef<BufferRef> views, llvm::ArrayRef<int64_t> scalars,
                    const RunOptions &options);

} // namespace fovea::tile

#endif // FOVEA_INTERPRETER_INTERPRETER_H
