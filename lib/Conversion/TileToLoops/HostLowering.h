//===- HostLowering.h - launch programs as loops ----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOLOOPS_HOSTLOWERING_H
#define FOVEA_LIB_CONVERSION_TILETOLOOPS_HOSTLOWERING_H

#include "mlir/IR/BuiltinOps.h"

namespace fovea::tile_to_loops {

/// Launches become parallel loops over calls, checks become loops, and `tile.*`
/// attributes of functions go; entries get a C interface. Refused, before anything
/// changes, is a launch of what is no tile.kernel of `module` itself.
mlir::LogicalResult lowerHost(mlir::ModuleOp module);

} // namespace fovea::tile_to_loops

#endif // FOVEA_LIB_CONVERSION_TILETOLOOPS_HOSTLOWERING_H
