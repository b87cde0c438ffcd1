//===- AttnToTile.cpp - attn functions to launch programs -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The host side of the conversion: a function over tensors becomes one over memrefs
// whose body is a launch program. What a kernel computes is in Kernel.cpp.
//
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/Passes.h"

#include "HostBuilder.h"
#include "Select.h"
#include "fovea/Tuning/Schedule.h"
#include "fovea/Tuning/Work.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/PatternMatch.h"

namespace fovea {
#define GEN_PASS_DEF_CONVERTATTNTOTILEPASS
#include "fovea/Conversion/Passes.h.inc"
} // namespace fovea

using namespace mlir;
using namespace fovea;

MemRefType fovea::viewType(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return MemRefType::get(type.getShape(), type.getElementType());
}

/// Every result of a group is stored by its kernel, once.
void HostBuilder::dropGroupOutputs() {
  IRRewriter rewriter(source.getContext());
  for (auto group : llvm::to_vector(source.getBody().front().getOps<attn::GroupOp>()))
    (void)group.dropOutputs(rewriter); // fails where there is nothing to drop
}

/// What the launch program can express: a return of distinct results.
LogicalResult HostBuilder::verifyResults() {
  llvm::SmallPtrSet<Value, 8> returned;
  Operation *ret = source.getBody().front().getTerminator();
  for (Value value : ret->getOperands()) {
    if (!value.getDefiningOp() || !returned.insert(value).second)
      return ret->emitOpError() << "expected to return distinct results of attn "
                                   "operations, not arguments";
    auto inner = cast<OpResult>(attn::lookThroughGroups(value));
    auto producer = cast<attn::KernelOpInterface>(inner.getOwner());
    if (producer.getResultRows(inner.getResultNumber()).block)
      return ret->emitOpError() << "expected scores to stay inside of the function: "
                                   "return the indices of attn.select_topk instead";
  }
  return success();
}

/// Arguments: the inputs, then one output per result.
void HostBuilder::createFunction(const attn::FunctionRows &rows) {
  SmallVector<Type> types;
  for (Type type : source.getArgumentTypes())
    types.push_back(viewType(type));
  for (Type type : source.getResultTypes())
    types.push_back(viewType(type));
  b.setInsertionPoint(source);
  host = func::FuncOp::create(b, source.getName(),
                              b.getFunctionType(types, b.getI32Type()));
  host->setAttr(tile::kEntryAttrName, b.getUnitAttr());
  int64_t mostTokens = kMaxSize;
  source.walk([&](attn::KernelOpInterface op) {
    mostTokens = std::min(mostTokens, op.getMostTokens());
  });
  if (mostTokens < kMaxSize)
    host->setAttr(tile::kMostTokensAttrName, b.getI64IntegerAttr(mostTokens));
  Block *entry = host.addEntryBlock();
  unsigned numInputs = source.getNumArguments();
  auto setRows = [&](unsigned argument, RowCount count) {
    host.setArgAttr(argument, tile::kRowsAttrName, b.getStringAttr(toString(count)));
  };
  for (unsigned i = 0; i < numInputs; ++i) {
    setRows(i, rows.getArgumentRows(i));
    if (Attribute name = source.getArgAttr(i, attn::kNameAttrName))
      host.setArgAttr(i, tile::kNameAttrName, name);
    views[source.getArgument(i)] = entry->getArgument(i);
  }
  Operation *ret = source.getBody().front().getTerminator();
  for (unsigned i = 0; i < source.getNumResults(); ++i) {
    setRows(numInputs + i, rows.getResultRows(i));
    if (Attribute name = source.getResultAttr(i, attn::kNameAttrName))
      host.setArgAttr(numInputs + i, tile::kNameAttrName, name);
    host.setArgAttr(numInputs + i, tile::kOutputAttrName, b.getUnitAttr());
    views[ret->getOperand(i)] = entry->getArgument(numInputs + i);
  }
  b.setInsertionPointToStart(entry);
}

/// The first of the arguments whose rows are of the fewest tokens each, of queries or
/// of keys apart from them; null where there is none.
TokenRows HostBuilder::findRows(const attn::FunctionRows &rows, bool ofKeys) {
  TokenRows found{{}, 1, ofKeys};
  for (BlockArgument argument : source.getArguments())
    found.offer(argument, rows.getArgumentRows(argument.getArgNumber()));
  if (found.value)
    found.areWhole =
        llvm::any_of(found.value.getUsers(), llvm::IsaPred<attn::GatherPagesOp>);
  return found;
}

/// Status 0 guards the launches: each cu_seqlens partitions the tokens, which an
/// argument has as its rows, for whatever reads one reads tokens too, and each
/// sequence's queries are some of its tokens. Keys may be there compressed alone.
void HostBuilder::emitStatusCheck(const attn::FunctionRows &rows) {
  Value status = arith::ConstantIntOp::create(b, b.getLoc(), 0, 32);
  auto check = [&](Value offsets, Value tokens, Value queries, Value lengths,
                   int64_t tokensPerRow = 1, bool whole = false) {
    Value result = tile::CheckSequencesOp::create(
        b, b.getI32Type(), offsets, tokens, queries, lengths, tokensPerRow, whole);
    status = b.createOrFold<arith::OrIOp>(status, result);
  };
  auto countOf = [&](const TokenRows &found) -> Value {
    return found.value ? memref::DimOp::create(b, views.lookup(found.value), 0)
                       : Value();
  };
  TokenRows found = findRows(rows, /*ofKeys=*/false);
  Value tokens = found.tokensPerRow == 1 ? countOf(found) : Value();
  for (unsigned i = 0; i < source.getNumArguments() && tokens; ++i)
    if (rows.getArgumentRows(i) == RowCount::ofSequenceEnds())
      check(host.getArgument(i), tokens, /*queries=*/{}, /*lengths=*/{});
  TokenRows keys = findRows(rows, /*ofKeys=*/true);
  Value keyRows = countOf(keys);
  for (auto batch : source.getOps<attn::BatchOp>())
    if (keyRows)
      check(views.lookup(batch.getKeys()), keyRows, views.lookup(batch.getQueries()),
            batch.getLengths() ? views.lookup(batch.getLengths()) : Value(),
            keys.tokensPerRow, keys.areWhole && keys.tokensPerRow > 1);
  Value zero = arith::ConstantIntOp::create(b, b.getLoc(), 0, 32);
  Value ok = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, status, zero);
  auto guard = scf::IfOp::create(b, ok);
  func::ReturnOp::create(b, status);
  b.setInsertionPointToStart(guard.thenBlock());
}

/// Notes which intermediates have the buffer of what is stored over them.
void HostBuilder::shareBuffers() {
  for (Operation &op : source.getBody().front().without_terminator()) {
    Kernel kernel = Kernel::of(&op);
    for (auto [result, updated] : llvm::zip_equal(kernel.leaving, kernel.updated))
      if (updated)
        storedOver[updated] = result;
  }
}

/// The memref that holds `tensor`: its own, or that of the last one that is stored over
/// it. Null before it is allocated.
Value &HostBuilder::bufferOf(Value tensor) {
  while (Value later = storedOver.lookup(tensor))
    tensor = later;
  return views[tensor];
}

/// Workspace for an intermediate: its rows follow from what the host knows.
FailureOr<Value> HostBuilder::allocate(const Kernel &kernel, OpResult result) {
  auto producer = cast<attn::KernelOpInterface>(result.getOwner());
  attn::RowFacts facts = producer.getResultRows(result.getResultNumber());
  MemRefType type = viewType(result.getType());
  SmallVector<Value> sizes;
  auto buffer = [&](Value tensor) { return bufferOf(tensor); };
  bool isOfTiles = !kernel.isApart() || facts.rows.ofKeys == kernel.isOfKeys();
  Value tokens = emitTokens(b, isOfTiles ? kernel.tokenRows : kernel.otherRows, buffer);
  if (type.isDynamicDim(0))
    sizes.push_back(b.div(tokens, facts.rows.tokensPerRow));
  // Who goes through lists by block loads an entry before it knows that there is none,
  // as where no sequence has a query.
  if (type.isDynamicDim(0) && kernel.isApart() && isa<attn::InvertListsOp>(producer))
    sizes.back() = b.max(sizes.back(), 1);
  if (facts.block) { // a column per block of tokens, in whole steps
    FailureOr<int64_t> step =
        cast<EmitTileOpInterface>(result.getOwner()).getColumnStep();
    if (failed(step))
      return failure();
    if (kernel.otherRows.value)
      tokens = emitTokens(b, kernel.otherRows, buffer);
    int64_t whole = std::lcm(*step, kStoredColumns);
    sizes.push_back(b.mul(b.ceilDiv(b.ceilDiv(tokens, facts.block), whole), whole));
  }
  return allocate(type, sizes);
}

Value HostBuilder::allocate(MemRefType type, ValueRange sizes) {
  workspace.push_back(memref::AllocOp::create(b, type, sizes, b.getI64IntegerAttr(64)));
  return workspace.back();
}

static StringRef kernelLabel(Operation *root) {
  Operation *op = root;
  if (auto group = dyn_cast<attn::GroupOp>(root))
    op = &*std::prev(group.getBody().front().without_terminator().end());
  return op->getName().stripDialect();
}

/// A kernel of this function that computes the same as `kernel`: K and V of one shape
/// are compressed by one kernel, launched twice.
static tile::KernelOp findTwin(tile::KernelOp kernel) {
  for (auto other : kernel->getParentOp()->getRegion(0).getOps<tile::KernelOp>())
    if (other != kernel && other.getFunctionType() == kernel.getFunctionType() &&
        tile::getGpuSchedule(other) == tile::getGpuSchedule(kernel) &&
        OperationEquivalence::isRegionEquivalentTo(
            &other.getBody(), &kernel.getBody(), OperationEquivalence::IgnoreLocations))
      return other;
  return {};
}

/// `kernel`, or one that computes the same, in place of it.
static tile::KernelOp dropTwin(tile::KernelOp kernel, SymbolTable &symbols) {
  tile::KernelOp twin = findTwin(kernel);
  if (!twin)
    return kernel;
  symbols.erase(kernel);
  return twin;
}

FailureOr<tile::KernelOp> HostBuilder::createKernel(const Kernel &kernel,
                                                    ValueRange args) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointAfter(host);
  std::string name = (source.getName() + "_" + kernelLabel(kernel.root)).str();
  auto op = tile::KernelOp::create(b, kernel.root->getLoc(), name, args.getTypes());
  op.setPrivate();
  symbols.insert(op); // makes the name unique
  llvm::DenseMap<Value, Value> kernelViews;
  Block &body = op.getBody().front();
  for (auto [i, value] : llvm::enumerate(kernel.inputs))
    kernelViews[value] = body.getArgument(i);
  for (auto [i, value] : llvm::enumerate(kernel.outputs)) {
    BlockArgument view = body.getArgument(kernel.inputs.size() + i);
    kernelViews[value] = view;
    if (kernel.updated[i])
      kernelViews[kernel.updated[i]] = view;
    bool isInPlace = bool(kernel.updated[i]);
    for (auto [parked, output] : kernel.parked)
      if (output == value) {
        kernelViews[parked] = view;
        isInPlace = true;
      }
    if (isInPlace)
      op.setArgAttr(view.getArgNumber(), tile::kInPlaceAttrName, b.getUnitAttr());
  }
  b.setInsertionPointToStart(&body);
  tile::ReturnOp::create(b);
  b.setInsertionPointToStart(&body);
  TileBuilder inside(kernel.root->getLoc(), b);
  auto viewOf = [&](Value tensor) { return kernelViews.lookup(tensor); };
  if (failed(emitKernelBody(inside, kernel, viewOf)))
    return failure();
  op->setAttr(tuning::kScheduleAttrName, kernel.schedule);
  for (StringRef inherited : {tile::kCandidateAttrName, tuning::kWorkAttrName})
    if (Attribute attribute = kernel.root->getAttr(inherited))
      op->setAttr(inherited, attribute);
  return dropTwin(op, symbols);
}

/// Programs of `step` rows of a head of `view`, which are cut into as many runs; null:
/// into one.
SmallVector<Value> HostBuilder::emitRowGrid(Value view, int64_t step, Value runs) {
  Value rows = memref::DimOp::create(b, view, 0);
  Value tiles = runs ? b.add(b.div(rows, step), runs) : b.ceilDiv(rows, step);
  return {tiles, b.index(cast<MemRefType>(view.getType()).getDimSize(1))};
}

/// Launches a kernel of all rows of `views`, the last of which it writes.
void HostBuilder::launchRowKernel(StringRef label, ValueRange views, ValueRange grid,
                                  RowKernel emit) {
  Value written = views.back(), rows = memref::DimOp::create(b, written, 0);
  SmallVector<Type> types(views.getTypes());
  types.push_back(b.getIndexType());
  tile::KernelOp kernel;
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointAfter(host);
    kernel = tile::KernelOp::create(b, (source.getName() + "_" + label).str(), types);
    kernel.setPrivate();
    symbols.insert(kernel);
    Block &body = kernel.getBody().front();
    b.setInsertionPointToStart(&body);
    emit(b, ValueRange(body.getArguments()).drop_back(), body.getArguments().back());
    tile::ReturnOp::create(b);
    kernel = dropTwin(kernel, symbols);
  }
  SmallVector<Value> args(views);
  args.push_back(rows);
  tile::LaunchOp::create(b, kernel.getSymName(), grid, args);
}

LogicalResult HostBuilder::convertOp(Operation *op) {
  if (isa<attn::BatchOp, attn::GatherPagesOp>(op))
    return success(); // their arrays are kernels' inputs
  Kernel kernel = Kernel::of(op);
  if (kernel.outputs.empty())
    return success(); // nothing reads it
  if (failed(kernel.plan()))
    return failure();
  for (auto [result, inner] : llvm::zip_equal(kernel.leaving, kernel.outputs))
    if (!bufferOf(result)) {
      FailureOr<Value> memref = allocate(kernel, cast<OpResult>(inner));
      if (failed(memref))
        return failure();
      bufferOf(result) = *memref;
    } else if (kernel.tiling.kind == attn::TilingKind::Windows) {
      // Rows of windows between two sequences' are nobody's; a caller sees 0 there.
      launchRowKernel("zero_fill", bufferOf(result),
                      emitRowGrid(bufferOf(result), kZeroFillRows),
                      [](TileBuilder &b, ValueRange views, Value rows) {
                        emitZeroFill(b, views.front(), rows);
                      });
    }
  SmallVector<Value> args;
  for (Value input : kernel.inputs)
    args.push_back(bufferOf(input));
  bool isInParts =
      kernel.schedule.getParts() > 1 && kernel.queryParts != QueryParts::Own;
  for (Value result : kernel.leaving)
    args.push_back(isInParts ? allocateParts(kernel, cast<OpResult>(result))
                             : bufferOf(result));
  FailureOr<tile::KernelOp> kernelOp = createKernel(kernel, args);
  if (failed(kernelOp))
    return failure();
  SmallVector<Value> grid =
      emitGrid(b, kernel, [&](Value tensor) { return bufferOf(tensor); });
  tile::LaunchOp::create(b, op->getLoc(), kernelOp->getSymName(), grid, args);
  ValueRange stored = ValueRange(args).drop_front(kernel.inputs.size());
  if (kernel.queryParts == QueryParts::Softmax)
    launchPartMerge(kernel, stored);
  else if (isInParts)
    for (auto [result, parts] : llvm::zip_equal(kernel.leaving, stored))
      launchPartSums(kernel, parts, bufferOf(result));
  return success();
}

/// Every intermediate dies right behind its last launch.
void HostBuilder::freeWorkspace() {
  for (Value memref : workspace) {
    Operation *last = nullptr;
    for (Operation *user : memref.getUsers())
      if (!last || last->isBeforeInBlock(user))
        last = user;
    b.setInsertionPointAfter(last);
    memref::DeallocOp::create(b, memref);
  }
}

LogicalResult HostBuilder::convert() {
  FailureOr<attn::FunctionRows> rows = attn::FunctionRows::infer(source);
  if (failed(rows))
    return failure();
  dropGroupOutputs();
  if (failed(verifyResults()))
    return failure();
  shareBuffers();
  createFunction(*rows);
  emitStatusCheck(*rows);
  for (Operation &op : source.getBody().front().without_terminator())
    if (failed(convertOp(&op)))
      return failure();
  freeWorkspace();
  return success();
}

namespace {
struct ConvertAttnToTile final
    : fovea::impl::ConvertAttnToTilePassBase<ConvertAttnToTile> {
  using ConvertAttnToTilePassBase::ConvertAttnToTilePassBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (attn::SpecOp spec : getOperation().getOps<attn::SpecOp>()) {
      spec.emitOpError() << "expected specs to be expanded: run attn-expand-spec first";
      return signalPassFailure();
    }
    for (auto function : llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      if (!attn::isAttnFunction(function))
        continue;
      if (function->hasAttr(attn::kBackwardAttrName)) {
        function.emitError() << "expected the backward function that "
                             << attn::kBackwardAttrName
                             << " asks for: run attn-differentiate first";
        return signalPassFailure();
      }
      if (failed(HostBuilder(function, symbols).convert()))
        return signalPassFailure();
      function.erase();
    }
  }
};
} // namespace
