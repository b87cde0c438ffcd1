//===- LowerValues.cpp - what a thread or a warp computes -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace fovea::simt;

/// PTX's name of a special register.
static StringRef nameOf(Special which) {
  switch (which) {
  case Special::Thread:
    return "%tid.x";
  case Special::Block:
    return "%ctaid.x";
  case Special::Blocks:
    return "%nctaid.x";
  }
  llvm_unreachable("every register is covered");
}

Value Lowering::lower(SpecialOp op) {
  Type i32 = b.getI32Type();
  if (op.getHere())
    return assembly(("mov.u32 $0, " + nameOf(op.getWhich()) + ";").str(), "=r", {}, i32)
        ->getResult(0);
  switch (op.getWhich()) {
  case Special::Thread:
    return NVVM::ThreadIdXOp::create(b, i32);
  case Special::Block:
    return NVVM::BlockIdXOp::create(b, i32);
  case Special::Blocks:
    return NVVM::GridDimXOp::create(b, i32);
  }
  llvm_unreachable("every register is covered");
}

Value Lowering::lower(SharedBaseOp) {
  return LLVM::AddressOfOp::create(b, LLVM::LLVMPointerType::get(b.getContext(), 3),
                                   kSharedMemoryName);
}

Value Lowering::lower(ApproxOp op) {
  return map(op.getInput(), [&](Value x) -> Value {
    Type f32 = b.getF32Type();
    switch (op.getFunction()) {
    case Approximation::Exp2:
      return LLVM::CallIntrinsicOp::create(
                 b, f32, b.getStringAttr("llvm.nvvm.ex2.approx.ftz.f"), ValueRange(x))
          .getResult(0);
    case Approximation::Log2:
      return LLVM::CallIntrinsicOp::create(
                 b, f32, b.getStringAttr("llvm.nvvm.lg2.approx.ftz.f"), ValueRange(x))
          .getResult(0);
    case Approximation::Reciprocal:
      return NVVM::RcpApproxFtzF32Op::create(b, f32, x);
    case Approximation::Sqrt:
      return LLVM::CallIntrinsicOp::create(
                 b, f32, b.getStringAttr("llvm.nvvm.sqrt.approx.ftz.f"), ValueRange(x))
          .getResult(0);
    case Approximation::Tanh:
      return assembly("tanh.approx.f32 $0, $1;", "=f,f", x, f32, /*sideEffects=*/false)
          ->getResult(0);
    }
    llvm_unreachable("every function is covered");
  });
}

Value Lowering::lower(PackOp op) {
  SmallVector<Value> values = elements(op.getInput()), words;
  Type element = op.getType() == Half::BF16 ? Type(b.getBF16Type()) : b.getF16Type();
  auto pair = VectorType::get(2, element);
  for (size_t i = 0; i < values.size(); i += 2) {
    Value low = values[i], high = values[i + 1], rounded;
    if (op.getType() == Half::BF16)
      rounded = NVVM::ConvertF32x2ToBF16x2Op::create(b, pair, high, low, Value(),
                                                     NVVM::FPRoundingMode::RN);
    else
      rounded = NVVM::ConvertF32x2ToF16x2Op::create(b, pair, high, low, Value(),
                                                    NVVM::FPRoundingMode::RN);
    words.push_back(LLVM::BitcastOp::create(b, b.getI32Type(), rounded));
  }
  return vectorOf(words);
}

Value Lowering::lower(UnpackOp op) {
  SmallVector<Value> values;
  for (Value word : elements(op.getInput())) {
    if (op.getType() == Half::BF16) { // the upper half of an f32 each
      Value low = arith::ShLIOp::create(b, word, i32(16));
      Value high = arith::AndIOp::create(b, word, i32(int32_t(0xffff0000)));
      values.push_back(arith::BitcastOp::create(b, b.getF32Type(), low));
      values.push_back(arith::BitcastOp::create(b, b.getF32Type(), high));
      continue;
    }
    Value pair = LLVM::BitcastOp::create(b, VectorType::get(2, b.getF16Type()), word);
    for (int64_t i : {0, 1})
      values.push_back(arith::ExtFOp::create(
          b, b.getF32Type(), vector::ExtractOp::create(b, pair, i).getResult()));
  }
  return vectorOf(values);
}

Value Lowering::lower(ShuffleOp op) {
  NVVM::ShflKind kind = op.getKind() == ShuffleKind::Xor     ? NVVM::ShflKind::bfly
                        : op.getKind() == ShuffleKind::Index ? NVVM::ShflKind::idx
                                                             : NVVM::ShflKind::up;
  Value clamp = i32(op.getKind() == ShuffleKind::Up ? 0 : 31);
  return NVVM::ShflOp::create(b, op.getResult().getType(), i32(-1), op.getValue(),
                              op.getLane(), clamp, kind, UnitAttr());
}

Value Lowering::lower(BallotOp op) {
  return NVVM::VoteSyncOp::create(b, b.getI32Type(), i32(-1), op.getPredicate(),
                                  NVVM::VoteSyncKind::ballot);
}

Value Lowering::lower(ElectOp) {
  return NVVM::ElectSyncOp::create(b, b.getI1Type(), Value());
}

Value Lowering::lower(WarpReduceOp op) {
  auto kind =
      op.getKind() == WarpReduction::Or ? NVVM::ReduxKind::OR : NVVM::ReduxKind::UMIN;
  return NVVM::ReduxOp::create(b, b.getI32Type(), op.getValue(), kind, i32(-1));
}
