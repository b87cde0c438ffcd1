//===- LaunchProgram.h - what the host does between kernels -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_BUNDLE_LAUNCHPROGRAM_H
#define FOVEA_TARGET_BUNDLE_LAUNCHPROGRAM_H

#include "fovea/Target/Entry/EntrySignature.h"

#include <variant>

namespace fovea {

/// A 64-bit integer that the host computes: `op` is a word of docs/bundle.md's
/// `values`, and `operands` are what follows it there.
struct HostValue {
  std::string op;
  std::vector<int64_t> operands;

  bool operator==(const HostValue &other) const {
    return op == other.op && operands == other.operands;
  }
};

/// The number of one of an entry's values.
struct ValueNumber {
  int64_t number = 0;
};

/// What is known when compiling, or computed by the host.
using HostSize = std::variant<int64_t, ValueNumber>;

/// An intermediate, and the launches, from `first` to `last`, that it lives for.
struct Workspace {
  ElementType type;
  std::vector<HostSize> shape;
  int64_t first = 0;
  int64_t last = 0;
};

enum class LaunchArgumentKind { Argument, Workspace, Value, Report };

/// Number `number` of the entry's arguments, workspace or values, or of what its checks
/// report: one i32 each.
struct LaunchArgument {
  LaunchArgumentKind kind;
  int64_t number = 0;
};

struct Launch {
  std::string kernel;
  std::vector<HostSize> grid; ///< axis 0, which varies fastest, first
  std::vector<LaunchArgument> arguments;
};

/// One entry: what docs/bundle.md says of it.
struct LaunchProgram {
  EntrySignature signature;
  std::vector<HostValue> values;
  std::vector<Workspace> workspace;
  std::vector<Launch> launches;
  /// One for each cu_seqlens, which a call runs if it is asked to.
  std::vector<Launch> checks;
};

/// Bytes of the intermediates that are alive at once, at most, for a batch of these
/// sizes: the workspace of a call, but for gaps that packing may leave.
double countWorkspaceBytes(const LaunchProgram &program, const BatchSizes &sizes);

/// Gives every `tile.check_sequences` of `module`'s entries the kernel that does the
/// same on a GPU: one for all, a gpu.module in nvvm, of the same code for every spec.
void addSequenceChecks(mlir::ModuleOp module);

/// The program of every `tile.entry` function of `module`, whose kernels are
/// lowered. The status is left out: a launch reads no cu_seqlens on the host. The
/// checks are those that have a kernel. Emits a diagnostic and fails for an operation
/// that the format has no words for, and for a launch that does not fit its kernel's
/// `tile.kernel_abi`.
llvm::LogicalResult readLaunchPrograms(mlir::ModuleOp module,
                                       std::vector<LaunchProgram> &programs);

} // namespace fovea

#endif // FOVEA_TARGET_BUNDLE_LAUNCHPROGRAM_H
