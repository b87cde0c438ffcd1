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

#include "fovea/Dialect/Simt/IR/Simt.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

namespace fovea {
#define GEN_PASS_DEF_CONVERTSIMTTONVVMPASS
#include "fovea/Conversion/Passes.h.inc"
} // namespace fovea

using namespace mlir;
using namespace fovea;
using namespace fovea::simt;

/// How long a wait may sleep before it looks again, in nanoseconds.
static constexpr int64_t kWaitTicks = 10000000;

namespace {
/// Replaces one operation.
class Lowering {
public:
  static LogicalResult run(Operation *op);

private:
  explicit Lowering(Operation *op) : b(op->getLoc(), op) {}

  Value i32(int64_t value) {
    return arith::ConstantIntOp::create(b, b.getLoc(), value, 32);
  }
  Value i64(int64_t value) {
    return arith::ConstantIntOp::create(b, b.getLoc(), value, 64);
  }
  SmallVector<Value> elements(Value vector) {
    return llvm::to_vector_of<Value>(
        vector::ToElementsOp::create(b, vector).getResults());
  }
  Value vectorOf(ArrayRef<Value> values) {
    return vector::FromElementsOp::create(
        b, VectorType::get(values.size(), values.front().getType()), values);
  }
  /// A block's shared address is one of its cluster's, and the instructions that take
  /// the latter exist in older PTX. A cast of address spaces would go through a generic
  /// address.
  Value toCluster(Value shared) {
    constexpr unsigned kCluster = unsigned(NVVM::NVVMMemorySpace::SharedCluster);
    Value address = LLVM::PtrToIntOp::create(b, b.getI64Type(), shared);
    return LLVM::IntToPtrOp::create(
        b, LLVM::LLVMPointerType::get(b.getContext(), kCluster), address);
  }
  /// Inline assembly; `result` is null, a scalar, or a struct.
  Operation *assembly(StringRef text, StringRef constraints, ValueRange operands,
                      Type result = {}, bool sideEffects = true);
  SmallVector<Value> unpack(Value structure, int64_t size);
  Type structOf(Type element, int64_t size) {
    return LLVM::LLVMStructType::getLiteral(b.getContext(),
                                            SmallVector<Type>(size, element));
  }
  /// The same function of each element of a vector, or of a scalar.
  Value map(Value input, llvm::function_ref<Value(Value)> function);

  // One overload for each operation of the dialect; what it gives replaces the result.
  Value lower(SpecialOp op);
  Value lower(SharedBaseOp op);
  Value lower(DescriptorOp op);
  Value lower(WgmmaOp op);
  SmallVector<Value> lower(WgmmaWaitOp op);
  Value lower(MmaOp op);
  Value lower(LoadMatrixOp op);
  Value lower(ApproxOp op);
  Value lower(PackOp op);
  Value lower(UnpackOp op);
  Value lower(ShuffleOp op);
  Value lower(BallotOp op);
  Value lower(ElectOp op);
  Value lower(WarpReduceOp op);
  void lower(SetRegistersOp op);
  void lower(BarrierInitOp op);
  void lower(BarrierWaitOp op);
  void lower(BarrierArriveOp op);
  void lower(BarrierExpectOp op);
  void lower(BarrierArriveCopiesOp op);
  void lower(CopiesWaitOp op);
  void lower(FenceBarrierInitOp op);
  void lower(FenceAsyncOp op);
  void lower(SyncBlockOp op);
  void lower(SleepOp op);
  void lower(SyncWarpOp op);
  void lower(SyncNamedOp op);
  void lower(ArriveNamedOp op);
  void lower(CopyAsyncOp op);
  void lower(TmaLoadOp op);
  void lower(WgmmaFenceOp op);
  void lower(WgmmaCommitOp op);
  template <typename OpT> LogicalResult replace(OpT op);

  ImplicitLocOpBuilder b;
};
} // namespace

static StringRef name(Half half) { return half == Half::BF16 ? "bf16" : "f16"; }

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

Value Lowering::map(Value input, llvm::function_ref<Value(Value)> function) {
  if (!isa<VectorType>(input.getType()))
    return function(input);
  SmallVector<Value> results;
  for (Value element : elements(input))
    results.push_back(function(element));
  return vectorOf(results);
}

Value Lowering::lower(SpecialOp op) {
  Type i32 = b.getI32Type();
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

//===----------------------------------------------------------------------===//
// Operations that are there for their effect
//===----------------------------------------------------------------------===//

void Lowering::lower(SetRegistersOp op) {
  NVVM::SetMaxRegisterOp::create(b, op.getCount(),
                                 op.getIncrease()
                                     ? NVVM::SetMaxRegisterAction::increase
                                     : NVVM::SetMaxRegisterAction::decrease);
}

void Lowering::lower(BarrierInitOp op) {
  NVVM::MBarrierInitOp::create(b, op.getBarrier(), i32(op.getCount()), Value());
}

void Lowering::lower(BarrierWaitOp op) {
  if (op.getPolling()) {
    assembly("{ .reg .pred p; POLL: mbarrier.test_wait.parity.shared::cta.b64 p, "
             "[$0], $1; @!p bra POLL; }",
             "r,r,~{memory}", {op.getBarrier(), op.getParity()});
    return;
  }
  NVVM::MBarrierTryWaitParityOp::create(b, op.getBarrier(), op.getParity(),
                                        i32(kWaitTicks));
}

void Lowering::lower(BarrierArriveOp op) {
  Value predicate = arith::ExtUIOp::create(b, b.getI32Type(), op.getPredicate());
  assembly("{ .reg .pred p; setp.ne.b32 p, $1, 0; "
           "@p mbarrier.arrive.shared::cta.b64 _, [$0]; }",
           "r,r,~{memory}", {op.getBarrier(), predicate});
}

void Lowering::lower(BarrierExpectOp op) {
  NVVM::MBarrierArriveExpectTxOp::create(b, TypeRange(), op.getBarrier(),
                                         i32(op.getBytes()), NVVM::MemScopeKind::CTA,
                                         /*relaxed=*/false, Value());
}

void Lowering::lower(BarrierArriveCopiesOp op) {
  NVVM::CpAsyncMBarrierArriveOp::create(b, op.getBarrier(), /*noinc=*/true);
}

void Lowering::lower(CopiesWaitOp) { assembly("cp.async.wait_all;", "~{memory}", {}); }

void Lowering::lower(FenceBarrierInitOp) { NVVM::FenceMbarrierInitOp::create(b); }

void Lowering::lower(FenceAsyncOp) {
  assembly("fence.proxy.async.shared::cta;", "~{memory}", {});
}

void Lowering::lower(SyncBlockOp) { NVVM::Barrier0Op::create(b); }

void Lowering::lower(SleepOp op) {
  assembly("nanosleep.u32 $0;", "r", op.getNanoseconds());
}

void Lowering::lower(SyncWarpOp) { NVVM::SyncWarpOp::create(b, i32(-1)); }

void Lowering::lower(SyncNamedOp op) {
  assembly("bar.sync $0, $1;", "r,r,~{memory}", {op.getId(), i32(op.getThreads())});
}

void Lowering::lower(ArriveNamedOp op) {
  assembly("bar.arrive $0, $1;", "r,r,~{memory}", {op.getId(), i32(op.getThreads())});
}

void Lowering::lower(CopyAsyncOp op) {
  constexpr int32_t kBytes = 16;
  Value none = i32(0);
  Value bytes = arith::SelectOp::create(b, op.getCondition(), i32(kBytes), none);
  NVVM::CpAsyncOp::create(b, op.getTo(), op.getFrom(), kBytes,
                          NVVM::LoadCacheModifierKind::CG, bytes);
}

void Lowering::lower(TmaLoadOp op) {
  NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
      b, toCluster(op.getTo()), op.getMap(), op.getCoordinates(), op.getBarrier(),
      ValueRange(), Value(), Value(), NVVM::TMALoadMode::TILE,
      /*isCTAOnly=*/false, NVVM::CTAGroupKindAttr(), Value());
}

void Lowering::lower(WgmmaFenceOp) { NVVM::WgmmaFenceAlignedOp::create(b); }

void Lowering::lower(WgmmaCommitOp) { NVVM::WgmmaGroupSyncAlignedOp::create(b); }

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

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
