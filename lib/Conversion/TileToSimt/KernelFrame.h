//===- KernelFrame.h - what the parts of an emission share ------*- C++ -*-===//
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
//   #tile.queued                   what QueuedRows.h says, and for i32 how much waits
//   #tile.lane_rows, _columns      vector<rows per warp>, vector<registers per row>
//   #tile.flat                     vector<ceil(elements/32)>
//   #tile.shared, #tile.scratch    !llvm.ptr<3>      #tile.bits              i64
//
// A block's threads: the producers', if there are some, and the consumers' behind them.
// A team (#tile.gpu) is a producing warp and consumers, with shared memory and named
// barriers of its own, and runs programs of its own, as a block of one team does. Where
// setmaxnreg hands registers over the producers have a warpgroup to themselves, for
// that moves those of whole warpgroups: its warps that no team has end at once.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_KERNELFRAME_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_KERNELFRAME_H

#include "ThreadBuilder.h"
#include "fovea/Dialect/Simt/IR/Simt.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

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

/// Whether the slots of `ring` hold values, which lanes copy and read.
bool isOfValues(Value ring);

/// Which of the two 16-bit floats `element` is.
simt::Half halfOf(Type element);

/// The address of 16-byte unit `unit` (i32, below swizzle / 16) of row `row` (i32) in
/// the first chunk of a swizzled tile.
Value unitAddress(ThreadBuilder &b, Value tile, int64_t swizzle, Value row, Value unit);

/// The sum or the maximum of two numbers.
Value combine(ThreadBuilder &b, tile::ReduceKind kind, Value x, Value y);

struct Box;

/// A kernel while it is emitted: what its values have become, and where things are for
/// one thread.
struct KernelFrame {
  KernelFrame(tile::KernelOp kernel, const GpuTargetInfo &target,
              mlir::OpBuilder &builder)
      : kernel(kernel), target(target), b(kernel.getLoc(), builder),
        roles(*kernel.getBody().getOps<tile::SpecializeOp>().begin()) {}

  SmallVector<Value> lookup(ValueRange values) const;
  Value lookup(Value value) const { return map.lookup(value); }
  void bind(Value source, Value value) { map.map(source, value); }

  /// A box of a view, without step, count and padding.
  Box boxAt(Value view, ValueRange offsets, ArrayRef<int64_t> box);

  bool hasProducer();
  int64_t teams();
  int64_t producerWarps(); ///< of the block
  int64_t consumerWarps(); ///< of a team
  bool handsRegistersOver();
  int64_t threads();
  int64_t blocksPerMultiprocessor();

  /// Shared memory of this team at a byte offset.
  Value shared(int64_t byte) { return b.offset(sharedBase, byte); }
  /// Waits for the four warps of this warpgroup.
  void syncWarpgroup();
  /// How many whole warpgroups a team's consumers are.
  int64_t warpgroups();
  /// The named barrier of the turn of this team's warpgroup `group`, i32.
  Value turnBarrier(Value group);

  tile::KernelOp kernel;
  const GpuTargetInfo &target;
  ThreadBuilder b;
  mlir::IRMapping map;
  tile::SpecializeOp roles;

  // Of the thread.
  Value sharedBase, lane;
  Value blockWarp; ///< among all of the block
  Value team;      ///< i32; null where there is one
  Value warp;      ///< among the team's consumers; a producer's is no number
  Value warpgroup; ///< among their warpgroups
  bool inProducer = false;

  // Of the launch.
  llvm::DenseMap<Value, Value> pointers;           ///< view argument -> pointer
  llvm::DenseMap<Value, SmallVector<Value>> sizes; ///< view argument -> dynamic sizes
  llvm::MapVector<std::pair<Value, mlir::Attribute>, Value> maps; ///< view, box -> map

  // Of shared memory.
  llvm::DenseMap<Value, RingPlace> rings;
};

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_KERNELFRAME_H
