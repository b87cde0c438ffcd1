//===- CallFrame.h - The parameters of one call -----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_CALLFRAME_H
#define FOVEA_RUNTIME_LIB_CALLFRAME_H

#include "Plan.h"

namespace fovea::rt {

/// What of a call the addresses of a plan are.
struct CallAddresses {
  const fovea_tensor_t *tensors = nullptr;
  void *workspace = nullptr;
  void *report = nullptr;
};

/// All parameters of a call's launches, as the driver takes them: a plan's, with the
/// call's addresses. It lies on the stack unless it is uncommonly large.
class CallFrame {
public:
  CallFrame() = default;
  CallFrame(const CallFrame &) = delete;
  CallFrame &operator=(const CallFrame &) = delete;

  /// Fills the frame. The plan is needed until then only.
  Status fill(const Driver &driver, const Plan &plan, const CallAddresses &addresses);

  /// One address for each parameter of a launch of the plan.
  void **getParams(const PlannedLaunch &launch) const {
    return params + launch.firstParam;
  }

private:
  void reserve(const Plan &plan);

  static constexpr size_t inlineBytes = 8192;
  alignas(TensorMap) unsigned char inlineMemory[inlineBytes];
  std::vector<TensorMap> heapMemory;
  TensorMap *maps = nullptr;
  uint64_t *words = nullptr;
  void **params = nullptr;
};

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_CALLFRAME_H
