//===- Kernels.h - The kernels that the operations know ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_TORCH_KERNELS_H
#define FOVEA_RUNTIME_TORCH_KERNELS_H

#include "Interface.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fovea::ops {

/// A call keeps its tensors on the stack, so there are no more than these.
constexpr size_t mostArguments = 64;
constexpr size_t mostDims = 8;

struct Argument {
  fovea_type_t type;
  int32_t torchType; ///< PyTorch's number of it
  fovea_rows_t rows;
  int64_t tokensPerRow;
  bool output;
  std::vector<int64_t> shape; ///< -1: not static

  /// Whether each of its rows is a token's: sequences of one length may be a dimension
  /// of their own then, [sequences, tokens of each, ...] for [tokens, ...].
  bool isPerToken() const { return rows == FOVEA_ROWS_TOKENS && tokensPerRow == 1; }
};

struct Entry {
  std::vector<Argument> arguments;
  size_t inputCount;
  bool countsKeys;   ///< apart from queries
  bool hasRowPerKey; ///< in some argument
  bool countsPages;
  int32_t (*function)(const void *fields);
  int64_t mostTokens;
  const fovea_entry_t *handle;
  fovea_torch_runtime runtime;
  bool onCuda;
};

struct Kernel {
  Entry forward;
  std::optional<Entry> backward;
};

/// The kernel of that string; null where Python has named none.
std::shared_ptr<const Kernel> findKernel(const std::string &kernel);

/// The entry of that number of fovea_torch_add_entry; null where there is none.
std::shared_ptr<const Entry> findEntry(int64_t number);

} // namespace fovea::ops

#endif // FOVEA_RUNTIME_TORCH_KERNELS_H
