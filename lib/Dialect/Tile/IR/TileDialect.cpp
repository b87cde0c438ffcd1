//===- TileDialect.cpp - attributes and types of the tile dialect ---------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace fovea::tile;

#include "fovea/Dialect/Tile/IR/TileDialect.cpp.inc"
#include "fovea/Dialect/Tile/IR/TileEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "fovea/Dialect/Tile/IR/TileAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "fovea/Dialect/Tile/IR/TileTypes.cpp.inc"

void TileDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "fovea/Dialect/Tile/IR/TileAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "fovea/Dialect/Tile/IR/TileTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "fovea/Dialect/Tile/IR/TileOps.cpp.inc"
      >();
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t tokens, int64_t keys, int64_t stages,
                                   int64_t queryStages, Products, int64_t groupRows) {
  auto isWithin = [](int64_t value, int64_t most) {
    return value >= 1 && value <= most;
  };
  constexpr int64_t kMaxRows = 1 << 16;
  if (!isWithin(tokens, kMaxRows) || !isWithin(keys, kMaxRows)) // schedule_c1
    return emitError() << "expected tokens and keys to be 1 to " << kMaxRows << ", got "
                       << tokens << " and " << keys;
  if (!isWithin(stages, kMaxStages) || !isWithin(queryStages, kMaxStages))
    return emitError() << "expected stages to be 1 to " << kMaxStages << ", got "
                       << stages << " and " << queryStages;
  if (groupRows < 0 || groupRows > kMaxRows) // schedule_c2
    return emitError() << "expected group_rows to be 0 to " << kMaxRows << ", got "
                       << groupRows;
  return success();
}
