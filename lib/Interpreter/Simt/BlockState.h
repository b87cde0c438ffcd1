//===- BlockState.h - what the warps of a block share -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_INTERPRETER_SIMT_BLOCKSTATE_H
#define FOVEA_LIB_INTERPRETER_SIMT_BLOCKSTATE_H

#include "../Data.h"
#include "Warp.h"
#include "fovea/Dialect/Tile/IR/Tile.h"

#include <array>

namespace fovea::simt {

/// An array of the launch as a device has it. Addresses of two arrays are far apart, so
/// that one which leaves its array is in none.
struct DeviceArray {
  tile::BufferRef buffer;
  std::vector<uint8_t> bytes;
  /// By element, the thread that read or wrote it, counted from 1 over all blocks; 0:
  /// nobody.
  std::vector<uint32_t> readers, writers;
};

/// What all blocks of a launch have in common.
struct DeviceLaunch {
  DeviceLaunch(tile::Findings &findings, const tile::RunOptions &options,
               tile::KernelAbiAttr abi)
      : findings(findings), options(options), sharedBytes(abi.getSharedBytes()),
        threads(abi.getThreads()) {}

  tile::Findings &findings;
  const tile::RunOptions &options;
  std::vector<DeviceArray> arrays; ///< by argument of the launch; some are none
  std::vector<tile::TensorMapAttr> maps;
  int64_t sharedBytes, threads;
  llvm::DenseMap<mlir::Operation *, OperationInfo> infos;

  const OperationInfo &infoOf(mlir::Operation *op) {
    auto [found, isNew] = infos.try_emplace(op);
    if (isNew)
      found->second = describe(op);
    return found->second;
  }
};

/// An mbarrier.
struct PhaseBarrier {
  int64_t count;         ///< arrivals that end a phase
  int64_t left;          ///< of this phase
  int64_t bytes = 0;     ///< that are still to come
  int64_t completed = 0; ///< phases
};

/// A barrier at which so many threads meet, or arrive.
struct NamedBarrier {
  int64_t arrived = 0;
  int64_t meetings = 0; ///< that are over
};

/// A box on its way into shared memory.
struct Transfer {
  TmaLoadOp op;
  uint64_t to, barrier, map;
  llvm::SmallVector<int64_t, 5> coordinates;
};

class BlockState {
public:
  BlockState(DeviceLaunch &launch, int64_t block);

  /// `size` bytes of shared or device memory; null, with a finding, outside of it.
  uint8_t *shared(uint64_t address, int64_t size, mlir::Operation *op);
  uint8_t *device(uint64_t address, int64_t size, mlir::Operation *op);
  /// Remembers that thread number `thread` of the block reads or writes there. No
  /// thread reads what another one of the launch has written, or writes what another
  /// one reads: a finding.
  void markRead(uint64_t address, int64_t size, int64_t thread, mlir::Operation *op);
  void markWritten(uint64_t address, int64_t size, int64_t thread, mlir::Operation *op);
  static constexpr int64_t kNoThread = -1; ///< the copy engine
  static uint64_t getArrayBase(size_t argument);
  /// The argument in or near whose array an address is, and the byte in it.
  static std::pair<size_t, int64_t> split(uint64_t address);
  static constexpr uint64_t kSharedBase = 1024;

  /// The barrier at an address; null, with a finding, where none was initialized.
  PhaseBarrier *barrier(uint64_t address, mlir::Operation *op);
  void arrive(uint64_t barrier, mlir::Operation *op);
  void complete(PhaseBarrier &barrier);
  void deliver(const Transfer &transfer);

  void report(tile::FindingKind kind, mlir::Operation *op, const llvm::Twine &message);

  DeviceLaunch &launch;
  const int64_t block;
  std::vector<uint8_t> sharedMemory;
  llvm::DenseMap<uint64_t, PhaseBarrier> barriers;
  static constexpr unsigned kWholeBlock = 16; ///< beside the 16 that have numbers
  std::array<NamedBarrier, 17> named;
  std::vector<Transfer> transfers;
  int64_t steps = 0;
};

} // namespace fovea::simt

#endif // FOVEA_LIB_INTERPRETER_SIMT_BLOCKSTATE_H
