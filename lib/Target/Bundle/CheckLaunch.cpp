//===- CheckLaunch.cpp - does a launch fit its kernel ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CheckLaunch.h"

using namespace mlir;
using namespace fovea;

LogicalResult fovea::checkLaunch(tile::LaunchOp launch) {
  Operation *kernel =
      SymbolTable::lookupNearestSymbolFrom(launch, launch.getCalleeAttr());
  if (!kernel || !tile::isLoweredKernel(kernel))
    return launch.emitOpError()
           << "expected a lowered kernel, got @" << launch.getCallee();
  for (Attribute param : tile::getKernelAbi(kernel).getParams()) {
    auto scalar = dyn_cast<tile::ScalarAttr>(param);
    if (!scalar)
      continue;
    Type type = launch.getArgs()[scalar.getArgument()].getType();
    if (!type.isIndex())
      return launch.emitOpError()
             << "expected argument " << scalar.getArgument() << ", a scalar "
             << scalar.getType()
             << " of the kernel, to be an index as an i64 or i32, got " << type;
  }
  return success();
}
