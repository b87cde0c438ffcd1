//===- LowerProducts.cpp - matrix instructions ----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fovea::simt;

static StringRef name(Half half) { return half == Half::BF16 ? "bf16" : "f16"; }

/// The format of PTX's "Matrix-descriptor-encode" section, for wgmma.
Value Lowering::lower(DescriptorOp op) {
  int64_t code = op.getSwizzle() == 128 ? 1 : op.getSwizzle() == 64 ? 2 : 3;
  uint64_t fixed = (uint64_t(op.getLeading()) >> 4) << 16 |
                   (uint64_t(op.getStride()) >> 4) << 32 | uint64_t(code) << 62;
  Value address = LLVM::PtrToIntOp::create(b, b.getI64Type(), op.getAddress());
  address = arith::AndIOp::create(b, address, i64(0x3ffff));
  address = arith::ShRUIOp::create(b, address, i64(4));
  return arith::OrIOp::create(b, address, i64(int64_t(fixed)));
}

/// "{$0,$1,...}" of `count` operands from `first` on.
static std::string operandList(int64_t first, int64_t count) {
  std::string text = "{";
  for (int64_t i = 0; i < count; ++i)
    text += (i ? ",$" : "$") + std::to_string(first + i);
  return text + "}";
}

/// NVVM's operation knows no operand in registers and no product without an input.
Value Lowering::lower(WgmmaOp op) {
  int64_t n = cast<VectorType>(op.getResult().getType()).getDimSize(0);
  bool fromRegisters = isa<VectorType>(op.getA().getType());
  SmallVector<Value> operands;
  std::string constraints;
  for (int64_t i = 0; i < n; ++i)
    constraints += i ? ",=f" : "=f";
  int64_t next = n; // number of the next operand
  if (op.getAcc()) {
    operands = elements(op.getAcc());
    for (int64_t i = 0; i < n; ++i)
      constraints += "," + std::to_string(i);
    next += n;
  }
  std::string a;
  if (fromRegisters) {
    operands.append(elements(op.getA()));
    constraints += ",r,r,r,r";
    a = operandList(next, 4);
    next += 4;
  } else {
    operands.push_back(op.getA());
    constraints += ",l";
    a = "$" + std::to_string(next++);
  }
  operands.push_back(op.getB());
  constraints += ",l";
  // After the operands: scale-d, negations of a and b, then which are transposed: a in
  // shared memory never is, a in registers cannot be.
  std::string text = llvm::formatv(
      "wgmma.mma_async.sync.aligned.m64n{0}k16.f32.{1}.{1} {2}, {3}, ${4}, {5}, 1, "
      "1{6}, "
      "{7};",
      2 * n, name(op.getType()), operandList(0, n), a, next, op.getAcc() ? 1 : 0,
      fromRegisters ? "" : ", 0", op.getTransposeB() ? 1 : 0);
  Operation *call = assembly(text, constraints, operands, structOf(b.getF32Type(), n));
  return vectorOf(unpack(call->getResult(0), n));
}

/// Tied to the registers: nothing that reads them may move above the wait.
SmallVector<Value> Lowering::lower(WgmmaWaitOp op) {
  SmallVector<Value> values;
  for (Value vector : op.getValues())
    values.append(elements(vector));
  std::string constraints;
  for (size_t i = 0; i < values.size(); ++i)
    constraints += i ? ",=f" : "=f";
  for (size_t i = 0; i < values.size(); ++i)
    constraints += "," + std::to_string(i);
  std::string text =
      "wgmma.wait_group.sync.aligned " + std::to_string(op.getNewer()) + ";";
  Operation *call = assembly(text, constraints + ",~{memory}", values,
                             structOf(b.getF32Type(), values.size()));
  SmallVector<Value> tied = unpack(call->getResult(0), values.size()), results;
  ArrayRef<Value> rest = tied;
  for (Type type : op.getResultTypes()) {
    size_t size = cast<VectorType>(type).getDimSize(0);
    results.push_back(vectorOf(rest.take_front(size)));
    rest = rest.drop_front(size);
  }
  return results;
}

void Lowering::lower(WgmmaFenceOp) { NVVM::WgmmaFenceAlignedOp::create(b); }

void Lowering::lower(WgmmaCommitOp) { NVVM::WgmmaGroupSyncAlignedOp::create(b); }

Value Lowering::lower(MmaOp op) {
  SmallVector<Value> operands = elements(op.getA());
  operands.append(elements(op.getB()));
  operands.append(elements(op.getAcc()));
  std::string text = llvm::formatv(
      "mma.sync.aligned.m16n8k16.row.col.f32.{0}.{0}.f32 {1}, {2}, {3}, {4};",
      name(op.getType()), operandList(0, 4), operandList(4, 4), operandList(8, 2),
      operandList(10, 4));
  Operation *call = assembly(text, "=f,=f,=f,=f,r,r,r,r,r,r,f,f,f,f", operands,
                             structOf(b.getF32Type(), 4), /*sideEffects=*/false);
  return vectorOf(unpack(call->getResult(0), 4));
}

Value Lowering::lower(LoadMatrixOp op) {
  std::string text =
      llvm::formatv("ldmatrix.sync.aligned.m8n8.x4{0}.shared.b16 {1}, [$4];",
                    op.getTranspose() ? ".trans" : "", operandList(0, 4));
  Operation *call = assembly(text, "=r,=r,=r,=r,r,~{memory}", op.getAddress(),
                             structOf(b.getI32Type(), 4));
  return vectorOf(unpack(call->getResult(0), 4));
}
