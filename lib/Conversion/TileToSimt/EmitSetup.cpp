//===- EmitSetup.cpp - the function around a kernel's roles ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "InvertedLists.h"
#include "KernelEmitter.h"
#include "ScratchPlan.h"
#include "fovea/Dialect/Tile/IR/QueuedRows.h"
#include "fovea/Dialect/Tile/IR/SharedSlots.h"

#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Hardware/Occupancy.h"
#include "fovea/Hardware/RegisterBudget.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

static constexpr int64_t kVisitBytes = 16;

/// Entries of index lists that a lane of the producer's warp holds, as the budget
/// counts.
static int64_t listEntries(SpecializeOp roles) {
  int64_t most = 0;
  roles.getProducer().walk([&](VisitsOpInterface visits) {
    for (Value tile : visits.getSearched()) {
      RankedTensorType lists = tileType(tile);
      most = std::max(most, getListEntries(lists.getDimSize(0), lists.getDimSize(1)));
    }
  });
  return most;
}

/// Registers are shared out among as many blocks: by ptxas, to what a thread has at
/// launch, and from there among the roles. Threads and shared memory are to fit.
LogicalResult KernelEmitter::verifyResidency() {
  int64_t blocks = blocksPerMultiprocessor();
  BlockUsage usage{threads(), /*registers=*/0, sharedOfBlock()};
  int64_t most = getResidentBlocks(usage, target);
  if (blocks == 1 || blocks <= most)
    return success();
  return kernel.emitOpError() << "expected the schedule's residency to be at most "
                              << most << " for blocks of " << usage.threads
                              << " threads and " << usage.sharedBytes
                              << " B of shared memory, got " << blocks;
}

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

int64_t KernelEmitter::allocate(int64_t bytes, int64_t alignment) {
  int64_t at = llvm::alignTo(sharedBytes, alignment);
  sharedBytes = at + bytes;
  return at;
}

static int64_t tileBytes(RankedTensorType type) {
  return type.getNumElements() * type.getElementType().getIntOrFloatBitWidth() / 8;
}

int64_t KernelEmitter::sharedOfBlock() {
  int64_t ofTeam = teams() == 1 ? sharedBytes : getSlotBytes(sharedBytes);
  return teams() * ofTeam;
}

/// Rows that `op` hands over.
int64_t KernelEmitter::allocateScratch(Operation *op) {
  RankedTensorType type = getScratchRows(op);
  auto encoding = encodingOf<ScratchAttr>(op->getResult(0));
  if (!encoding)
    return allocate(tileBytes(type), 16);
  // A row's length of padding: a band sum reads past the ends of a row, see there.
  int64_t rowBytes = type.getDimSize(1) * int64_t(sizeof(float));
  int64_t rows =
      type.getDimSize(0) * warpsPerRow(type.getDimSize(0), encoding.getWarps());
  return allocate((rows + 2) * rowBytes, 16) + rowBytes;
}

/// Of a team: slots first, then scratch, barriers.
void KernelEmitter::planSharedMemory() {
  SmallVector<MakeRingOp> tileRings, visitRings;
  kernel.walk([&](MakeRingOp op) {
    (isa<RingType>(op.getRing().getType()) ? tileRings : visitRings).push_back(op);
  });
  for (MakeRingOp op : tileRings) {
    auto type = cast<RingType>(op.getRing().getType());
    int64_t ofTile = tileBytes(type.getSlot());
    int64_t bytes =
        isOfValues(op.getRing()) ? getValuesBytes(ofTile) : getSlotBytes(ofTile);
    rings[op.getRing()] = {type.getStages(), bytes,
                           allocate(type.getStages() * bytes, kSlotAlignment), 0, 0};
  }
  for (ArrayRef<Operation *> group : groupScratch(kernel)) {
    int64_t byte = allocateScratch(group.front());
    for (Operation *op : group)
      scratch[op] = byte;
  }
  kernel.walk([&](InvertListsOp op) {
    scratch[op] = allocate(invertedListsBytes(consumerWarps()), 16);
  });
  kernel.walk([&](TopkUpdateOp op) {
    auto encoding = encodingOf<QueuedAttr>(op.getIndices());
    if (!encoding || queues.contains(encoding.getQueue()))
      return;
    ArrayRef<int64_t> shape = tileType(op.getIndices()).getShape();
    queues[encoding.getQueue()] =
        allocate(queuesBytes(shape[0], encoding.getWarps(), shape[1]), 16);
  });
  for (MakeRingOp op : visitRings) {
    int64_t stages = cast<VisitRingType>(op.getRing().getType()).getStages();
    rings[op.getRing()] = {stages, kVisitBytes, allocate(stages * kVisitBytes, 16), 0,
                           0};
  }
  for (auto *ops : {&tileRings, &visitRings})
    for (MakeRingOp op : *ops) {
      RingPlace &place = rings[op.getRing()];
      place.full = allocate(place.stages * 8, 8);
      place.empty = allocate(place.stages * 8, 8);
    }
}

//===----------------------------------------------------------------------===//
// The function and its parameters
//===----------------------------------------------------------------------===//

/// Whether nothing that takes the view may write it.
static bool isOnlyRead(Value view) {
  return llvm::all_of(view.getUsers(), [&](Operation *user) {
    SmallVector<MemoryEffects::EffectInstance> effects;
    auto op = dyn_cast<MemoryEffectOpInterface>(user);
    if (!op)
      return false;
    op.getEffects(effects);
    return llvm::none_of(effects, [&](const MemoryEffects::EffectInstance &effect) {
      bool isOfView = !effect.getValue() || effect.getValue() == view;
      return isOfView && isa<MemoryEffects::Write>(effect.getEffect());
    });
  });
}

/// Arguments become pointers, sizes and scalars; then the grid, then tensor maps.
gpu::GPUModuleOp KernelEmitter::createFunction() {
  MLIRContext *context = b.getContext();
  auto global = LLVM::LLVMPointerType::get(context, 1);
  SmallVector<Type> types;
  std::vector<std::function<void(Value)>> binders;
  auto addParam = [&](Type type, Attribute attr, std::function<void(Value)> binder) {
    types.push_back(type);
    params.push_back(attr);
    binders.push_back(binder);
  };
  for (auto [i, argument] : llvm::enumerate(kernel.getBody().getArguments())) {
    Value view = argument;
    auto memref = dyn_cast<MemRefType>(view.getType());
    if (!memref) {
      Type type = view.getType().isIndex() ? b.getI64Type() : view.getType();
      addParam(type, ScalarAttr::get(context, i, type), [=](Value value) {
        bind(view, view.getType().isIndex() ? b.toIndex(value) : value);
      });
      continue;
    }
    addParam(global, PointerAttr::get(context, i, isOnlyRead(view)),
             [=](Value value) { pointers[view] = value; });
    for (int64_t axis = 0; axis < memref.getRank(); ++axis)
      if (memref.isDynamicDim(axis))
        addParam(b.getI64Type(), SizeAttr::get(context, i, axis),
                 [=](Value value) { sizes[view].push_back(b.toIndex(value)); });
  }
  for (unsigned axis = 0; axis < kGridRank; ++axis)
    addParam(b.getI32Type(), ProgramsAttr::get(context, axis),
             [=](Value value) { programs[axis] = value; });

  auto module = gpu::GPUModuleOp::create(b, kernel.getSymName());
  b.setInsertionPointToStart(module.getBody());
  auto voidType = LLVM::LLVMVoidType::get(context);
  auto dynamicShared = LLVM::GlobalOp::create(
      b, LLVM::LLVMArrayType::get(b.getI8Type(), 0), /*isConstant=*/false,
      LLVM::Linkage::External, simt::kSharedMemoryName, Attribute(), /*alignment=*/1024,
      /*addrSpace=*/3);
  (void)dynamicShared;
  size_t numPlain = types.size();
  llvm::append_range(params, copies->addTensorMaps());
  auto generic = LLVM::LLVMPointerType::get(context);
  types.append(maps.size(), generic);
  function = LLVM::LLVMFuncOp::create(b, kernel.getSymName(),
                                      LLVM::LLVMFunctionType::get(voidType, types));
  Block *entry = function.addEntryBlock(b);
  b.setInsertionPointToStart(entry);
  for (auto [binder, value] :
       llvm::zip_equal(binders, entry->getArguments().take_front(numPlain)))
    binder(value);
  auto byval = TypeAttr::get(LLVM::LLVMArrayType::get(b.getI8Type(), 128));
  for (auto [i, entryAndMap] : llvm::enumerate(maps)) {
    unsigned at = numPlain + i;
    entryAndMap.second = entry->getArgument(at);
    function.setArgAttr(at, "llvm.byval", byval);
    function.setArgAttr(at, "llvm.align", b.getI64IntegerAttr(64));
    function.setArgAttr(at, "nvvm.grid_constant", b.getUnitAttr());
  }
  return module;
}

/// What a bundle says of the kernel, and what ptxas must know.
void KernelEmitter::describe(gpu::GPUModuleOp module) {
  module->setAttr(kKernelAbiAttrName,
                  KernelAbiAttr::get(b.getContext(), threads(), sharedOfBlock(),
                                     b.getArrayAttr(params)));
  for (StringRef inherited :
       {kCandidateAttrName, kScheduleAttrName, kHeadsAttrName, kWorkAttrName})
    if (Attribute attribute = kernel->getAttr(inherited))
      module->setAttr(inherited, attribute);
  function->setAttr("gpu.kernel", b.getUnitAttr());
  function->setAttr("nvvm.kernel", b.getUnitAttr());
  function->setAttr("nvvm.reqntid", b.getDenseI32ArrayAttr({int32_t(threads()), 1, 1}));
  if (hasProducer() || blocksPerMultiprocessor() > 1)
    function->setAttr("nvvm.minctasm", b.getI32IntegerAttr(blocksPerMultiprocessor()));
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

/// The block's and the thread's numbers. The warp's comes from lane 0, so that ptxas
/// knows that branches on it do not diverge. Producer warp t is of team t, and so is
/// the t-th share of the consumers.
void KernelEmitter::emitThreadIds() {
  Value thread = simt::SpecialOp::create(b, b.getI32Type(), simt::Special::Thread);
  lane = b.rem(thread, kLanes);
  blockWarp = b.shuffleFrom(b.div(thread, kLanes), 0);
  warp = b.add(blockWarp, -producerWarps());
  sharedBase =
      simt::SharedBaseOp::create(b, LLVM::LLVMPointerType::get(b.getContext(), 3));
  if (teams() > 1) {
    Value isProducer = b.less(warp, 0);
    team = b.select(isProducer, blockWarp, b.div(warp, consumerWarps()));
    warp = b.select(isProducer, warp, b.rem(warp, consumerWarps()));
    sharedBase = b.offset(sharedBase, b.toI64(b.mul(team, getSlotBytes(sharedBytes))));
  }
  warpgroup = b.div(warp, kWarpsPerGroup);
}

LogicalResult KernelEmitter::emitRoles() {
  RegisterBudget budget;
  if (handsRegistersOver())
    budget = shareRegisters(target, teams() * warpgroups(), blocksPerMultiprocessor(),
                            getProducerRegisters(listEntries(roles)));
  auto emitRole = [&](Region &role, bool producer, int64_t registers) {
    inProducer = producer;
    if (registers)
      simt::SetRegistersOp::create(b, !producer, registers);
    if (!producer)
      emitFirstTurn();
    return emitBlock(role.front());
  };
  if (!hasProducer())
    return emitRole(roles.getConsumers(), false, 0);
  LogicalResult result = success();
  auto branch = scf::IfOp::create(b, b.less(warp, 0), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  if (budget.producer)
    simt::SetRegistersOp::create(b, false, budget.producer);
  Value produces = team ? b.less(blockWarp, teams()) : b.equal(warp, -producerWarps());
  b.emitIf(produces, [&] {
    result = emitRole(roles.getProducer(), true, 0);
    copies->emitEnd();
  });
  b.setInsertionPointToStart(branch.elseBlock());
  if (failed(result))
    return failure();
  return emitRole(roles.getConsumers(), false, budget.consumer);
}

/// A launch passes no other scalars (docs/bundle.md).
static LogicalResult verifyScalars(KernelOp kernel) {
  for (Type type : kernel.getArgumentTypes())
    if (!isa<MemRefType>(type) && !type.isIndex() && !type.isInteger(32) &&
        !type.isInteger(64) && !type.isF32())
      return kernel.emitOpError()
             << "expected scalar arguments of index, i32, i64 or f32, got " << type;
  return success();
}

LogicalResult KernelEmitter::emit() {
  if (failed(verifyScalars(kernel)))
    return failure();
  planSharedMemory();
  if (failed(verifyResidency()))
    return failure();
  gpu::GPUModuleOp module = createFunction();
  emitThreadIds();
  protocol.emitBarrierInits();
  for (Operation &op : kernel.getBody().front()) // constants above the roles
    if (!isa<SpecializeOp, MakeRingOp, ReturnOp>(op) && failed(emitOp(&op)))
      return failure();
  if (failed(emitRoles()))
    return failure();
  LLVM::ReturnOp::create(b, ValueRange());
  describe(module);
  return success();
}

} // namespace fovea::tile_to_simt
