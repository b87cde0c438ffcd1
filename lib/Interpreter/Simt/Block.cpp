//===- Block.cpp - the blocks of a launch, warp by warp -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "BlockState.h"
#include "Simt.h"

#include "../Scheduler.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::simt;
using tile::Choice;
using tile::FindingKind;

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// Shared memory that nobody wrote is NaN.
BlockState::BlockState(DeviceLaunch &launch, int64_t block)
    : launch(launch), block(block), sharedMemory(launch.sharedBytes, 0xff) {}

void BlockState::report(FindingKind kind, Operation *op, const Twine &message) {
  if (!launch.findings.any())
    launch.findings.report(kind, op->getLoc(), message.str());
}

uint8_t *BlockState::shared(uint64_t address, int64_t size, Operation *op) {
  uint64_t at = address - kSharedBase;
  if (at <= sharedMemory.size() && at + size <= sharedMemory.size())
    return sharedMemory.data() + at;
  report(FindingKind::Bounds, op,
         "expected " + Twine(size) + " B within " + Twine(sharedMemory.size()) +
             " B of shared memory, got them at " + Twine(int64_t(at)));
  return nullptr;
}

static constexpr unsigned kArrayBits = 44;

uint64_t BlockState::getArrayBase(size_t argument) {
  return uint64_t(argument + 1) << kArrayBits;
}

/// An address before its array is nearer to that array than to the one before.
std::pair<size_t, int64_t> BlockState::split(uint64_t address) {
  size_t number = (address + (uint64_t(1) << (kArrayBits - 1))) >> kArrayBits;
  return {number - 1, address - (uint64_t(number) << kArrayBits)};
}

uint8_t *BlockState::device(uint64_t address, int64_t size, Operation *op) {
  auto [argument, at] = split(address);
  if (argument >= launch.arrays.size()) {
    report(FindingKind::Bounds, op, "expected an address in an array");
    return nullptr;
  }
  std::vector<uint8_t> &bytes = launch.arrays[argument].bytes;
  if (at >= 0 && at + size <= int64_t(bytes.size()))
    return bytes.data() + at;
  report(FindingKind::Bounds, op,
         "expected " + Twine(size) + " B within the " + Twine(bytes.size()) +
             " B of argument " + Twine(argument) + ", got them at " + Twine(at));
  return nullptr;
}

/// Several threads, or none.
static constexpr uint32_t kSeveral = std::numeric_limits<uint32_t>::max();

static uint32_t getThreadNumber(const BlockState &state, int64_t thread) {
  return thread < 0 ? kSeveral : state.block * state.launch.threads + thread + 1;
}

static void addThread(uint32_t &threads, uint32_t thread) {
  threads = threads == 0 || threads == thread ? thread : kSeveral;
}

/// Whether one of `threads` may be another than `thread`.
static bool isOfAnother(uint32_t threads, uint32_t thread) {
  return threads != 0 && (threads != thread || thread == kSeveral);
}

/// Calls `visit` with each element's number of an array that has `size` bytes at `at`.
template <typename Visit>
static void forEachElement(const DeviceArray &array, int64_t at, int64_t size,
                           Visit visit) {
  int64_t width = getByteWidth(array.buffer->type);
  for (int64_t i = at / width; i * width < at + size; ++i)
    visit(i);
}

void BlockState::markRead(uint64_t address, int64_t size, int64_t thread,
                          Operation *op) {
  auto [argument, at] = split(address);
  DeviceArray &array = launch.arrays[argument];
  uint32_t number = getThreadNumber(*this, thread);
  forEachElement(array, at, size, [&](int64_t i) {
    addThread(array.readers[i], number);
    if (isOfAnother(array.writers[i], number) && !launch.options.mayShareElements)
      report(FindingKind::Race, op,
             "an element is read that another thread of this launch has written");
  });
}

void BlockState::markWritten(uint64_t address, int64_t size, int64_t thread,
                             Operation *op) {
  auto [argument, at] = split(address);
  DeviceArray &array = launch.arrays[argument];
  uint32_t number = getThreadNumber(*this, thread);
  forEachElement(array, at, size, [&](int64_t i) {
    addThread(array.writers[i], number);
    if (isOfAnother(array.readers[i], number) && !launch.options.mayShareElements)
      report(FindingKind::Race, op,
             "an element is written that another thread of this launch reads");
  });
}

//===----------------------------------------------------------------------===//
// One block
//===----------------------------------------------------------------------===//

namespace {
class WarpsRun {
public:
  WarpsRun(DeviceLaunch &launch, int64_t block, Block &entry,
           ArrayRef<uint64_t> arguments)
      : state(launch, block) {
    for (unsigned i = 0; i < launch.threads / kWarpLanes; ++i)
      warps.emplace_back(state, i, entry, arguments);
  }
  void run();

private:
  /// What can happen next, and the warp or transfer that it is of.
  struct Step {
    Choice choice;
    unsigned index;
  };
  SmallVector<Step> findSteps();
  void take(const Step &step);
  void reportDeadlock();
  void checkEnd();

  BlockState state;
  std::deque<Warp> warps;
};
} // namespace

/// An order that favors or starves a thread means a warpgroup.
static unsigned threadOf(const Warp &warp, const tile::Order &order) {
  bool byGroup =
      order.kind == tile::Order::Kind::Favor || order.kind == tile::Order::Kind::Starve;
  return byGroup ? warp.number / 4 : warp.number;
}

SmallVector<WarpsRun::Step> WarpsRun::findSteps() {
  SmallVector<Step> steps;
  for (Warp &warp : warps)
    if (!warp.isDone() && warp.canRun())
      steps.push_back(
          {{Choice::Kind::Thread, threadOf(warp, state.launch.options.order)},
           warp.number});
  unsigned transfers = state.transfers.size();
  for (unsigned i = 0; i < transfers; ++i)
    steps.push_back({{Choice::Kind::Copy, i}, i});
  for (Warp &warp : warps)
    if (!warp.copies.empty())
      steps.push_back(
          {{Choice::Kind::Copy, transfers + warp.number}, transfers + warp.number});
  return steps;
}

void WarpsRun::take(const Step &step) {
  if (step.choice.kind == Choice::Kind::Thread)
    return warps[step.index].advance();
  if (step.index >= state.transfers.size())
    return warps[step.index - state.transfers.size()].runCopy();
  Transfer transfer = std::move(state.transfers[step.index]);
  state.transfers.erase(state.transfers.begin() + step.index);
  state.deliver(transfer);
}

void WarpsRun::reportDeadlock() {
  tile::Finding *finding = nullptr;
  for (Warp &warp : warps) {
    if (warp.isDone())
      continue;
    Location loc = warp.next()->getLoc();
    std::string wait = warp.explainWait();
    if (!finding)
      finding = &state.launch.findings.report(FindingKind::Deadlock, loc,
                                              "no warp of the block can run");
    finding->notes.push_back({loc, std::move(wait)});
  }
}

/// A block that is over leaves nobody behind.
void WarpsRun::checkEnd() {
  for (const Warp &warp : warps)
    if (!warp.products.empty())
      state.report(FindingKind::Pending, warp.products.front().op,
                   "expected the product to be waited for");
}

void WarpsRun::run() {
  tile::Scheduler scheduler(state.launch.options.order, state.block);
  tile::Findings &findings = state.launch.findings;
  auto isDone = [](const Warp &warp) { return warp.isDone(); };
  while (!findings.any()) {
    SmallVector<Step> steps = findSteps();
    if (findings.any())
      return;
    if (steps.empty())
      return llvm::all_of(warps, isDone) ? checkEnd() : reportDeadlock();
    SmallVector<Choice> choices;
    for (const Step &step : steps)
      choices.push_back(step.choice);
    take(steps[scheduler.pick(choices)]);
  }
}

//===----------------------------------------------------------------------===//
// The launch
//===----------------------------------------------------------------------===//

static DeviceArray toDevice(const tile::BufferRef &buffer) {
  DeviceArray array{buffer,
                    {},
                    std::vector<uint32_t>(buffer->size()),
                    std::vector<uint32_t>(buffer->size())};
  int64_t width = getByteWidth(buffer->type);
  array.bytes.resize(buffer->size() * width);
  for (int64_t i = 0; i < buffer->size(); ++i)
    encode(buffer->type, buffer->isFloat() ? buffer->floats[i] : buffer->ints[i],
           array.bytes.data() + i * width);
  return array;
}

static void fromDevice(const DeviceArray &array) {
  tile::Buffer &buffer = *array.buffer;
  int64_t width = getByteWidth(buffer.type);
  for (int64_t i = 0; i < buffer.size(); ++i) {
    if (!array.writers[i])
      continue;
    double value = decode(buffer.type, array.bytes.data() + i * width);
    buffer.writers[i] = ~uint64_t(0);
    if (buffer.isFloat())
      buffer.floats[i] = value;
    else
      buffer.ints[i] = value;
  }
}

/// The word that a kernel's parameter is in every lane.
static uint64_t wordOf(Attribute parameter, ArrayRef<int64_t> grid,
                       ArrayRef<tile::Datum> arguments, DeviceLaunch &launch) {
  auto sizeOf = [&](int64_t argument, int64_t axis) {
    return std::get<tile::BufferRef>(arguments[argument])->shape[axis];
  };
  return TypeSwitch<Attribute, uint64_t>(parameter)
      .Case([&](tile::PointerAttr pointer) {
        return BlockState::getArrayBase(pointer.getArgument());
      })
      .Case([&](tile::SizeAttr size) {
        return sizeOf(size.getArgument(), size.getAxis());
      })
      .Case([&](tile::ScalarAttr scalar) -> uint64_t {
        const tile::Datum &value = arguments[scalar.getArgument()];
        if (scalar.getType().isF32())
          return llvm::bit_cast<uint32_t>(std::get<float>(value));
        uint64_t number = std::get<int64_t>(value);
        return scalar.getType().isInteger(32) ? uint32_t(number) : number;
      })
      .Case([&](tile::ProgramsAttr programs) -> uint64_t {
        size_t axis = programs.getAxis();
        return axis < grid.size() ? grid[axis] : 1;
      })
      .Case([&](tile::TensorMapAttr map) -> uint64_t {
        launch.maps.push_back(map);
        return launch.maps.size() - 1;
      });
}

void fovea::simt::runLaunch(gpu::GPUModuleOp module, ArrayRef<int64_t> grid,
                            ArrayRef<tile::Datum> arguments, tile::Findings &findings,
                            const tile::RunOptions &options) {
  auto abi = tile::getKernelAbi(module);
  auto functions = module.getOps<LLVM::LLVMFuncOp>();
  if (!abi || functions.empty()) {
    findings.report(FindingKind::Unsupported, module.getLoc(),
                    "expected a kernel that says how it is launched");
    return;
  }
  DeviceLaunch launch(findings, options, abi);
  for (const tile::Datum &argument : arguments) {
    auto *buffer = std::get_if<tile::BufferRef>(&argument);
    launch.arrays.push_back(buffer ? toDevice(*buffer) : DeviceArray());
  }
  SmallVector<uint64_t> words;
  for (Attribute parameter : abi.getParams())
    words.push_back(wordOf(parameter, grid, arguments, launch));
  for (int64_t block = 0; block < options.blocks && !findings.any(); ++block)
    WarpsRun(launch, block, (*functions.begin()).getBody().front(), words).run();
  for (const DeviceArray &array : launch.arrays)
    if (array.buffer)
      fromDevice(array);
}
