//===- RegisterBudget.h - registers between warps ---------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The schedule's cost model and the code generator must agree on who gets what: a
// hand-over by setmaxnreg that does not add up hangs the machine.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_HARDWARE_REGISTERBUDGET_H
#define FOVEA_HARDWARE_REGISTERBUDGET_H

#include "fovea/Hardware/GpuTargetInfo.h"

namespace fovea {

/// Registers per thread after the hand-over; 0: as launched.
struct RegisterBudget {
  int64_t producer = 0, consumer = 0;
};

/// Warps of a block that the producers of its `teams` take: a whole warpgroup where
/// setmaxnreg is, which comes with wgmma, else those that work.
int64_t getProducerWarps(const GpuTargetInfo &target, int64_t teams = 1);

/// Entries of the lists of `tokens` with `blocks` each that a lane of the merging warp
/// holds, and with each the token that it is of. Where `blocks` is a power of two,
/// tokens are constants apart; elsewhere each is one more register, and counts as an
/// entry.
int64_t getListEntries(int64_t tokens, int64_t blocks);

/// What a thread needs in a producer that merges index lists, of which each lane of its
/// warp holds `listEntries`; 0 in one that only copies.
int64_t getProducerRegisters(int64_t listEntries);

/// The most registers that a thread of a block of `threads` can have at launch when
/// `blocks` of them share a multiprocessor.
int64_t getLaunchRegisters(const GpuTargetInfo &target, int64_t threads,
                           int64_t blocks);

/// Shares out what a block of a producer's and `groups` consumers' warpgroups owns when
/// `blocks` share a multiprocessor: to the consumers what they can use, to the producer
/// the rest, `producer` at least; for a target with setmaxnreg. A thread of a lone
/// warpgroup's block has all that it can use anyway; and where the producer would need
/// more than a thread has at launch, or leaves the consumers no more, nobody hands
/// over.
RegisterBudget shareRegisters(const GpuTargetInfo &target, int64_t groups,
                              int64_t blocks, int64_t producer);

} // namespace fovea

#endif // FOVEA_HARDWARE_REGISTERBUDGET_H
