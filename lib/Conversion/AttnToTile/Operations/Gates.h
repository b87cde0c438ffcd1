//===- Gates.h - the gates of a combine -------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_ATTNTOTILE_OPERATIONS_GATES_H
#define FOVEA_LIB_CONVERSION_ATTNTOTILE_OPERATIONS_GATES_H

#include "fovea/Conversion/AttnToTile/QueryTile.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

namespace fovea {

/// The weights that a column of `gates`, a view [T, Hq, C], gives the rows of a tile,
/// f32: the values, or their sigmoid.
mlir::Value emitGate(TileBuilder &b, const QueryTile &tile, mlir::Value gates,
                     int64_t column, attn::GateMode mode);

} // namespace fovea

#endif // FOVEA_LIB_CONVERSION_ATTNTOTILE_OPERATIONS_GATES_H
