//===- HostLowering.h - launch programs as loops ----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOLOOPS_HOSTLOWERING_H
#define FOVEA_LIB_CONVERSION_TILETOLOOPS_HOSTLOWERING_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"

namespace fovea::tile_to_loops {

/// Host operations stand where their calls may: a kernel that is a GPU's already cannot
/// be called. Fails, after a diagnostic, for a launch of what is no tile.kernel of
/// `module` itself; asked before anything changes.
mlir::LogicalResult verifyHost(mlir::ModuleOp module);

/// Launches become parallel loops over calls of the kernels' functions, which exist,
/// checks become loops, and `tile.*` attributes of functions go; entries get a C
/// interface. Every allocation is checked: fails, after a diagnostic, for a function
/// that cannot return a status.
mlir::LogicalResult lowerHost(mlir::ModuleOp module);

} // namespace fovea::tile_to_loops

#endif // FOVEA_LIB_CONVERSION_TILETOLOOPS_HOSTLOWERING_H
