//===- AttnToTile.h - attn functions to launch programs ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_ATTNTOTILE_H
#define FOVEA_CONVERSION_ATTNTOTILE_ATTNTOTILE_H

#include "mlir/Pass/Pass.h"

namespace fovea {

#define GEN_PASS_DECL_CONVERTATTNTOTILEPASS
#include "fovea/Conversion/Passes.h.inc"

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_ATTNTOTILE_H
