//===- Scratch.h - where the tiles of a kernel lie --------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOLOOPS_SCRATCH_H
#define FOVEA_LIB_CONVERSION_TILETOLOOPS_SCRATCH_H

#include "KernelFrame.h"
#include "LoopBuilder.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fovea::tile_to_loops {

/// Where scratch begins: one cache line, and the widest vector.
inline constexpr int64_t kScratchAlignment = 64;

/// A tile that lies in memory.
struct Storage {
  mlir::Value memref;
  Layout layout;
  mlir::RankedTensorType tile;

  bool isLanes() const { return layout == Layout::Lanes; }
  /// Sizes as they lie: `outer` vectors' worth of `inner` contiguous elements.
  int64_t inner() const {
    return isLanes() ? tile.getDimSize(0) : tile.getShape().back();
  }
  int64_t outer() const {
    return tile.getRank() == 1 ? 1 : tile.getDimSize(isLanes() ? 1 : 0);
  }
};

/// A scalar or vector as it lies in scratch (scratchType), as one of `element`.
mlir::Value fromScratch(LoopBuilder &b, mlir::Value value, mlir::Type element);
mlir::Value toScratch(LoopBuilder &b, mlir::Value value);
/// Element (row, column) of a tile of rank 2, converted from and to scratch.
mlir::Value loadElement(LoopBuilder &b, const Storage &from, mlir::Value row,
                        mlir::Value column);
void storeElement(LoopBuilder &b, mlir::Value value, const Storage &to, mlir::Value row,
                  mlir::Value column);

/// The memory of a kernel's function: the plan's slots, tables of constants, and
/// temporaries. All of it is allocated at the function's entry.
class Scratch {
public:
  /// Allocates the plan's slots.
  Scratch(const KernelFrame &frame, mlir::func::FuncOp function, LoopBuilder &b);

  /// Where a tile lies that is no generator.
  Storage storageOf(mlir::Value tile);
  /// Says that `tile` lies in `memref` and not in its slot.
  void setElsewhere(mlir::Value tile, mlir::Value memref) { elsewhere[tile] = memref; }
  /// Memory until the innermost Scope ends.
  Storage temporary(mlir::RankedTensorType tile, Layout layout);

  /// Gives back the temporaries that were taken since it began.
  class Scope {
  public:
    explicit Scope(Scratch &scratch)
        : scratch(scratch), outside(scratch.usedTemporaries.size()) {}
    Scope(const Scope &) = delete;
    ~Scope();

  private:
    Scratch &scratch;
    size_t outside;
  };

  int64_t bytes() const { return allocated; }
  /// Takes all of the memory from bytes that become the function's last argument, where
  /// a launch passes them.
  mlir::LogicalResult makeArgument();

private:
  mlir::Value allocate(mlir::MemRefType type);
  Storage tableStorage(mlir::Value tile, Layout layout);

  const KernelFrame &frame;
  mlir::func::FuncOp function;
  LoopBuilder &b;
  Values slots;
  llvm::DenseMap<mlir::Value, mlir::Value> elsewhere;
  llvm::DenseMap<std::pair<mlir::Value, unsigned>, mlir::Value> tables;
  Values freeTemporaries, usedTemporaries;
  int64_t allocated = 0;
};

} // namespace fovea::tile_to_loops

#endif // FOVEA_LIB_CONVERSION_TILETOLOOPS_SCRATCH_H
