//===- Lowering.cpp - what operations of simt share -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace fovea::simt;

Value Lowering::i32(int64_t value) {
  return arith::ConstantIntOp::create(b, b.getLoc(), value, 32);
}

Value Lowering::i64(int64_t value) {
  return arith::ConstantIntOp::create(b, b.getLoc(), value, 64);
}

SmallVector<Value> Lowering::elements(Value vector) {
  return llvm::to_vector_of<Value>(
      vector::ToElementsOp::create(b, vector).getResults());
}

/// LLVM's scalarizer, which takes vectors apart again, first writes all lanes anew at
/// each insertion of a lane. So a long vector is made of its halves.
Value Lowering::vectorOf(ArrayRef<Value> values) {
  constexpr size_t kMostInsertions = 8;
  if (values.size() <= kMostInsertions || values.size() % 2)
    return vector::FromElementsOp::create(
        b, VectorType::get(values.size(), values.front().getType()), values);
  size_t half = values.size() / 2;
  Value low = vectorOf(values.take_front(half));
  Value high = vectorOf(values.drop_front(half));
  return vector::ShuffleOp::create(b, low, high,
                                   llvm::to_vector(llvm::seq<int64_t>(values.size())));
}

Operation *Lowering::assembly(StringRef text, StringRef constraints,
                              ValueRange operands, Type result, bool sideEffects) {
  SmallVector<Type> results;
  if (result)
    results.push_back(result);
  return LLVM::InlineAsmOp::create(
      b, results, operands, text, constraints, sideEffects, /*is_align_stack=*/false,
      LLVM::tailcallkind::TailCallKind::None,
      LLVM::AsmDialectAttr::get(b.getContext(), LLVM::AsmDialect::AD_ATT),
      /*operand_attrs=*/ArrayAttr());
}

SmallVector<Value> Lowering::unpack(Value structure, int64_t size) {
  SmallVector<Value> values;
  for (int64_t i = 0; i < size; ++i)
    values.push_back(LLVM::ExtractValueOp::create(b, structure, i));
  return values;
}

Type Lowering::structOf(Type element, int64_t size) {
  return LLVM::LLVMStructType::getLiteral(b.getContext(),
                                          SmallVector<Type>(size, element));
}

Value Lowering::map(Value input, llvm::function_ref<Value(Value)> function) {
  if (!isa<VectorType>(input.getType()))
    return function(input);
  SmallVector<Value> results;
  for (Value element : elements(input))
    results.push_back(function(element));
  return vectorOf(results);
}
