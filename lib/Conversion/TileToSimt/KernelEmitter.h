//===- KernelEmitter.h - a placed kernel as one thread runs it --*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Operation by operation, over what a thread holds of each tile (KernelFrame.h). What
// the target lacks is done with what every target has, under the same rings
// (RingProtocol.h):
//
//   copies    one lane asks the copy engine (TMA)   or  the warp's lanes (cp.async)
//   products  a warpgroup at a time (wgmma)         or  a warp at a time (mma.sync)
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_KERNELEMITTER_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_KERNELEMITTER_H

#include "CopyEmitter.h"
#include "KernelFrame.h"
#include "ProductEmitter.h"
#include "RingProtocol.h"
#include "TopkRows.h"
#include "llvm/ADT/TypeSwitch.h"

#include <array>

namespace fovea::tile_to_simt {

class KernelEmitter : private KernelFrame {
public:
  KernelEmitter(tile::KernelOp kernel, const GpuTargetInfo &target,
                mlir::OpBuilder &builder)
      : KernelFrame(kernel, target, builder), copies(CopyEmitter::create(*this)),
        products(ProductEmitter::create(*this)), protocol(*this, *copies, *products) {}

  /// Writes a gpu.module beside the kernel. Emits a diagnostic and fails for what no
  /// instruction fits.
  LogicalResult emit();

private:
  // EmitSetup.cpp: the function around the roles.
  void planSharedMemory();
  mlir::gpu::GPUModuleOp createFunction();
  void describe(mlir::gpu::GPUModuleOp module);
  void emitThreadIds();
  LogicalResult emitRoles();
  int64_t allocate(int64_t bytes, int64_t alignment);
  int64_t allocateScratch(Operation *op);
  int64_t sharedOfBlock();

  // KernelEmitter.cpp: dispatch and control flow.
  LogicalResult emitBlock(mlir::Block &block);
  LogicalResult emitOp(Operation *op);
  LogicalResult emitFor(mlir::scf::ForOp op);
  LogicalResult emitIf(mlir::scf::IfOp op);
  LogicalResult emitWhile(mlir::scf::WhileOp op);
  LogicalResult emitPrograms(tile::ForProgramsOp op);
  void bindPlaces(tile::ForProgramsOp op, Value number);
  FailureOr<SmallVector<Value>> emitBody(mlir::Block &block);

  // EmitMemory.cpp
  template <typename OpT> Box boxOf(OpT op);
  LogicalResult emitLoad(tile::LoadOp op);
  LogicalResult emitTransposedLoad(tile::LoadOp op);
  void emitRead(tile::ReadOp op);
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
  void emitLaneSpread(tile::BroadcastOp op);
  void emitLaneRepeat(tile::RepeatOp op);
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

  // EmitColumnReduce.cpp
  void emitColumnReduce(tile::ReduceOp op);

  // EmitUnits.cpp
  void emitClearRows(tile::ClearRowsOp op);
  void emitAnyToken(tile::AnyTokenOp op);
  void emitFirstTurn();
  void emitAwaitTurn();
  void emitPassTurn();

  // EmitBandSum.cpp
  void emitBandSum(tile::BandSumOp op);

  // EmitTopk.cpp
  std::unique_ptr<TopkRows> topkRows(Value values, Value indices);
  LogicalResult emitTopkUpdate(tile::TopkUpdateOp op);
  LogicalResult emitTopkIndices(tile::TopkIndicesOp op);

  // EmitVisits.cpp
  void emitLocate(tile::LocateOp op);
  void emitSequence(tile::SequenceOp op);
  LogicalResult emitVisits(tile::ForVisitsOp op);
  template <typename Producer>
  LogicalResult emitVisitsIn(mlir::scf::ForOp loop, tile::ForVisitsOp op,
                             Producer producer, Value tokens);
  LogicalResult emitRangeVisits(tile::ForVisitsOp op, tile::VisitRangeOp range);
  LogicalResult emitListedVisits(tile::ForVisitsOp op, tile::VisitListsOp lists);

  LogicalResult verifyResidency();

  std::unique_ptr<CopyEmitter> copies;
  std::unique_ptr<ProductEmitter> products;
  RingProtocol protocol;
  mlir::LLVM::LLVMFuncOp function;

  // Of the launch.
  std::array<Value, kGridRank> programs; ///< i32, along each axis of the grid
  SmallVector<mlir::Attribute> params;   ///< of #tile.kernel_abi

  // Of shared memory.
  llvm::DenseMap<Operation *, int64_t> scratch; ///< of what hands rows or counts over
  llvm::DenseMap<int64_t, int64_t> queues;      ///< of each top-k
  int64_t sharedBytes = 0;                      ///< of a team
};

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_KERNELEMITTER_H
