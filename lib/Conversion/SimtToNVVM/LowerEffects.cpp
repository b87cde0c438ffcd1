//===- LowerEffects.cpp - operations that are there for their effect ------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace fovea::simt;

/// How long a wait may sleep before it looks again, in nanoseconds.
static constexpr int64_t kWaitTicks = 10000000;

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

/// Past the cache of the multiprocessor where the instruction can, which is for 16
/// bytes.
void Lowering::lower(CopyAsyncOp op) {
  int32_t size = op.getBytes();
  Value none = i32(0);
  Value bytes = arith::SelectOp::create(b, op.getCondition(), i32(size), none);
  NVVM::CpAsyncOp::create(b, op.getTo(), op.getFrom(), size,
                          size == 16 ? NVVM::LoadCacheModifierKind::CG
                                     : NVVM::LoadCacheModifierKind::CA,
                          bytes);
}

/// A block's shared address is one of its cluster's, and the instructions that take
/// the latter exist in older PTX. A cast of address spaces would go through a generic
/// address.
static Value toCluster(ImplicitLocOpBuilder &b, Value shared) {
  constexpr unsigned kCluster = unsigned(NVVM::NVVMMemorySpace::SharedCluster);
  Value address = LLVM::PtrToIntOp::create(b, b.getI64Type(), shared);
  return LLVM::IntToPtrOp::create(
      b, LLVM::LLVMPointerType::get(b.getContext(), kCluster), address);
}

void Lowering::lower(TmaLoadOp op) {
  NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
      b, toCluster(b, op.getTo()), op.getMap(), op.getCoordinates(), op.getBarrier(),
      ValueRange(), Value(), Value(), NVVM::TMALoadMode::TILE,
      /*isCTAOnly=*/false, NVVM::CTAGroupKindAttr(), Value());
}
