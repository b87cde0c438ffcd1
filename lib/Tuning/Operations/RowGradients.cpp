//===- RowGradients.cpp - what tuning knows of sums over rows -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The gradient of gates, and the sum of gradients.
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "RowSchedule.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::CombineGradGatesOp;
using attn::SumOp;

template <> struct tuning::RowOperation<CombineGradGatesOp> {
  static Value getRows(CombineGradGatesOp op) { return op.getDout(); }
  static std::string describe(CombineGradGatesOp op) {
    std::string text;
    llvm::raw_string_ostream(text) << ", branches = " << op.getBranches().size()
                                   << ", gates = " << typeOf(op.getGates()) << " "
                                   << attn::stringifyGateMode(op.getMode())
                                   << (op.getLses().empty() ? "" : ", lse");
    return text;
  }
};

template <> struct tuning::RowOperation<SumOp> {
  static Value getRows(SumOp op) { return op.getOut(); }
  static std::string describe(SumOp op) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    for (Value part : op.getParts())
      stream << ", part = " << typeOf(part);
    return text;
  }
};

namespace {

struct GradGatesWork final
    : WorkOpInterface::ExternalModel<GradGatesWork, CombineGradGatesOp> {
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<CombineGradGatesOp>(operation);
    counter.read(op.getDout(), counter.getTokens());
    counter.read(op.getGates(), counter.getTokens());
    for (Value branch : op.getBranches())
      counter.read(branch, counter.getTokens());
    for (Value lse : op.getLses())
      counter.read(lse, counter.getTokens());
    for (Value result : op.getResults())
      counter.write(result, counter.getTokens());
  }
};

struct SumWork final : WorkOpInterface::ExternalModel<SumWork, SumOp> {
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<SumOp>(operation);
    for (Value part : op.getParts())
      counter.read(part, counter.getTokens());
    counter.write(op.getOut(), counter.getTokens());
  }
};

} // namespace

void tuning::attachRowGradientsTuning(MLIRContext &context) {
  CombineGradGatesOp::attachInterface<RowSchedule<CombineGradGatesOp>,
                                      RowGpuSchedule<CombineGradGatesOp>,
                                      GradGatesWork>(context);
  SumOp::attachInterface<RowSchedule<SumOp>, RowGpuSchedule<SumOp>, SumWork>(context);
}
