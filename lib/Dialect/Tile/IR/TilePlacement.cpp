//===- TilePlacement.cpp - encodings and types of the placed phase --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace fovea::tile;
using EmitError = function_ref<InFlightDiagnostic()>;

bool fovea::tile::isInSlot(Type type) {
  auto tile = dyn_cast<RankedTensorType>(type);
  return tile && isa_and_nonnull<SharedAttr, SharedValuesAttr>(tile.getEncoding());
}

static LogicalResult expectRank(ArrayRef<int64_t> shape, size_t rank, EmitError emit) {
  if (shape.size() != rank)
    return emit() << "expected a tile of rank " << rank << ", got rank "
                  << shape.size();
  if (llvm::any_of(shape, ShapedType::isDynamic))
    return emit() << "expected a placed tile to have a static shape";
  if (!fovea::hasBoundedSizes(shape, fovea::kMaxTileElements) ||
      llvm::is_contained(shape, 0))
    return emit() << "expected 1 to " << fovea::kMaxTileElements << " elements, got ["
                  << shape << "]";
  return success();
}

/// fragment_columns_c1, lane_columns_c1; the others ask with their rows.
static LogicalResult expectWarps(int64_t warps, EmitError emit) {
  if (warps >= 1 && warps <= kMaxWarps)
    return success();
  return emit() << "expected 1 to " << kMaxWarps << " warps, got " << warps;
}

/// fragment_c1, fragment_rows_c1
static LogicalResult expectFragmentRows(int64_t rows, int64_t warps, EmitError emit) {
  if (failed(expectWarps(warps, emit)))
    return failure();
  if (rows == kFragmentRows * warps)
    return success();
  return emit() << "expected " << kFragmentRows * warps << " rows in fragments of "
                << warps << " warps, got " << rows;
}

/// lanes_c1, queued_c1, lane_rows_c1, scratch_c1
static LogicalResult expectShared(int64_t rows, int64_t warps, EmitError emit) {
  if (failed(expectWarps(warps, emit)))
    return failure();
  if (rows % warps == 0 || warps % rows == 0)
    return success();
  return emit() << "expected rows and warps to divide one another, got " << rows
                << " and " << warps;
}

LogicalResult FragmentAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                                           EmitError emit) const {
  if (failed(expectRank(shape, 2, emit)) ||
      failed(expectFragmentRows(shape[0], getWarps(), emit)))
    return failure();
  if (shape[1] % 8 != 0) // fragment_c2
    return emit() << "expected 8 to divide a fragment's columns, got " << shape[1];
  return success();
}

LogicalResult FragmentRowsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                                               EmitError emit) const {
  if (failed(expectRank(shape, 1, emit)))
    return failure();
  return expectFragmentRows(shape[0], getWarps(), emit);
}

LogicalResult FragmentColumnsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                                                  EmitError emit) const {
  if (failed(expectRank(shape, 1, emit)) || failed(expectWarps(getWarps(), emit)))
    return failure();
  if (shape[0] % 8 != 0)
    return emit() << "expected 8 to divide a fragment's columns, got " << shape[0];
  return success();
}

LogicalResult LanesAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                                        EmitError emit) const {
  if (failed(expectRank(shape, 2, emit)))
    return failure();
  return expectShared(shape[0], getWarps(), emit);
}

LogicalResult QueuedAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                                         EmitError emit) const {
  if (failed(expectRank(shape, 2, emit)))
    return failure();
  if (!elementType.isF32() && !elementType.isInteger(32))
    return emit() << "expected f32 or i32 beside a queue, got " << elementType;
  if (getQueue() < 0) // queued_c2
    return emit() << "expected the number of a queue, got " << getQueue();
  if (failed(expectShared(shape[0], getWarps(), emit)))
    return failure();
  if (int64_t perWarp = rowsPerWarp(shape[0], getWarps());
      perWarp > kLanes) // queued_c3
    return emit() << "expected at most " << kLanes << " rows of a warp, got "
                  << perWarp;
  return success();
}

LogicalResult LaneRowsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                                           EmitError emit) const {
  if (failed(expectRank(shape, 1, emit)))
    return failure();
  return expectShared(shape[0], getWarps(), emit);
}

LogicalResult LaneColumnsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                                              EmitError emit) const {
  return failure(failed(expectRank(shape, 1, emit)) ||
                 failed(expectWarps(getWarps(), emit)));
}

LogicalResult FlatAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                                       EmitError emit) const {
  return expectRank(shape, shape.size(), emit);
}

LogicalResult BitsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                                       EmitError emit) const {
  if (failed(expectRank(shape, 1, emit)))
    return failure();
  if (!elementType.isInteger(1) || shape[0] > kMaxBitsTokens) // bits_c1
    return emit() << "expected at most " << kMaxBitsTokens << " bits of i1, got "
                  << shape[0] << " of " << elementType;
  return success();
}

LogicalResult SharedAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                                         EmitError emit) const {
  if (failed(expectRank(shape, 2, emit)))
    return failure();
  if (!elementType.isIntOrFloat())
    return emit() << "expected integers or floats in shared memory, got "
                  << elementType;
  int64_t swizzle = getSwizzle();
  int64_t rowBytes = shape[1] * elementType.getIntOrFloatBitWidth() / 8;
  if (swizzle != 128 && swizzle != 64 && swizzle != 32) // shared_c1
    return emit() << "expected a swizzle of 128, 64 or 32 bytes, got " << swizzle;
  if (rowBytes % swizzle != 0) // shared_c2
    return emit() << "expected the swizzle to divide a row's bytes, got " << swizzle
                  << " and " << rowBytes;
  if (shape[0] % 8 != 0) // shared_c3
    return emit() << "expected 8 to divide the rows in shared memory, got " << shape[0];
  return success();
}

LogicalResult SharedValuesAttr::verifyEncoding(ArrayRef<int64_t> shape,
                                               Type elementType, EmitError emit) const {
  if (failed(expectRank(shape, 1, emit)))
    return failure();
  if (!elementType.isF32()) // shared_values_c1
    return emit() << "expected values of f32 in shared memory, got " << elementType;
  return success();
}

LogicalResult ScratchAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                                          EmitError emit) const {
  if (failed(expectRank(shape, 2, emit)))
    return failure();
  if (!elementType.isF32())
    return emit() << "expected f32 in scratch, got " << elementType;
  return expectShared(shape[0], getWarps(), emit);
}

/// ring_c1, visit_ring_c1
static LogicalResult expectStages(int64_t stages, EmitError emit) {
  if (stages >= 1 && stages <= kMaxStages)
    return success();
  return emit() << "expected 1 to " << kMaxStages << " stages, got " << stages;
}

LogicalResult RingType::verify(EmitError emit, int64_t stages, RankedTensorType slot) {
  if (failed(expectStages(stages, emit)))
    return failure();
  if (!slot || !slot.hasStaticShape() || !isInSlot(slot)) // ring_c2
    return emit() << "expected slots of static shape in shared memory, got " << slot;
  return success();
}

LogicalResult VisitRingType::verify(EmitError emit, int64_t stages, int64_t tokens) {
  if (failed(expectStages(stages, emit)))
    return failure();
  if (tokens < 1 || tokens > kMaxBitsTokens) // visit_ring_c2
    return emit() << "expected 1 to " << kMaxBitsTokens << " tokens, got " << tokens;
  return success();
}
