//===- KernelEmitter.h - a placed kernel as one thread runs it --*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A tile becomes the vector that one thread holds of it (Placement.h says which
// elements), a tile in shared memory its address, a token mask a word of bits:
//
//   #tile.fragment, f32, i32, i1   vector<N/2>       the lane's elements, in order
//   #tile.fragment, f16, bf16      vector<N/4 x i32> pairs of them
//   #tile.fragment_rows            vector<2>         #tile.fragment_columns vector<N/4>
//   #tile.lanes                    vector<rows per warp * registers per row>
//   #tile.lane_rows, _columns      vector<rows per warp>, vector<registers per row>
//   #tile.flat                     vector<ceil(elements/32)>
//   #tile.shared, #tile.scratch    !llvm.ptr<3>      #tile.bits              i64
//
// A block's threads: the producer's, if there is one, and the consumers' behind them.
// The producer is one warp. Where setmaxnreg hands registers over it has a warpgroup to
// itself, for that moves those of whole warpgroups: three of its warps end at once.
//
// What the target lacks is done with what every target has, under the same rings:
//
//   copies    one lane asks the copy engine (TMA)   or  the warp's lanes (cp.async)
//   products  a warpgroup at a time (wgmma)         or  a warp at a time (mma.sync)
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_KERNELEMITTER_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_KERNELEMITTER_H

#include "ThreadBuilder.h"
#include "fovea/Dialect/Simt/IR/Simt.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/TypeSwitch.h"

#include <array>

namespace fovea {
struct GpuTargetInfo;
}

namespace fovea::tile_to_simt {

using mlir::ArrayRef;
using mlir::FailureOr;
using mlir::LogicalResult;
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::SmallVector;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

inline RankedTensorType tileType(Value value) {
  return mlir::dyn_cast<RankedTensorType>(value.getType());
}
template <typename EncodingT> EncodingT encodingOf(Value tile) {
  return mlir::dyn_cast_or_null<EncodingT>(tileType(tile).getEncoding());
}

/// What a tile is to one thread; a type that is no tile stays.
Type convertType(Type type);

/// A ring's place in shared memory.
struct RingPlace {
  int64_t stages, slotBytes;
  int64_t slots, full, empty; ///< byte offsets
};

/// Which of the two 16-bit floats `element` is.
simt::Half halfOf(Type element);

/// The address of 16-byte unit `unit` (i32, below swizzle / 16) of row `row` (i32) in
/// the first chunk of a swizzled tile.
Value unitAddress(ThreadBuilder &b, Value tile, int64_t swizzle, Value row, Value unit);

struct Box;

class KernelEmitter {
public:
  KernelEmitter(tile::KernelOp kernel, const GpuTargetInfo &target,
                mlir::OpBuilder &builder)
      : kernel(kernel), target(target), b(kernel.getLoc(), builder) {}

  /// Writes a gpu.module beside the kernel. Emits a diagnostic and fails for what no
  /// instruction fits.
  LogicalResult emit();

private:
  // EmitSetup.cpp: the function around the roles.
  void planSharedMemory();
  mlir::gpu::GPUModuleOp createFunction();
  void addTensorMaps();
  void describe(mlir::gpu::GPUModuleOp module);
  void emitThreadIds();
  void emitBarrierInits();
  LogicalResult emitRoles();
  int64_t allocate(int64_t bytes, int64_t alignment);

  // KernelEmitter.cpp: dispatch and control flow.
  LogicalResult emitBlock(mlir::Block &block);
  LogicalResult emitOp(Operation *op);
  LogicalResult emitFor(mlir::scf::ForOp op);
  LogicalResult emitIf(mlir::scf::IfOp op);
  LogicalResult emitWhile(mlir::scf::WhileOp op);
  LogicalResult emitPrograms(tile::ForProgramsOp op);
  /// Ends an scf.for's body, which has its terminator already where it carries nothing.
  void yieldFromFor(ValueRange values) {
    if (!values.empty())
      mlir::scf::YieldOp::create(b, values);
  }
  SmallVector<Value> lookup(ValueRange values) const;
  Value lookup(Value value) const { return map.lookup(value); }
  void bind(Value source, Value value) { map.map(source, value); }

  // EmitMemory.cpp
  Box boxAt(Value view, ValueRange offsets, ArrayRef<int64_t> box);
  template <typename OpT> Box boxOf(OpT op);
  LogicalResult emitLoad(tile::LoadOp op);
  LogicalResult emitStore(tile::StoreOp op);
  void emitViewLoad(Operation *op);
  Value sizeOf(Value view, int64_t axis);
  void emitDim(Operation *op);

  // EmitElementwise.cpp
  LogicalResult emitElementwise(Operation *op);
  LogicalResult emitTruncf(Operation *op);
  LogicalResult emitExtf(Operation *op);
  Value emitMath(Operation *op);
  Value emitErf(Value x);
  Value emitTanh(Value x);
  LogicalResult emitConstant(Operation *op);
  void emitBroadcast(tile::BroadcastOp op);
  void emitPositions(tile::PositionsOp op);
  void emitRepeat(tile::RepeatOp op);

  // EmitReduce.cpp
  LogicalResult emitReduce(tile::ReduceOp op);
  void emitRowReduce(tile::ReduceOp op);
  void emitLaneReduce(tile::ReduceOp op);
  void emitGroupReduce(tile::ReduceOp op, int64_t group);
  LogicalResult emitBlockMax(tile::BlockMaxOp op);
  void emitFragmentBlockMax(tile::BlockMaxOp op);
  void emitScratchBlockMax(tile::BlockMaxOp op);

  // EmitPut.cpp
  LogicalResult emitPut(tile::PutOp op);
  void emitTmaPut(tile::PutOp op);
  LogicalResult emitAsyncPut(tile::PutOp op);

  // EmitRings.cpp
  void emitGet(tile::GetOp op);
  void emitRelease(tile::ReleaseOp op);
  void emitClearRows(tile::ClearRowsOp op);
  void emitPost(tile::PostOp op);
  void emitTake(tile::TakeOp op);
  void emitAnyToken(tile::AnyTokenOp op);
  void emitBarrierWait(Value barrier, Value parity);
  /// One tile's turn of its slot.
  struct Turn {
    Value slot;        ///< address
    Value full, empty; ///< addresses
    Value parity;      ///< i32, of full
    Value freeParity;  ///< i32, of empty
  };
  Turn turnOf(Value ring, Value number);

  // EmitDot.cpp
  LogicalResult emitIssueDot(tile::IssueDotOp op);
  Value emitWgmma(tile::IssueDotOp op);
  LogicalResult emitMmaSync(tile::IssueDotOp op);
  void emitWait(tile::WaitOp op);

  // EmitSelection.cpp
  void emitBandSum(tile::BandSumOp op);
  LogicalResult emitTopkUpdate(tile::TopkUpdateOp op);
  LogicalResult emitTopkIndices(tile::TopkIndicesOp op);

  // EmitVisits.cpp
  void emitLocate(tile::LocateOp op);
  LogicalResult emitVisits(tile::ForVisitsOp op);
  template <typename Producer>
  LogicalResult emitVisitsIn(mlir::scf::ForOp loop, tile::ForVisitsOp op,
                             Producer producer, Value tokens);
  LogicalResult emitRangeVisits(tile::ForVisitsOp op, tile::VisitRangeOp range);
  LogicalResult emitListedVisits(tile::ForVisitsOp op, tile::VisitListsOp lists);

  bool hasProducer();
  int64_t producerWarps();
  int64_t consumerWarps();
  bool handsRegistersOver();
  bool usesWgmma();
  /// Warps that compute a product together, and so take every branch around one
  /// together.
  int64_t unitWarps();
  int64_t threads();
  int64_t blocksPerMultiprocessor();
  LogicalResult verifyResidency();
  /// Shared memory of this block at a byte offset.
  Value shared(int64_t byte) { return b.offset(sharedBase, byte); }
  /// Waits for the four warps of this warpgroup.
  void syncWarpgroup();

  tile::KernelOp kernel;
  const GpuTargetInfo &target;
  ThreadBuilder b;
  mlir::IRMapping map;
  mlir::LLVM::LLVMFuncOp function;
  tile::SpecializeOp roles;

  // Of the thread.
  Value sharedBase, lane;
  Value warp;      ///< among the consumers
  Value warpgroup; ///< among the consumers' warpgroups
  bool inProducer = false;

  // Of the launch.
  std::array<Value, kGridRank> programs;           ///< i32, along each axis of the grid
  llvm::DenseMap<Value, Value> pointers;           ///< view argument -> pointer
  llvm::DenseMap<Value, SmallVector<Value>> sizes; ///< view argument -> dynamic sizes
  llvm::MapVector<std::pair<Value, mlir::Attribute>, Value> maps; ///< view, box -> map
  SmallVector<mlir::Attribute> params; ///< of #tile.kernel_abi

  // Of shared memory.
  llvm::DenseMap<Value, RingPlace> rings;
  llvm::DenseMap<Operation *, int64_t> scratch; ///< of what hands rows over
  int64_t sharedBytes = 0;
};

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_KERNELEMITTER_H
