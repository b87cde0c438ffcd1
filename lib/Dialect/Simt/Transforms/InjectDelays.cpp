//===- InjectDelays.cpp - simt-inject-delays ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Everything that a delay depends on is read where it is needed, the seed too: a value
// that lived from one delay to the next would take registers that the kernel has not
// got.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Simt/Transforms/Passes.h"

#include "fovea/Dialect/Simt/IR/Simt.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/Support/Endian.h"

namespace fovea::simt {
#define GEN_PASS_DEF_INJECTDELAYSPASS
#include "fovea/Dialect/Simt/Transforms/Passes.h.inc"
} // namespace fovea::simt

using namespace mlir;
using namespace fovea::simt;

static constexpr llvm::StringLiteral kSeedName = "fovea_delay_seed";
/// In front of the seed: who has only the machine code finds it by this.
static constexpr llvm::StringLiteral kSeedMark = "fovea-delay:";
static constexpr int64_t kWarpThreads = 32;
static constexpr int64_t kMaxNanoseconds = 2047; ///< one less than a power of two

/// The global of the mark's words and the seed.
static LLVM::GlobalOp createSeed(gpu::GPUModuleOp module, uint32_t seed) {
  SmallVector<int32_t> words;
  for (size_t i = 0; i < kSeedMark.size(); i += 4)
    words.push_back(int32_t(llvm::support::endian::read32le(kSeedMark.data() + i)));
  words.push_back(int32_t(seed));
  auto b = OpBuilder::atBlockBegin(module.getBody());
  auto tensor = RankedTensorType::get(int64_t(words.size()), b.getI32Type());
  return LLVM::GlobalOp::create(
      b, module.getLoc(), LLVM::LLVMArrayType::get(b.getI32Type(), words.size()),
      /*isConstant=*/false, LLVM::Linkage::External, kSeedName,
      DenseElementsAttr::get(tensor, ArrayRef(words)), /*alignment=*/4,
      /*addrSpace=*/1);
}

namespace {
/// Writes one delay.
class DelayBuilder {
public:
  DelayBuilder(Operation *op, LLVM::GlobalOp seed) : b(op->getLoc(), op), seed(seed) {}
  void create(Value barrier, int64_t site);

private:
  Value i32(int64_t value) {
    return arith::ConstantIntOp::create(b, b.getLoc(), int32_t(value), 32);
  }
  Value special(Special which) { return SpecialOp::create(b, b.getI32Type(), which); }
  Value loadSeed();
  Value mix(Value hash, Value word);

  ImplicitLocOpBuilder b;
  LLVM::GlobalOp seed;
};
} // namespace

Value DelayBuilder::loadSeed() {
  Value words = LLVM::AddressOfOp::create(b, seed);
  int32_t last = cast<LLVM::LLVMArrayType>(seed.getGlobalType()).getNumElements() - 1;
  Value word = LLVM::GEPOp::create(b, words.getType(), b.getI32Type(), words,
                                   ArrayRef<LLVM::GEPArg>{last});
  return LLVM::LoadOp::create(b, b.getI32Type(), word);
}

/// One round of the 32-bit finalizer of MurmurHash3 (public domain), over the sum.
Value DelayBuilder::mix(Value hash, Value word) {
  hash = arith::AddIOp::create(b, hash, word);
  hash = arith::XOrIOp::create(b, hash, arith::ShRUIOp::create(b, hash, i32(16)));
  hash = arith::MulIOp::create(b, hash, i32(0x85ebca6b));
  return arith::XOrIOp::create(b, hash, arith::ShRUIOp::create(b, hash, i32(13)));
}

void DelayBuilder::create(Value barrier, int64_t site) {
  Value warpThreads = i32(kWarpThreads);
  Value warp = arith::DivUIOp::create(b, special(Special::Thread), warpThreads);
  Value hash = loadSeed();
  for (Value word : {i32(site), warp, special(Special::Block),
                     LLVM::PtrToIntOp::create(b, b.getI32Type(), barrier).getResult()})
    hash = mix(hash, word);
  SleepOp::create(b, arith::AndIOp::create(b, hash, i32(kMaxNanoseconds)));
}

namespace {
struct InjectDelays final : fovea::simt::impl::InjectDelaysPassBase<InjectDelays> {
  using InjectDelaysPassBase::InjectDelaysPassBase;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa<BarrierWaitOp, BarrierArriveOp, BarrierArriveCopiesOp, BarrierExpectOp>(
              op))
        ops.push_back(op);
    });
    if (ops.empty())
      return;
    if (Operation *seed = SymbolTable::lookupSymbolIn(getOperation(), kSeedName)) {
      seed->emitOpError() << "expected a module without delays, got its seed, @"
                          << kSeedName;
      return signalPassFailure();
    }
    LLVM::GlobalOp global = createSeed(getOperation(), seed);
    for (auto [site, op] : llvm::enumerate(ops))
      DelayBuilder(op, global).create(op->getOperand(0), site);
    numDelays += ops.size();
  }
};
} // namespace
