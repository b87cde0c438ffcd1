//===- CheckLaunch.cpp - does a launch fit its kernel ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CheckLaunch.h"

#include "fovea/Target/Bundle/KernelInterface.h"

using namespace mlir;
using namespace fovea;

static LogicalResult checkArray(tile::LaunchOp launch, const KernelParam &param,
                                MemRefType type) {
  if (param.kind == ParamKind::Size && param.axis >= type.getRank())
    return launch.emitOpError()
           << "expected argument " << param.argument << " to have an axis "
           << param.axis << ", got " << type;
  if (param.kind == ParamKind::TensorMap && int64_t(param.box.size()) != type.getRank())
    return launch.emitOpError()
           << "expected a tensor map's box of as many sizes as argument "
           << param.argument << ", " << type << ", got " << param.box.size();
  return success();
}

static LogicalResult checkParam(tile::LaunchOp launch, const KernelParam &param) {
  if (param.kind == ParamKind::Programs)
    return success();
  int64_t numArguments = launch.getArgs().size();
  if (param.argument >= numArguments)
    return launch.emitOpError()
           << "expected the kernel's params to name one of " << numArguments
           << " arguments, got argument " << param.argument;
  Type type = launch.getArgs()[param.argument].getType();
  auto array = dyn_cast<MemRefType>(type);
  if (param.kind != ParamKind::Scalar) {
    if (array)
      return checkArray(launch, param, array);
    return launch.emitOpError()
           << "expected argument " << param.argument << ", a " << getName(param.kind)
           << " of the kernel, to be a memref, got " << type;
  }
  // A value is a 64-bit integer; an i32 is its low half.
  if (!type.isIndex() || param.type == "f32")
    return launch.emitOpError()
           << "expected argument " << param.argument << ", a scalar " << param.type
           << " of the kernel, to be an index as an i64 or i32, got " << type;
  return success();
}

LogicalResult fovea::checkLaunch(tile::LaunchOp launch) {
  Operation *kernel =
      SymbolTable::lookupNearestSymbolFrom(launch, launch.getCalleeAttr());
  if (!kernel || !tile::isLoweredKernel(kernel))
    return launch.emitOpError()
           << "expected a lowered kernel, got @" << launch.getCallee();
  KernelInterface interface;
  if (failed(readKernelInterface(kernel, interface)))
    return failure();
  for (const KernelParam &param : interface.params)
    if (failed(checkParam(launch, param)))
      return failure();
  return success();
}
