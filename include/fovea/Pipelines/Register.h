//===- Register.h - what the tools know -------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_PIPELINES_REGISTER_H
#define FOVEA_PIPELINES_REGISTER_H

namespace mlir {
class DialectRegistry;
}

namespace fovea {

/// Adds Fovea's dialects, the upstream ones that its stages use, and their external
/// models and translations to `registry`.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Registers every pass and pipeline of Fovea, and the upstream passes that its
/// pipelines are made of.
void registerAllPasses();

} // namespace fovea

#endif // FOVEA_PIPELINES_REGISTER_H
