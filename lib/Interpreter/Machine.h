//===- Machine.h - one thread of control ------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A machine runs a region one operation at a time, from a stack of its own, so that it
// can be left before any operation and taken up again. Control flow is in Machine.cpp;
// what an operation computes is in the evaluate functions below, one file per family.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_INTERPRETER_MACHINE_H
#define FOVEA_LIB_INTERPRETER_MACHINE_H

#include "Ring.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Dialect/Tile/IR/Tile.h"

#include <array>
#include <deque>

namespace fovea::tile {

/// A copy that is on its way into a ring.
struct Copy {
  Ring *ring;
  int64_t number;
  PutOp op;
  BufferRef view;
  llvm::SmallVector<int64_t, 4> offsets;
  TileRef rows = {};  ///< where the first dim is gathered
  int64_t count = {}; ///< of values: indices of the first dim that are there
};

/// A matrix product between its issue and its wait.
struct Product {
  IssueDotOp op;
  Datum lhs, rhs;
  TileRef acc, result;
  int64_t lhsVersion = 0, rhsVersion = 0; ///< of operands in a ring, at the issue
};

/// What the machines of one block, and the blocks of one run, have in common.
struct World {
  World(Findings &findings, const RunOptions &options)
      : findings(findings), options(options) {}

  Findings &findings;
  const RunOptions &options;
  llvm::DenseMap<mlir::Operation *, TileRef> constants;
  int64_t launches = 0;

  // Of the launch and block that runs.
  std::array<int64_t, kGridRank> grid = {}; ///< programs along each axis
  int64_t block = 0;
  int64_t groupWarps = kWarpsPerGroup; ///< that compute together: a warpgroup's, or one
  unsigned groups = 1;                 ///< of these among the consumers
  unsigned turn = 0;                   ///< whose turn it is, of these
  std::deque<Ring> rings;
  std::vector<Copy> copies;
  int64_t steps = 0;
};

class Machine {
public:
  enum class Role { Host, Program, Producer, Consumer };

  Machine(World &world, Role role, unsigned group, Environment env, mlir::Block &entry);

  bool isDone() const { return frames.empty(); }
  /// The next operation; null when done.
  mlir::Operation *next() const;
  /// Whether the next operation may run now.
  bool canRun() const;
  /// Why not.
  std::string explainWait() const;
  /// Runs the next operation and what follows, up to one that others can see.
  void advance();
  /// Runs the next operation alone.
  void advanceOne();
  const Environment &environment() const { return env; }

  /// Whether group `group` holds the row of a tile of this type.
  bool ownsRow(mlir::RankedTensorType type, int64_t row) const;
  /// Rows of a fragment that this machine computes.
  std::pair<int64_t, int64_t> ownRows(int64_t rows) const;
  /// The same, in elements; all of what is no fragment. The others are NaN, or 0.
  std::pair<int64_t, int64_t> ownElements(mlir::RankedTensorType type) const;

  const Datum &get(mlir::Value value) const { return env.find(value)->second; }
  int64_t integer(mlir::Value value) const { return std::get<int64_t>(get(value)); }
  llvm::SmallVector<int64_t, 4> integers(mlir::ValueRange values) const;
  const BufferRef &buffer(mlir::Value value) const {
    return std::get<BufferRef>(get(value));
  }
  /// The elements of a tile; null, with a finding, if it is a slot that may not be
  /// read.
  TileRef tile(mlir::Value value, mlir::Operation *reader);
  TileRef tile(const Datum &datum, mlir::Operation *reader);
  void set(mlir::Value value, Datum datum) { env[value] = std::move(datum); }

  /// Products that no wait has retired, oldest first.
  std::deque<std::shared_ptr<Product>> products;
  /// Whether the oldest product that has not read its operands can be run now.
  bool hasProduct() const;
  void runProduct();
  void compute(Product &product);

  World &world;
  Role role;
  unsigned group;
  llvm::SmallVector<int64_t> returned;       ///< of a host function
  std::array<int64_t, kGridRank> place = {}; ///< in the launch grid

  /// The number of the place among those of the grid, of which axis 0 runs fastest.
  int64_t programNumber() const;

private:
  /// A block that is being run, and where its loop stands.
  struct Frame {
    mlir::Block *block;
    mlir::Block::iterator at;
    int64_t position = 0, end = 0, step = 1;
    VisitsRef visits = nullptr;
  };

  bool enter(mlir::Operation *op);
  void leave(mlir::Operation *terminator);
  void leaveFor(mlir::Operation *terminator);
  void leaveWhile(mlir::Operation *terminator);
  void leaveVisits(mlir::Operation *terminator);
  void leavePrograms(mlir::Operation *terminator);
  bool startVisit(ForVisitsOp loop, Frame &frame);
  bool startProgram(ForProgramsOp loop, Frame &frame);
  void push(mlir::Block &block);
  void restart(Frame &frame) { frame.at = frame.block->begin(); }
  void bind(mlir::ValueRange targets, mlir::ValueRange sources);
  void finish(mlir::Operation *loop, mlir::ValueRange values);

  Environment env;
  std::vector<Frame> frames;
};

/// Each says whether the operation is of its family; then it has run.
bool evaluateElementwise(mlir::Operation *op, Machine &machine);
bool evaluateCompute(mlir::Operation *op, Machine &machine);
bool evaluateSelection(mlir::Operation *op, Machine &machine);
bool evaluateMemory(mlir::Operation *op, Machine &machine);
bool evaluateRing(mlir::Operation *op, Machine &machine);
bool evaluateHost(mlir::Operation *op, Machine &machine);

/// `acc + lhs * rhs` in f32, k ascending, for rows in [begin, end); NaN elsewhere.
TileRef multiply(const Tile &lhs, const Tile &rhs, const Tile &acc, bool transposeRhs,
                 std::pair<int64_t, int64_t> rows);

/// What a put copies; what is outside of its view is zero.
TileRef readBox(const Copy &copy, World &world);

/// Runs the programs of a launch, block after block.
void runLaunch(KernelOp kernel, mlir::ArrayRef<int64_t> grid,
               mlir::ArrayRef<Datum> arguments, World &world);

} // namespace fovea::tile

#endif // FOVEA_LIB_INTERPRETER_MACHINE_H
