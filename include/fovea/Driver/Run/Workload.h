//===- Workload.h - arrays to run a function on -----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A run's inputs come from .npy files or are generated. Generated values depend
// on the seed, the argument's name and its shape alone, not on the machine, its
// C++ library, or the other arguments.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DRIVER_RUN_WORKLOAD_H
#define FOVEA_DRIVER_RUN_WORKLOAD_H

#include "fovea/Reference/Sequences.h"
#include "fovea/Support/Npy.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <map>
#include <string>

namespace fovea {

/// How generated queries, keys and values look.
enum class DataKind {
  Normal,    ///< independent, N(0, 1)
  Dyadic,    ///< quarters from -1 to 1, with repeated blocks of keys: exact
             ///< sums, and exact ties among block scores
  Correlated ///< N(0, 1) that drifts along a sequence, as activations do
};

struct NamedArray {
  std::string name;
  std::string source; ///< where its values come from, for people
  NpyArray array;
};

struct WorkloadOptions {
  std::vector<int64_t> lengths; ///< of the sequences; empty: from the files
  /// How many of each sequence's last tokens are queries, where these are apart from
  /// keys; empty: half of them, or from the files.
  std::vector<int64_t> queries = {};
  uint64_t seed = 1;
  DataKind data = DataKind::Normal;
  std::map<std::string, std::string> inputFiles; ///< .npy by argument name
  std::vector<NamedArray> given; ///< of arguments without a file, if it has their names
};

struct Workload {
  reference::Sequences sequences;
  std::vector<NamedArray> inputs;  ///< one per argument
  std::vector<NamedArray> outputs; ///< one per result, zeroed

  /// Of queries, where these are apart from keys.
  int64_t getTokens() const { return sequences.numQueryRows(); }
};

/// Arrays for `function`, of the attn level. An error names the file or the
/// argument: a wrong shape or type, a name that is no argument, malformed
/// cu_seqlens, block indices out of range.
llvm::Expected<Workload> makeWorkload(mlir::func::FuncOp function,
                                      const WorkloadOptions &options);

/// The shape and zeroes of each result of `function` for these sequences.
std::vector<NamedArray> makeOutputs(mlir::func::FuncOp function,
                                    const reference::Sequences &sequences);

/// Checks lists of blocks [T, Hkv, n]: each entry is -1 or a block of `block`
/// tokens of the query's sequence, and none is listed twice.
llvm::Error checkIndices(llvm::StringRef name, const NpyArray &indices, int64_t block,
                         const reference::Sequences &sequences);

} // namespace fovea

#endif // FOVEA_DRIVER_RUN_WORKLOAD_H
