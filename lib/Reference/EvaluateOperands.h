//===- EvaluateOperands.h - operands that references share ------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_REFERENCE_EVALUATEOPERANDS_H
#define FOVEA_LIB_REFERENCE_EVALUATEOPERANDS_H

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Reference/Combine.h"
#include "fovea/Reference/Compress.h"
#include "fovea/Reference/Evaluate.h"

namespace fovea::reference {

/// Of a compression or of its gradients.
template <typename OpT>
CompressOperands getCompressOperands(OpT op, const Evaluator &evaluator) {
  CompressOperands operands{evaluator.get(op.getInput())};
  operands.weights = evaluator.getAll(op.getParams());
  if (op.getPositions())
    operands.positions = &evaluator.get(op.getPositions());
  return operands;
}

/// Of a combine or of its gates' gradient.
template <typename OpT> GateKind getGateKind(OpT op) {
  return op.getMode() == attn::GateMode::Logits ? GateKind::Logits : GateKind::Values;
}

} // namespace fovea::reference

#endif // FOVEA_LIB_REFERENCE_EVALUATEOPERANDS_H
