//===- KernelEmitter.h - a tile kernel as loops -----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOLOOPS_KERNELEMITTER_H
#define FOVEA_LIB_CONVERSION_TILETOLOOPS_KERNELEMITTER_H

#include "BufferPlan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <optional>

namespace fovea::tile_to_loops {

/// What the loops are made for.
struct LoopTarget {
  int64_t vectorBits;
  int64_t vectorRegisters;
  int64_t maxStackBytes;   ///< of scratch on a thread's stack
  int64_t maxScratchBytes; ///< of scratch that a kernel may have at all
};

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

/// One place in a loop nest over a tile, `width` elements at a time. Values that do
/// not depend on `outer` are made before the inner loop, at `beforeInner`.
struct LaneNest {
  int64_t width;
  Layout layout;
  mlir::Value outer; // null for rank 1
  mlir::Value inner;
  mlir::OpBuilder::InsertPoint beforeInner;
  llvm::DenseMap<mlir::Value, mlir::Value> known;
};

/// Writes one kernel's function, which takes the kernel's arguments and the program's
/// two ids, and then, where its scratch is too large for a stack, bytes that are
/// aligned to kScratchAlignment. Each Emit*.cpp holds the operations of one kind.
class KernelEmitter {
public:
  KernelEmitter(tile::KernelOp kernel, const LoopTarget &target);
  /// Makes the function, before the kernel; fails with a diagnostic.
  mlir::LogicalResult emit();

private:
  using Body = llvm::function_ref<void(mlir::Value)>;
  using Values = llvm::SmallVector<mlir::Value>;

  // KernelEmitter.cpp: structure and storage.
  void emitBlock(mlir::Block &block);
  void emitOp(mlir::Operation *op);
  void emitScalarOp(mlir::Operation *op);
  mlir::LogicalResult placeScratch();
  static int64_t paddedBytes(mlir::MemRefType type);
  mlir::Value allocate(mlir::MemRefType type);
  Storage storageOf(mlir::Value tile);
  Storage tableStorage(mlir::Value tile, Layout layout);
  Storage temporary(mlir::RankedTensorType tile, Layout layout);
  /// `tile` in memory, in `layout`; copied to a temporary where it is not.
  Storage inMemory(mlir::Value tile, Layout layout);
  Storage inMemory(mlir::Value tile);
  void copy(mlir::Value source, const Storage &to);
  void copyAll(const Transfers &transfers);

  // Small pieces of IR.
  mlir::Value index(int64_t value);
  mlir::Value i32(int64_t value);
  mlir::Value scalar(mlir::Value value) { return scalars.lookup(value); }
  void loop(mlir::Value begin, mlir::Value end, int64_t step, Body body);
  void loop(int64_t begin, int64_t end, int64_t step, Body body);
  /// From 0; a single step is no loop.
  void loop(int64_t end, int64_t step, Body body);
  Values carry(mlir::Value end, int64_t step, mlir::ValueRange inits,
               llvm::function_ref<Values(mlir::Value, mlir::ValueRange)> body);
  /// Largest power of two that divides `size` and fits a register of 32-bit elements.
  int64_t widthFor(int64_t size) const;
  mlir::VectorType vectorType(int64_t width, mlir::Type element) const;
  /// Element (row, column) of a tile of rank 2, converted from and to scratch.
  mlir::Value loadElement(const Storage &from, mlir::Value row, mlir::Value column);
  void storeElement(mlir::Value value, const Storage &to, mlir::Value row,
                    mlir::Value column);
  mlir::Value fromScratch(mlir::Value value, mlir::Type element);
  mlir::Value toScratch(mlir::Value value);

  // EmitElementwise.cpp
  void emitRun(const Fusion::Run &run);
  void emitNest(mlir::RankedTensorType tile, Layout layout,
                llvm::function_ref<void(LaneNest &)> body);
  mlir::Value vectorOf(mlir::Value tile, LaneNest &nest);
  mlir::Value generatedVector(mlir::Value tile, LaneNest &nest);
  mlir::Value broadcastVector(tile::BroadcastOp op, LaneNest &nest);
  mlir::Value rowVector(mlir::Value rows, mlir::Value at, int64_t width);
  mlir::Value rowScalar(mlir::Value rows, mlir::Value at);
  mlir::Value splatOf(mlir::Value tile);
  void storeVector(mlir::Value vector, const Storage &to, LaneNest &nest);
  void emitRepeat(tile::RepeatOp op);

  // EmitControl.cpp
  void emitIf(mlir::scf::IfOp op);
  void emitFor(mlir::scf::ForOp op);
  void emitBranch(mlir::Region &from, mlir::Region &to);
  void emitLocate(tile::LocateOp op);

  // EmitVisits.cpp
  void emitForVisits(tile::ForVisitsOp op);
  void emitRangeLoop(tile::ForVisitsOp op, tile::VisitRangeOp range);
  void emitListsLoop(tile::ForVisitsOp op, tile::VisitListsOp lists);
  mlir::Value emitNextVisit(tile::VisitListsOp op, const Storage &lists,
                            mlir::Value last);
  void emitTokenMask(tile::VisitListsOp op, const Storage &lists, mlir::Value block,
                     const Storage &mask);
  Values emitVisitBody(tile::ForVisitsOp op, mlir::Value block, mlir::Value fullBegin,
                       mlir::Value fullEnd, mlir::ValueRange carried);

  // EmitMemory.cpp
  struct Box;
  template <typename OpTy> Box boxOf(OpTy op);
  void emitLoad(tile::LoadOp op);
  void emitStore(tile::StoreOp op);
  bool isDirect(tile::LoadOp op) const;
  void fillScratch(tile::LoadOp op, const Box &box, const Storage &to);
  mlir::Value validRows(mlir::Value count, int64_t size);
  enum class Rows { All, Held, Padding };
  void forRows(const Box &box, mlir::Value begin, mlir::Value end, Rows rows,
               llvm::function_ref<void(mlir::ValueRange, mlir::Value)> body);

  // EmitDot.cpp
  struct Product;
  void emitDot(tile::DotOp op);
  void emitPanel(const Product &product, int64_t rows, mlir::Value row,
                 mlir::Value lane);

  // EmitReduce.cpp
  /// `group` consecutive elements along `axis`, or all of them, become one.
  struct Reduction {
    tile::ReduceKind kind;
    int64_t axis;
    std::optional<int64_t> group;
  };
  void emitReduce(tile::ReduceOp op);
  void emitBlockMax(tile::BlockMaxOp op);
  void reduce(const Reduction &reduction, const Storage &from, const Storage &to);
  void reduceAcross(const Reduction &reduction, const Storage &from, const Storage &to);
  void reduceWithin(const Reduction &reduction, const Storage &from, const Storage &to);
  mlir::Value combine(tile::ReduceKind kind, mlir::Value a, mlir::Value b);

  // EmitSelection.cpp
  void emitBandSum(tile::BandSumOp op);
  void emitWideBandSum(tile::BandSumOp op, int64_t before, int64_t ratio);
  mlir::Value emitWideBand(mlir::Value sum, mlir::Value first, const Storage &input,
                           mlir::Value row, int64_t before, int64_t ratio);
  void emitTopkUpdate(tile::TopkUpdateOp op);
  void emitTopkIndices(tile::TopkIndicesOp op);

  tile::KernelOp kernel;
  LoopTarget target;
  Layouts layouts;
  Fusion fusion;
  BufferPlan plan;
  mlir::ImplicitLocOpBuilder b;
  mlir::func::FuncOp function;
  mlir::IRMapping scalars;
  llvm::SmallVector<mlir::Value> slots;
  llvm::DenseMap<mlir::Value, mlir::Value> placed; // tiles that lie outside their slot
  llvm::DenseMap<std::pair<mlir::Value, unsigned>, mlir::Value> tables;
  llvm::SmallVector<mlir::Value> freeTemporaries, usedTemporaries;
  int64_t scratchBytes = 0;
  bool failed = false;
};

} // namespace fovea::tile_to_loops

#endif // FOVEA_LIB_CONVERSION_TILETOLOOPS_KERNELEMITTER_H
