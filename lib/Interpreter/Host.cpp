//===- Host.cpp - launch programs, and the interpreter's entries ----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Machine.h"
#include "Simt/Simt.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace fovea::tile;

static fovea::ElementType elementTypeOf(Type type) {
  return type.isF32()    ? fovea::ElementType::F32
         : type.isBF16() ? fovea::ElementType::BF16
         : type.isF16()  ? fovea::ElementType::F16
                         : fovea::ElementType::I32;
}

static void evaluateAlloc(memref::AllocOp op, Machine &machine) {
  auto sizes = machine.integers(op.getDynamicSizes());
  SmallVector<int64_t> shape(op.getType().getShape());
  size_t next = 0;
  for (int64_t &size : shape)
    if (ShapedType::isDynamic(size))
      size = sizes[next++];
  auto buffer =
      std::make_shared<Buffer>(elementTypeOf(op.getType().getElementType()), shape);
  buffer->poison();
  machine.set(op, buffer);
}

/// Whether each sequence has as many rows as queries, and a length between the two.
static bool fitsQueries(CheckSequencesOp op, Machine &machine) {
  const std::vector<int32_t> &cu = machine.buffer(op.getCu())->ints;
  const std::vector<int32_t> &queries = machine.buffer(op.getQueries())->ints;
  for (size_t b = 0; b + 1 < cu.size(); ++b) {
    int32_t rows = cu[b + 1] - cu[b], length = rows;
    if (op.getLengths())
      length = machine.buffer(op.getLengths())->ints[b];
    if (queries[b + 1] - queries[b] > length || length > rows)
      return false;
  }
  return true;
}

static bool areWhole(const std::vector<int32_t> &cu, int64_t tokensPerRow) {
  return llvm::all_of(cu, [&](int32_t end) { return end % tokensPerRow == 0; });
}

static void evaluateCheck(CheckSequencesOp op, Machine &machine) {
  const std::vector<int32_t> &cu = machine.buffer(op.getCu())->ints;
  bool good = machine.world.options.statusIsGood ||
              (!cu.empty() && cu.front() == 0 && llvm::is_sorted(cu) &&
               cu.back() / op.getTokensOfRow() == machine.integer(op.getTokens()) &&
               (!op.getWhole() || areWhole(cu, op.getTokensOfRow())) &&
               (!op.getQueries() || fitsQueries(op, machine)));
  machine.set(op, int64_t(!good));
}

static void evaluateLaunch(LaunchOp op, Machine &machine) {
  SmallVector<Datum> arguments;
  for (Value value : op.getArgs())
    arguments.push_back(machine.get(value));
  SmallVector<int64_t, 4> grid = machine.integers(op.getGrid());
  World &world = machine.world;
  Operation *callee = SymbolTable::lookupNearestSymbolFrom(op, op.getCalleeAttr());
  if (auto kernel = dyn_cast_or_null<KernelOp>(callee))
    runLaunch(kernel, grid, arguments, world);
  else if (auto module = dyn_cast_or_null<gpu::GPUModuleOp>(callee))
    fovea::simt::runLaunch(module, grid, arguments, world.findings, world.options);
  else
    world.findings.report(FindingKind::Unsupported, op.getLoc(),
                          "expected a kernel of tiles or of threads");
}

bool fovea::tile::evaluateHost(Operation *op, Machine &machine) {
  if (auto alloc = dyn_cast<memref::AllocOp>(op))
    evaluateAlloc(alloc, machine);
  else if (auto check = dyn_cast<CheckSequencesOp>(op))
    evaluateCheck(check, machine);
  else if (auto launch = dyn_cast<LaunchOp>(op))
    evaluateLaunch(launch, machine);
  else if (auto id = dyn_cast<ProgramIdOp>(op))
    machine.set(id, machine.place[id.getAxis()]);
  else
    return isa<memref::DeallocOp>(op);
  return true;
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

llvm::StringRef fovea::tile::getName(FindingKind kind) {
  switch (kind) {
  case FindingKind::Race:
    return "race";
  case FindingKind::Deadlock:
    return "deadlock";
  case FindingKind::Pending:
    return "pending";
  case FindingKind::Unbalanced:
    return "unbalanced";
  case FindingKind::Bounds:
    return "bounds";
  case FindingKind::Unsupported:
    return "unsupported";
  }
  llvm_unreachable("every kind has a name");
}

static std::string describeLocation(Location loc) {
  auto file = loc->findInstanceOf<FileLineColLoc>();
  if (!file)
    return "unknown";
  return (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" +
          Twine(file.getColumn()))
      .str();
}

std::string Finding::describe() const {
  std::string text =
      describeLocation(loc) + ": " + getName(kind).str() + ": " + message;
  for (auto &[place, note] : notes)
    text += "\n  " + describeLocation(place) + ": note: " + note;
  return text;
}

RunResult fovea::tile::runHost(FunctionOpInterface function,
                               ArrayRef<BufferRef> arguments,
                               const RunOptions &options) {
  Findings findings;
  World world(findings, options);
  Environment env;
  for (auto [argument, value] : llvm::zip_equal(function.getArguments(), arguments))
    env[argument] = value;
  Machine machine(world, Machine::Role::Host, 0, std::move(env),
                  function.getFunctionBody().front());
  while (!machine.isDone() && !findings.any())
    machine.advanceOne();
  return {findings.take(),
          std::vector<int64_t>(machine.returned.begin(), machine.returned.end())};
}

RunResult fovea::tile::runKernel(FunctionOpInterface kernel, ArrayRef<int64_t> grid,
                                 ArrayRef<BufferRef> views, ArrayRef<int64_t> scalars,
                                 const RunOptions &options) {
  Findings findings;
  World world(findings, options);
  SmallVector<Datum> arguments;
  for (Type type : kernel.getArgumentTypes()) {
    if (isa<MemRefType>(type)) {
      arguments.push_back(views.front());
      views = views.drop_front();
    } else if (isa<FloatType>(type)) {
      arguments.push_back(float(scalars.front()));
      scalars = scalars.drop_front();
    } else {
      arguments.push_back(scalars.front());
      scalars = scalars.drop_front();
    }
  }
  runLaunch(cast<KernelOp>(kernel.getOperation()), grid, arguments, world);
  return {findings.take(), {}};
}
