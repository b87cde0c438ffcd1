//===- ThreadBuilder.cpp - short names for one thread's code --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "ThreadBuilder.h"

#include "fovea/Dialect/Simt/IR/Simt.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tile_to_simt;
using arith::CmpIPredicate;

Value ThreadBuilder::i32(int64_t value) {
  return arith::ConstantIntOp::create(*this, getLoc(), value, 32);
}
Value ThreadBuilder::i64(int64_t value) {
  return arith::ConstantIntOp::create(*this, getLoc(), value, 64);
}
Value ThreadBuilder::f32(double value) {
  return arith::ConstantOp::create(*this, getF32FloatAttr(value));
}
Value ThreadBuilder::boolean(bool value) {
  return arith::ConstantIntOp::create(*this, getLoc(), value, 1);
}

Value ThreadBuilder::div(Value lhs, int64_t rhs) {
  if (rhs != 1 && llvm::isPowerOf2_64(rhs))
    return shr(lhs, constantLike(lhs, llvm::Log2_64(rhs)));
  return IntegerBuilder::div(lhs, rhs);
}
Value ThreadBuilder::rem(Value lhs, int64_t rhs) {
  if (llvm::isPowerOf2_64(rhs))
    return land(lhs, rhs - 1);
  return IntegerBuilder::rem(lhs, rhs);
}
Value ThreadBuilder::land(Value lhs, Value rhs) { return both(lhs, rhs); }
Value ThreadBuilder::land(Value lhs, int64_t rhs) {
  return land(lhs, constantLike(lhs, rhs));
}
Value ThreadBuilder::lor(Value lhs, Value rhs) { return either(lhs, rhs); }
Value ThreadBuilder::lxor(Value lhs, Value rhs) {
  return createOrFold<arith::XOrIOp>(lhs, rhs);
}
Value ThreadBuilder::shl(Value lhs, Value rhs) {
  return createOrFold<arith::ShLIOp>(lhs, rhs);
}
Value ThreadBuilder::shl(Value lhs, int64_t rhs) {
  return shl(lhs, constantLike(lhs, rhs));
}
Value ThreadBuilder::shr(Value lhs, Value rhs) {
  return createOrFold<arith::ShRUIOp>(lhs, rhs);
}

Value ThreadBuilder::lessUnsigned(Value lhs, Value rhs) {
  return createOrFold<arith::CmpIOp>(CmpIPredicate::ult, lhs, rhs);
}
Value ThreadBuilder::notEqual(Value lhs, int64_t rhs) {
  return createOrFold<arith::CmpIOp>(CmpIPredicate::ne, lhs, constantLike(lhs, rhs));
}

Value ThreadBuilder::offset(Value pointer, Value bytes) {
  if (bytes.getType().isIndex())
    bytes = toI64(bytes);
  return LLVM::GEPOp::create(*this, pointer.getType(), getI8Type(), pointer,
                             ArrayRef<LLVM::GEPArg>{bytes});
}
Value ThreadBuilder::offset(Value pointer, int64_t bytes) {
  if (bytes == 0)
    return pointer;
  return LLVM::GEPOp::create(*this, pointer.getType(), getI8Type(), pointer,
                             ArrayRef<LLVM::GEPArg>{int32_t(bytes)});
}
Value ThreadBuilder::load(Type type, Value pointer, unsigned alignment) {
  return LLVM::LoadOp::create(*this, type, pointer, alignment);
}
void ThreadBuilder::store(Value value, Value pointer, unsigned alignment) {
  LLVM::StoreOp::create(*this, value, pointer, alignment);
}

Value ThreadBuilder::fromElements(ArrayRef<Value> elements) {
  return vector::FromElementsOp::create(
      *this, VectorType::get(elements.size(), elements.front().getType()), elements);
}
Value ThreadBuilder::extract(Value vector, int64_t i) {
  return createOrFold<vector::ExtractOp>(vector, i);
}
Value ThreadBuilder::permute(Value vector, ArrayRef<int64_t> mask) {
  return vector::ShuffleOp::create(*this, vector, vector, mask);
}
Value ThreadBuilder::splat(Value scalar, int64_t size) {
  return vector::BroadcastOp::create(*this, VectorType::get(size, scalar.getType()),
                                     scalar);
}
Value ThreadBuilder::constantVector(ArrayRef<int32_t> values) {
  auto type = VectorType::get(values.size(), getI32Type());
  return arith::ConstantOp::create(*this, DenseElementsAttr::get(type, values));
}
int64_t ThreadBuilder::sizeOf(Value vector) {
  return cast<VectorType>(vector.getType()).getDimSize(0);
}

Value ThreadBuilder::shuffleXor(Value value, int64_t mask) {
  return simt::ShuffleOp::create(*this, simt::ShuffleKind::Xor, value, i32(mask));
}
Value ThreadBuilder::shuffleFrom(Value value, Value lane) {
  return simt::ShuffleOp::create(*this, simt::ShuffleKind::Index, value, lane);
}
Value ThreadBuilder::shuffleFrom(Value value, int64_t lane) {
  return shuffleFrom(value, i32(lane));
}
Value ThreadBuilder::heldValue(Value values, Value number) {
  Value found;
  for (int64_t e = 0; e < sizeOf(values); ++e) {
    Value element = extract(values, e);
    Value held = shuffleFrom(element, rem(number, tile::kLanes));
    found = found ? select(less(number, tile::kLanes * e), found, held) : held;
  }
  return found;
}
Value ThreadBuilder::shuffleUp(Value value, int64_t by) {
  return simt::ShuffleOp::create(*this, simt::ShuffleKind::Up, value, i32(by));
}
Value ThreadBuilder::ballot(Value predicate) {
  return simt::BallotOp::create(*this, getI32Type(), predicate);
}

Value ThreadBuilder::countBits(Value word) {
  return LLVM::CtPopOp::create(*this, word);
}

void ThreadBuilder::emitIf(Value condition, function_ref<void()> then) {
  auto branch = scf::IfOp::create(*this, condition);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(branch.thenBlock());
  then();
}
SmallVector<Value> ThreadBuilder::emitIf(Value condition, TypeRange types,
                                         function_ref<SmallVector<Value>()> then,
                                         function_ref<SmallVector<Value>()> otherwise) {
  auto branch = scf::IfOp::create(*this, types, condition, /*addElse=*/true);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(*this, then());
  setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(*this, otherwise());
  return llvm::to_vector_of<Value>(branch.getResults());
}

SmallVector<Value> ThreadBuilder::emitWhile(ValueRange inits,
                                            function_ref<Value(Carried &)> attempt,
                                            function_ref<void(Carried &)> retry) {
  SmallVector<Type> types = llvm::to_vector(inits.getTypes());
  SmallVector<Location> locs(types.size(), getLoc());
  auto loop = scf::WhileOp::create(*this, types, inits);
  OpBuilder::InsertionGuard guard(*this);
  Block *before = createBlock(&loop.getBefore(), {}, types, locs);
  Carried carried = llvm::to_vector_of<Value>(before->getArguments());
  Value condition = attempt(carried);
  scf::ConditionOp::create(*this, condition, carried);
  Block *after = createBlock(&loop.getAfter(), {}, types, locs);
  carried = llvm::to_vector_of<Value>(after->getArguments());
  retry(carried);
  scf::YieldOp::create(*this, carried);
  return llvm::to_vector_of<Value>(loop.getResults());
}
