//===- SimtToNVVM.cpp - convert-simt-to-nvvm ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// One operation at a time, each to the NVVM operation or, where NVVM has none, the
// inline assembly that stands for its instruction. Vectors come apart into scalars
// here: an instruction names its registers.
//
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/Passes.h"

#include "Lowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace fovea {
#define GEN_PASS_DEF_CONVERTSIMTTONVVMPASS
#include "fovea/Conversion/Passes.h.inc"
} // namespace fovea

using namespace mlir;
using namespace fovea;
using namespace fovea::simt;

template <typename OpT> LogicalResult Lowering::replace(OpT op) {
  if constexpr (std::is_void_v<decltype(lower(op))>)
    lower(op);
  else
    op->replaceAllUsesWith(ValueRange(lower(op)));
  op->erase();
  return success();
}

/// The cases are the dialect's own list: an operation without an overload of `lower`
/// does not compile.
LogicalResult Lowering::run(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<
#define GET_OP_LIST
#include "fovea/Dialect/Simt/IR/SimtOps.cpp.inc"
          >([&](auto op) { return Lowering(op).replace(op); })
      .Default([](Operation *op) {
        return op->emitOpError() << "expected a registered operation of simt";
      });
}

namespace {
struct ConvertSimtToNVVM final
    : fovea::impl::ConvertSimtToNVVMPassBase<ConvertSimtToNVVM> {
  using ConvertSimtToNVVMPassBase::ConvertSimtToNVVMPassBase;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa_and_nonnull<SimtDialect>(op->getDialect()))
        ops.push_back(op);
    });
    for (Operation *op : ops)
      if (failed(Lowering::run(op)))
        return signalPassFailure();
  }
};
} // namespace
