//===- Memory.cpp - loads, stores and copies ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "BlockState.h"
#include "Swizzle.h"
#include "Warp.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace mlir;
using namespace fovea::simt;
using fovea::tile::FindingKind;

static int64_t bytesOf(Type type) { return llvm::divideCeil(bitsOf(type), 8); }

static bool isShared(Value pointer) {
  return cast<LLVM::LLVMPointerType>(pointer.getType()).getAddressSpace() == 3;
}

/// Where the operation's bytes at `address` are, by the pointer's type; null, with a
/// finding, where they are in no memory, or not aligned to their size.
static uint8_t *find(Warp &warp, Operation *op, Value pointer, uint64_t address,
                     int64_t size) {
  if (llvm::isPowerOf2_64(size) && address % size != 0) {
    warp.block.report(FindingKind::Bounds, op,
                      "expected an address aligned to " + Twine(size) + " B");
    return nullptr;
  }
  return isShared(pointer) ? warp.block.shared(address, size, op)
                           : warp.block.device(address, size, op);
}

/// A thread's number in its block.
static int64_t numberInBlock(const Warp &warp, unsigned lane) {
  return int64_t(warp.number) * kWarpLanes + lane;
}

static void evaluateAddress(Warp &warp, Operation *op) {
  auto gep = cast<LLVM::GEPOp>(op);
  int64_t size = bytesOf(gep.getElemType());
  if (gep.getRawConstantIndices().size() != 1 || !gep.getElemType().isIntOrFloat())
    return warp.block.report(FindingKind::Unsupported, op,
                             "expected one index of a scalar type");
  Lanes result = *warp.get(gep.getBase());
  for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
    int64_t index = gep.getRawConstantIndices().front();
    if (!gep.getDynamicIndices().empty()) {
      Value dynamic = gep.getDynamicIndices().front();
      index = llvm::SignExtend64(warp.at(dynamic, lane), bitsOf(dynamic.getType()));
    }
    result[lane] += index * size;
  }
  warp.set(gep, std::move(result));
}

static void evaluateLoad(Warp &warp, Operation *op) {
  auto load = cast<LLVM::LoadOp>(op);
  int64_t elements = elementsOf(load.getType()), bytes = bytesOf(load.getType());
  Lanes result(elements * kWarpLanes);
  for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
    if (!warp.has(lane))
      continue;
    const uint8_t *from =
        find(warp, op, load.getAddr(), warp.at(load.getAddr(), lane), elements * bytes);
    if (!from)
      return;
    for (int64_t e = 0; e < elements; ++e)
      std::memcpy(&result[e * kWarpLanes + lane], from + e * bytes, bytes);
    if (!isShared(load.getAddr()))
      warp.block.markRead(warp.at(load.getAddr(), lane), elements * bytes,
                          numberInBlock(warp, lane), op);
  }
  warp.set(load, std::move(result));
}

static void evaluateStore(Warp &warp, Operation *op) {
  auto store = cast<LLVM::StoreOp>(op);
  Type type = store.getValue().getType();
  int64_t elements = elementsOf(type), bytes = bytesOf(type);
  const Lanes &value = *warp.get(store.getValue());
  uint8_t *places[kWarpLanes] = {};
  for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
    if (!warp.has(lane))
      continue;
    uint8_t *to = find(warp, op, store.getAddr(), warp.at(store.getAddr(), lane),
                       elements * bytes);
    if (!to)
      return;
    for (int64_t e = 0; e < elements; ++e)
      std::memcpy(to + e * bytes, &value[e * kWarpLanes + lane], bytes);
    places[lane] = to;
    if (!isShared(store.getAddr()))
      warp.block.markWritten(warp.at(store.getAddr(), lane), elements * bytes,
                             numberInBlock(warp, lane), op);
  }
  // Which of two lanes' values a machine keeps is not said.
  for (unsigned lane = 0; lane < kWarpLanes; ++lane)
    for (int64_t e = 0; places[lane] && e < elements; ++e)
      if (std::memcmp(places[lane] + e * bytes, &value[e * kWarpLanes + lane], bytes))
        return warp.block.report(FindingKind::Race, op,
                                 "lane " + Twine(lane) +
                                     " and another one store two values in one place");
}

/// Lane l names row l % 8 of matrix l / 8. Of each matrix a lane gets two elements of
/// row l / 4, or of column l / 4 where they are transposed.
static void evaluateLoadMatrix(Warp &warp, Operation *op) {
  warp.expectAllLanes(op);
  auto load = cast<LoadMatrixOp>(op);
  uint16_t rows[kWarpLanes][8];
  for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
    const uint8_t *from = find(warp, op, load.getAddress(),
                               warp.at(load.getAddress(), lane), sizeof(rows[lane]));
    if (!from)
      return;
    std::memcpy(rows[lane], from, sizeof(rows[lane]));
  }
  Lanes result(4 * kWarpLanes);
  for (unsigned matrix = 0; matrix < 4; ++matrix)
    for (unsigned lane = 0; lane < kWarpLanes; ++lane)
      for (unsigned i = 0; i < 2; ++i) {
        unsigned row = lane / 4, column = lane % 4 * 2 + i;
        if (load.getTranspose())
          std::swap(row, column);
        result[matrix * kWarpLanes + lane] |= uint64_t(rows[8 * matrix + row][column])
                                              << 16 * i;
      }
  warp.set(load, std::move(result));
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

static void evaluateTma(Warp &warp, Operation *op) {
  auto load = cast<TmaLoadOp>(op);
  for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
    if (!warp.has(lane))
      continue;
    Transfer transfer{load,
                      warp.at(load.getTo(), lane),
                      warp.at(load.getBarrier(), lane),
                      warp.at(load.getMap(), lane),
                      {}};
    for (Value coordinate : load.getCoordinates())
      transfer.coordinates.push_back(int32_t(warp.at(coordinate, lane)));
    warp.block.transfers.push_back(std::move(transfer));
  }
}

/// The box arrives: the innermost axis first, each row of it swizzled; what is outside
/// of the array is zero.
void BlockState::deliver(const Transfer &transfer) {
  tile::TensorMapAttr map = launch.maps[transfer.map];
  const DeviceArray &array = launch.arrays[map.getArgument()];
  ArrayRef<int64_t> box = map.getBox().asArrayRef();
  SmallVector<int64_t> sizes(llvm::reverse(array.buffer->shape));
  int64_t element = getByteWidth(array.buffer->type), bytes = element;
  for (int64_t size : box)
    bytes *= size;
  // Units are turned by their address, so that a box may begin within a pattern.
  uint64_t alignment = map.getSwizzle() ? 128 : 16;
  if (transfer.to % alignment != 0 || transfer.coordinates[0] * element % 16 != 0)
    return report(FindingKind::Bounds, transfer.op,
                  "expected a box that is aligned in both memories");
  uint8_t *to = shared(transfer.to, bytes, transfer.op);
  PhaseBarrier *waits = barrier(transfer.barrier, transfer.op);
  if (!to || !waits)
    return;
  for (int64_t number = 0; number * element < bytes; ++number) {
    int64_t rest = number, from = 0, stride = 1;
    bool inside = true;
    for (auto [axis, size] : llvm::enumerate(box)) {
      int64_t at = transfer.coordinates[axis] + rest % size;
      rest /= size;
      inside &= at >= 0 && at < sizes[axis];
      from += at * stride;
      stride *= sizes[axis];
    }
    uint64_t place =
        swizzle(transfer.to + number * element, map.getSwizzle()) - transfer.to;
    if (inside) {
      std::memcpy(to + place, array.bytes.data() + from * element, element);
      markRead(getArrayBase(map.getArgument()) + from * element, element, kNoThread,
               transfer.op);
    } else {
      std::memset(to + place, 0, element);
    }
  }
  waits->bytes -= bytes;
  complete(*waits);
}

static void evaluateCopyAsync(Warp &warp, Operation *op) {
  auto copy = cast<CopyAsyncOp>(op);
  warp.copies.push_back({op, warp.mask(), whereTrue(*warp.get(copy.getCondition())),
                         warp.get(copy.getTo()), warp.get(copy.getFrom())});
}

void Warp::runCopy() {
  LaneCopy entry = copies.front();
  copies.pop_front();
  auto copy = dyn_cast<CopyAsyncOp>(entry.op);
  int64_t bytes = copy ? copy.getBytes() : 0;
  for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
    if (!(entry.mask >> lane & 1))
      continue;
    if (!copy) {
      block.arrive((*entry.to)[lane], entry.op);
      continue;
    }
    uint8_t *to = find(*this, copy, copy.getTo(), (*entry.to)[lane], bytes);
    if (!to)
      return;
    std::memset(to, 0, bytes);
    if (!(entry.reads >> lane & 1))
      continue;
    const uint8_t *from = find(*this, copy, copy.getFrom(), (*entry.from)[lane], bytes);
    if (!from)
      continue;
    std::memcpy(to, from, bytes);
    block.markRead((*entry.from)[lane], bytes, numberInBlock(*this, lane), copy);
  }
}

void fovea::simt::addMemory(Handlers &handlers) {
  handlers[TypeID::get<LLVM::GEPOp>()] = evaluateAddress;
  handlers[TypeID::get<LLVM::LoadOp>()] = evaluateLoad;
  handlers[TypeID::get<LLVM::StoreOp>()] = evaluateStore;
  handlers[TypeID::get<LoadMatrixOp>()] = evaluateLoadMatrix;
  handlers[TypeID::get<TmaLoadOp>()] = evaluateTma;
  handlers[TypeID::get<CopyAsyncOp>()] = evaluateCopyAsync;
  handlers[TypeID::get<SharedBaseOp>()] = [](Warp &warp, Operation *op) {
    warp.set(op->getResult(0), Lanes(kWarpLanes, BlockState::kSharedBase));
  };
}
