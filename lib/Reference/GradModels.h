//===- GradModels.h - the references of gradient operations -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_REFERENCE_GRADMODELS_H
#define FOVEA_LIB_REFERENCE_GRADMODELS_H

#include "mlir/IR/MLIRContext.h"

namespace fovea::reference {

/// Attaches those of the attn dialect, which is loaded.
void attachGradModels(mlir::MLIRContext &context);

} // namespace fovea::reference

#endif // FOVEA_LIB_REFERENCE_GRADMODELS_H
