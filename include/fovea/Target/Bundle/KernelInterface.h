//===- KernelInterface.h - how a kernel is launched -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_BUNDLE_KERNELINTERFACE_H
#define FOVEA_TARGET_BUNDLE_KERNELINTERFACE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/LogicalResult.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mlir {
class Operation;
}

namespace fovea {

enum class ParamKind { Pointer, Size, Scalar, Programs, TensorMap };

/// "pointer", "size", "scalar", "programs" or "tensor_map".
llvm::StringRef getName(ParamKind kind);

/// One parameter of a kernel. docs/bundle.md says what each kind passes.
struct KernelParam {
  ParamKind kind = ParamKind::Pointer;
  int64_t argument = 0;     ///< of the launch; not of Programs
  int64_t axis = 0;         ///< of Size and Programs
  std::string type;         ///< of Scalar: i64, i32 or f32
  std::vector<int64_t> box; ///< of TensorMap, innermost axis first
  int64_t swizzle = 0;      ///< of TensorMap, in bytes
};

/// What a launch of a lowered kernel takes: the attribute `fovea.kernel`.
struct KernelInterface {
  int64_t threads = 0;     ///< of a block
  int64_t sharedBytes = 0; ///< dynamic, asked for at launch
  std::vector<KernelParam> params;
};

/// Reads `fovea.kernel` of `kernelModule`, a gpu.module. Emits a diagnostic and
/// fails for what docs/bundle.md has no words for.
llvm::LogicalResult readKernelInterface(mlir::Operation *kernelModule,
                                        KernelInterface &interface);

} // namespace fovea

#endif // FOVEA_TARGET_BUNDLE_KERNELINTERFACE_H
