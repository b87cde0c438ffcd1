//===- Passes.h - a pass over specs -----------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef EXAMPLE_PASSES_H
#define EXAMPLE_PASSES_H

#include "Example.h"
#include "mlir/Pass/Pass.h"

namespace example {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "Passes.h.inc"
} // namespace example

#endif // EXAMPLE_PASSES_H
