//===- KernelDescription.h - what a kernel is, whatever its spec -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Schedules that were measured are kept in tables, and found there by what the kernel
// computes: its operations, and of each all that its time depends on, which is all that
// its candidates depend on and more (which rows are masked, what is stored). So names
// of values, numbers of KV heads and learned numbers are not in it; key sets, sizes,
// types and score regions are:
//
//   sm_90a: attend<group = 16, dims = 128 x 128, type = bf16, keys = #attn.window<512>>
//   + combine<branches = 3, loaded = 2, dim = 128, type = bf16, gates = bf16 logits>
//
// An operation that reads keys from pages ends in `of pages of 64`, rows of a page.
// Behind the target comes `few queries, ` in functions whose kernels are cut for few.
//
// The text is part of the format of tables (docs/tuning.md): who changes it makes every
// table forget the kernels that it is of.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TUNING_KERNELDESCRIPTION_H
#define FOVEA_TUNING_KERNELDESCRIPTION_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Region.h"

#include <string>

namespace fovea {
struct GpuTargetInfo;
}

namespace fovea::tuning {

/// The kernel of `root`, an attn operation or group outside of groups, on `target`; on
/// one line.
std::string describeKernel(mlir::Operation *root, const GpuTargetInfo &target);

/// The description of a kernel without the gates behind its attention, which load no
/// branch, a partial sum at most; empty if it has none.
llvm::StringRef withoutGates(llvm::StringRef description);

/// Whether `value`, of an attn operation, is read outside of the kernel that computes
/// it, and so is stored.
bool isStored(mlir::Value value);

/// Sixteen digits that say which operations a score region has, whatever their values
/// are called.
std::string hashScoreRegion(mlir::Region &region);

} // namespace fovea::tuning

#endif // FOVEA_TUNING_KERNELDESCRIPTION_H
