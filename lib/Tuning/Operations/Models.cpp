//===- Models.cpp - what tuning knows of the operations -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Models.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Tuning/TuningInterfaces.h"

using namespace mlir;
using namespace fovea;

#include "fovea/Tuning/TuningInterfaces.cpp.inc"

void tuning::registerTuningModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, attn::AttnDialect *) {
    attachAttendTuning(*context);
    attachAttendGradTuning(*context);
    attachAttendGradKVTuning(*context);
    attachCombineTuning(*context);
    attachCompressTuning(*context);
    attachCompressGradTuning(*context);
    attachIndexBlocksTuning(*context);
    attachInvertListsTuning(*context);
    attachRowGradientsTuning(*context);
    attachScoreBlocksTuning(*context);
    attachSelectTopkTuning(*context);
    attachSumTokensTuning(*context);
  });
}
