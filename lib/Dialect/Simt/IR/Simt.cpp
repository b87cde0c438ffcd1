//===- Simt.cpp - the simt dialect and its verifiers ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Simt/IR/Simt.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace fovea::simt;

/// increase | decrease
static ParseResult parseDirection(OpAsmParser &parser, BoolAttr &increase) {
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  if (keyword != "increase" && keyword != "decrease")
    return parser.emitError(loc) << "expected increase or decrease, got " << keyword;
  increase = parser.getBuilder().getBoolAttr(keyword == "increase");
  return success();
}
static void printDirection(OpAsmPrinter &printer, Operation *, BoolAttr increase) {
  printer << (increase.getValue() ? "increase" : "decrease");
}

#include "fovea/Dialect/Simt/IR/SimtDialect.cpp.inc"
#include "fovea/Dialect/Simt/IR/SimtEnums.cpp.inc"
#define GET_OP_CLASSES
#include "fovea/Dialect/Simt/IR/SimtOps.cpp.inc"

void SimtDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "fovea/Dialect/Simt/IR/SimtOps.cpp.inc"
      >();
}

static int64_t sizeOf(Value vector) {
  return cast<VectorType>(vector.getType()).getDimSize(0);
}

/// The kernel around `op`, if it says how large its blocks are.
static Operation *findSizedKernel(Operation *op) {
  while (op && !op->hasAttrOfType<DenseI32ArrayAttr>("nvvm.reqntid"))
    op = op->getParentOp();
  return op;
}

/// Threads of a block of `kernel`; none where they are not 1 to 1024.
static std::optional<int64_t> countThreads(Operation *kernel) {
  constexpr int64_t kMaxThreads = fovea::kMaxThreadsPerBlock;
  int64_t threads = 1;
  for (int64_t size :
       kernel->getAttrOfType<DenseI32ArrayAttr>("nvvm.reqntid").asArrayRef()) {
    if (size < 1 || size > kMaxThreads)
      return std::nullopt;
    threads *= size;
    if (threads > kMaxThreads)
      return std::nullopt;
  }
  return threads;
}

/// set_registers_c2, for all such operations of `kernel`; reported at `op`.
static LogicalResult verifyHandOver(SetRegistersOp op, Operation *kernel) {
  constexpr int64_t kGroupThreads = fovea::kThreadsPerWarpgroup;
  constexpr int64_t kMaxBlocks = fovea::kMaxBlocksPerSM;
  int64_t decreases = 0, increases = 0, least = 0, most = 0;
  kernel->walk([&](SetRegistersOp other) {
    ++(other.getIncrease() ? increases : decreases);
    (other.getIncrease() ? most : least) = other.getCount();
  });
  if (decreases != 1 || increases != 1)
    return op.emitOpError()
           << "expected one decrease and one increase in the kernel, got " << decreases
           << " and " << increases;
  std::optional<int64_t> threads = countThreads(kernel);
  auto resident = kernel->getAttrOfType<IntegerAttr>("nvvm.minctasm");
  auto limit = kernel->getAttrOfType<IntegerAttr>("nvvm.maxnreg");
  int64_t blocks = resident ? resident.getInt() : 1;
  if (!threads || *threads < 2 * kGroupThreads || *threads % kGroupThreads != 0 ||
      blocks < 1 || blocks > kMaxBlocks)
    return op.emitOpError() << "expected blocks of 256 to 1024 threads, a multiple of "
                            << kGroupThreads << ", at most " << kMaxBlocks
                            << " of them per multiprocessor, got "
                            << kernel->getAttr("nvvm.reqntid") << " and " << blocks;
  if (!resident && !limit) // ptxas would ignore setmaxnreg: C7508
    return op.emitOpError() << "expected `nvvm.minctasm` or `nvvm.maxnreg` beside "
                               "`nvvm.reqntid`, got neither: registers at launch are "
                               "unknown";
  int64_t groups = *threads / kGroupThreads;
  int64_t atLaunch = int64_t(fovea::kRegistersPerSM) / blocks / *threads / 8 * 8;
  if (limit)
    atLaunch = std::min(atLaunch, limit.getInt());
  if (least + (groups - 1) * most > groups * atLaunch)
    return op.emitOpError()
           << "expected at most " << groups * atLaunch
           << " registers in one thread of each warpgroup together, got " << least
           << " + " << groups - 1 << " * " << most;
  if (least > atLaunch || most < atLaunch)
    return op.emitOpError() << "expected a decrease and an increase from the "
                            << atLaunch
                            << " registers that a thread has at launch, got " << least
                            << " and " << most;
  return success();
}

/// A reading at its place is a write to the optimizer, which lets it stand.
void SpecialOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  if (getHere())
    effects.emplace_back(MemoryEffects::Write::get());
}

LogicalResult SetRegistersOp::verify() {
  if (getCount() < 24 || getCount() > 240 || getCount() % 8 != 0) // set_registers_c1
    return emitOpError() << "expected 24 to 240 registers, a multiple of 8, got "
                         << getCount();
  Operation *kernel = findSizedKernel(*this);
  return kernel ? verifyHandOver(*this, kernel) : success();
}

/// Of a named barrier.
static LogicalResult verifyThreads(Operation *op, uint64_t threads) {
  if (threads >= 32 && threads <= 1024 && threads % 32 == 0)
    return success();
  return op->emitOpError() << "expected a multiple of 32 threads, at most 1024, got "
                           << threads;
}

LogicalResult SyncNamedOp::verify() {
  return verifyThreads(*this, getThreads()); // sync_named_c1
}

LogicalResult ArriveNamedOp::verify() {
  return verifyThreads(*this, getThreads()); // arrive_named_c1
}

LogicalResult WgmmaWaitOp::verify() {
  if (getValues().empty()) // wgmma_wait_c2
    return emitOpError() << "expected at least one value, got none";
  return success();
}

LogicalResult CopyAsyncOp::verify() {
  if (!llvm::is_contained({4, 8, 16}, int64_t(getBytes()))) // copy_async_c1
    return emitOpError() << "expected 4, 8 or 16 bytes, got " << getBytes();
  return success();
}

LogicalResult TmaLoadOp::verify() {
  size_t rank = getCoordinates().size();
  if (rank < 1 || rank > 5) // tma_load_c1
    return emitOpError() << "expected 1 to 5 coordinates, got " << rank;
  return success();
}

LogicalResult DescriptorOp::verify() {
  int64_t swizzle = getSwizzle();
  if (swizzle != 128 && swizzle != 64 && swizzle != 32) // descriptor_c1
    return emitOpError() << "expected a swizzle of 128, 64 or 32 bytes, got "
                         << swizzle;
  for (int64_t offset : {getLeading(), getStride()}) // descriptor_c2
    if (offset < 0 || offset >= (1 << 18) || offset % 16 != 0)
      return emitOpError()
             << "expected offsets that are multiples of 16 below 2^18, got " << offset;
  return success();
}

LogicalResult WgmmaOp::verify() {
  int64_t columns = 2 * sizeOf(getResult());
  if (columns % 8 != 0 || columns > 256) // wgmma_c1
    return emitOpError() << "expected a multiple of 8 columns, at most 256, got "
                         << columns;
  if (getAcc() && getAcc().getType() != getResult().getType()) // wgmma_c2
    return emitOpError() << "expected acc of the result's type, got "
                         << getAcc().getType();
  auto isAccumulated = [&](Operation *user) {
    auto next = dyn_cast<WgmmaOp>(user);
    return next && next.getAcc() == getResult();
  };
  for (Operation *user : getResult().getUsers()) // wgmma_c3
    if (!isa<WgmmaWaitOp>(user) && !isAccumulated(user))
      return emitOpError()
             << "expected simt.wgmma_wait before its result is used, got '"
             << user->getName() << "'";
  if (!getResult().hasOneUse())
    return emitOpError() << "expected one use of its result, got "
                         << getResult().getNumUses();
  return success();
}

static LogicalResult verifyPairs(Operation *op, Value words, Value values) {
  if (2 * sizeOf(words) == sizeOf(values)) // pack_c1, unpack_c1
    return success();
  return op->emitOpError() << "expected two values per word, got " << sizeOf(values)
                           << " and " << sizeOf(words);
}
LogicalResult PackOp::verify() { return verifyPairs(*this, getResult(), getInput()); }
LogicalResult UnpackOp::verify() { return verifyPairs(*this, getInput(), getResult()); }
