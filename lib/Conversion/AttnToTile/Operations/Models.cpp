//===- Models.cpp - the operations' lowerings to tile ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Models.h"

#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

using namespace mlir;
using namespace fovea;

#include "fovea/Conversion/AttnToTile/EmitTileOpInterface.cpp.inc"

void fovea::registerEmitTileModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, attn::AttnDialect *) {
    attachAttendLowering(*context);
    attachAttendDeltaLowering(*context);
    attachAttendGradKVLowering(*context);
    attachAttendGradQLowering(*context);
    attachCombineLowering(*context);
    attachCombineGradGatesLowering(*context);
    attachCompressLowering(*context);
    attachCompressGradHiddenLowering(*context);
    attachCompressGradInputLowering(*context);
    attachCompressGradParamsLowering(*context);
    attachIndexBlocksLowering(*context);
    attachInvertListsLowering(*context);
    attachScoreBlocksLowering(*context);
    attachSelectTopkLowering(*context);
    attachSumLowering(*context);
    attachSumTokensLowering(*context);
  });
}
