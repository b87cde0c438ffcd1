//===- FakeCuda.cpp - A libcuda that records what it is asked -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FakeCuda.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

using namespace fovea::rt::test;

namespace {
struct Module {};
struct Event {};
struct Function {
  std::string symbol;
};
/// CUDA_KERNEL_NODE_PARAMS_v2.
struct KernelNodeParams {
  Function *function;
  std::array<unsigned, 3> grid, block;
  unsigned sharedBytes;
  void **params;
  void **extra = nullptr;
  void *kernel = nullptr;
  void *context = nullptr;
};
/// A graph, or what is made of one to be launched.
struct Graph {
  std::vector<FakeLaunch> launches;
};
} // namespace

static thread_local std::vector<FakeContext *> currentContexts;
static FakeContext primaryContext{1};

static FakeContext *getCurrentContext() {
  return currentContexts.empty() ? nullptr : currentContexts.back();
}

static void setCurrentContext(FakeContext *context) {
  currentContexts.clear();
  if (context)
    currentContexts.push_back(context);
}

static FakeCuda fake{setCurrentContext, getCurrentContext};
static bool isQuiet = std::getenv("FAKE_CUDA_QUIET") != nullptr;

/// What the environment says of the device, once there is one: variables of a file are
/// made in their order, a constructor function may run before them all.
[[maybe_unused]] static const bool isConfigured = [] {
  if (const char *capability = std::getenv("FAKE_CUDA_CAPABILITY")) {
    fake.major = std::atoi(capability) / 10;
    fake.minor = std::atoi(capability) % 10;
  }
  return true;
}();

/// Appends a line to the log, if there is one.
static void writeLog(const std::string &line) {
  const char *path = std::getenv("FAKE_CUDA_LOG");
  std::FILE *file = path ? std::fopen(path, "a") : nullptr;
  if (!file)
    return;
  std::fprintf(file, "%s\n", line.c_str());
  std::fclose(file);
}

/// Records the call; the error that it is to fail with. `detail` is for the log.
static int record(const char *function, const std::string &detail = "") {
  if (isQuiet)
    return 0;
  std::lock_guard<std::mutex> lock(fake.mutex);
  fake.calls.push_back(function);
  writeLog(function + (detail.empty() ? "" : " " + detail));
  return fake.failing == function ? 700 : 0;
}

/// A launch with the bytes that its parameters have now.
static FakeLaunch makeLaunch(const KernelNodeParams &given) {
  const std::string &symbol = given.function->symbol;
  FakeLaunch launch{symbol,      getCurrentContext(), given.grid,
                    given.block, given.sharedBytes,   /*stream=*/nullptr,
                    {}};
  void **param = given.params;
  for (size_t bytes : fake.paramBytes[symbol])
    launch.params.emplace_back(static_cast<const char *>(*param++), bytes);
  return launch;
}

/// Does what a kernel is said to do, and remembers it.
static void run(FakeLaunch launch, void *stream) {
  std::lock_guard<std::mutex> lock(fake.mutex);
  launch.stream = stream;
  // Memory of the device is the host's.
  if (auto report = fake.reports.find(launch.symbol);
      report != fake.reports.end() && !launch.params.empty())
    *launch.get<int *>(launch.params.size() - 1) = report->second;
  fake.launches.push_back(std::move(launch));
}

extern "C" {

FakeCuda *getFakeCuda() { return &fake; }

// For Python.
void fakeCudaSetMemory(uintptr_t begin, size_t bytes, unsigned type, int device) {
  fake.elsewhere.push_back({begin, bytes, type, device});
}
void fakeCudaSetReport(const char *symbol, int value) { fake.reports[symbol] = value; }
void fakeCudaSetParamBytes(const char *symbol, unsigned params, size_t bytes) {
  fake.paramBytes[symbol].assign(params, bytes);
}
void fakeCudaSetCaptured(void *stream) { fake.captured = stream; }
int fakeCudaCountModules() { return fake.loadedModules; }
int fakeCudaCountCalls(const char *function) {
  return static_cast<int>(std::count(fake.calls.begin(), fake.calls.end(), function));
}
int fakeCudaCountLaunches() { return static_cast<int>(fake.launches.size()); }

int cuInit(unsigned) { return record("cuInit"); }

int cuGetErrorString(int error, const char **text) {
  *text = "the fake driver fails";
  return error == 700 ? 0 : 1;
}

int cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return record("cuDeviceGet");
}

int cuDeviceGetAttribute(int *value, int attribute, int) {
  *value = attribute == 16   ? fake.multiprocessors
           : attribute == 75 ? fake.major
           : attribute == 76 ? fake.minor
                             : -1;
  return record("cuDeviceGetAttribute");
}

int cuDeviceGetName(char *name, int bytes, int) {
  std::snprintf(name, bytes, "Fake device");
  return record("cuDeviceGetName");
}

int cuDevicePrimaryCtxRetain(FakeContext **context, int) {
  int error = record("cuDevicePrimaryCtxRetain");
  *context = error ? nullptr : &primaryContext;
  fake.retainedContexts += !error;
  return error;
}

int cuDevicePrimaryCtxRelease_v2(int) {
  --fake.retainedContexts;
  return record("cuDevicePrimaryCtxRelease");
}

int cuCtxGetCurrent(FakeContext **context) {
  *context = getCurrentContext();
  return record("cuCtxGetCurrent");
}

int cuCtxGetDevice(int *device) {
  *device = 0;
  return record("cuCtxGetDevice");
}

int cuCtxGetId(FakeContext *context, unsigned long long *id) {
  *id = context->id;
  int error = record("cuCtxGetId");
  return context->destroyed ? 709 : error;
}

int cuCtxPushCurrent_v2(FakeContext *context) {
  currentContexts.push_back(context);
  return record("cuCtxPushCurrent");
}

int cuCtxPopCurrent_v2(FakeContext **context) {
  *context = currentContexts.back();
  currentContexts.pop_back();
  return record("cuCtxPopCurrent");
}

/// Loads nothing: remembers the image.
static int loadModule(Module **module, const void *image) {
  static Module everyModule; // whose functions are looked up by name alone
  *module = &everyModule;
  fake.images.emplace_back(static_cast<const char *>(image), 5);
  ++fake.loadedModules;
  return 0;
}

int cuModuleLoadData(Module **module, const void *image) {
  int error = record("cuModuleLoadData");
  return error ? error : loadModule(module, image);
}

int cuModuleLoadDataEx(Module **module, const void *image, unsigned optionCount,
                       const int *options, void **values) {
  int error = record("cuModuleLoadDataEx");
  for (unsigned i = 0; error && i < optionCount; ++i)
    if (options[i] == 5) // the error log
      std::strcpy(static_cast<char *>(values[i]), "ptxas fatal");
  return error ? error : loadModule(module, image);
}

int cuModuleUnload(Module *) {
  --fake.loadedModules;
  return record("cuModuleUnload");
}

int cuModuleGetFunction(Function **function, Module *, const char *symbol) {
  // Functions live for ever, as far as the fake is concerned.
  static std::map<std::string, Function> functions;
  *function = &functions.try_emplace(symbol, Function{symbol}).first->second;
  return record("cuModuleGetFunction");
}

int cuFuncSetAttribute(Function *function, int attribute, int value) {
  if (attribute == 8)
    fake.sharedBytesAttribute[function->symbol] = value;
  return record("cuFuncSetAttribute");
}

int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, Function *, int, size_t) {
  *blocks = fake.residentBlocks;
  return record("cuOccupancyMaxActiveBlocksPerMultiprocessor");
}

int cuTensorMapEncodeTiled(void *map, int type, uint32_t rank, void *address,
                           const uint64_t *sizes, const uint64_t *strides,
                           const uint32_t *box, const uint32_t *elementStrides,
                           int interleave, int swizzle, int l2Promotion, int fill) {
  if (int error = record("cuTensorMapEncodeTiled"); error || isQuiet)
    return error;
  std::lock_guard<std::mutex> lock(fake.mutex);
  uint64_t number = fake.maps.size();
  std::memset(map, 0xAB, 128);
  std::memcpy(map, &number, sizeof(number));
  fake.maps.push_back({type,
                       address,
                       {sizes, sizes + rank},
                       {strides, strides + rank - 1},
                       {box, box + rank},
                       {elementStrides, elementStrides + rank},
                       interleave,
                       swizzle,
                       l2Promotion,
                       fill});
  return 0;
}

int cuTensorMapReplaceAddress(void *map, void *address) {
  if (int error = record("cuTensorMapReplaceAddress"); error || isQuiet)
    return error;
  std::lock_guard<std::mutex> lock(fake.mutex);
  uint64_t number = 0;
  std::memcpy(&number, map, sizeof(number));
  FakeTensorMap changed = fake.maps[number];
  changed.address = address;
  number = fake.maps.size();
  std::memcpy(map, &number, sizeof(number));
  fake.maps.push_back(std::move(changed));
  return 0;
}

int cuPointerGetAttributes(unsigned count, const int *attributes, void **values,
                           uintptr_t address) {
  int error = record("cuPointerGetAttributes");
  // An allocation is 64 KiB, which it starts at a multiple of.
  constexpr size_t granule = 0x10000;
  FakeMemory memory{address / granule * granule, granule, /*type=*/2};
  for (const FakeMemory &other : fake.elsewhere)
    if (address - other.begin < other.bytes)
      memory = other;
  for (unsigned i = 0; i < count && !error; ++i)
    switch (attributes[i]) {
    case 2: // the memory's type
      *static_cast<unsigned *>(values[i]) = memory.type;
      break;
    case 8: // whether it is managed
      *static_cast<bool *>(values[i]) = memory.managed;
      break;
    case 9:
      *static_cast<int *>(values[i]) = memory.device;
      break;
    case 11:
      *static_cast<uintptr_t *>(values[i]) = memory.begin;
      break;
    case 12:
      *static_cast<size_t *>(values[i]) = memory.bytes;
      break;
    }
  return error;
}

int cuLaunchKernel(Function *function, unsigned gridX, unsigned gridY, unsigned gridZ,
                   unsigned blockX, unsigned blockY, unsigned blockZ,
                   unsigned sharedBytes, void *stream, void **params, void **extra) {
  if (isQuiet)
    return 0;
  int error = record("cuLaunchKernel", function->symbol);
  if (error || extra)
    return error ? error : 1;
  KernelNodeParams launch{
      function, {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, sharedBytes, params};
  run(makeLaunch(launch), stream);
  return 0;
}

int cuGraphCreate(Graph **graph, unsigned) {
  if (int error = record("cuGraphCreate"))
    return error;
  *graph = new Graph;
  ++fake.graphs;
  return 0;
}

int cuGraphDestroy(Graph *graph) {
  delete graph;
  --fake.graphs;
  return record("cuGraphDestroy");
}

/// Nodes are numbers from 1 on.
int cuGraphAddKernelNode_v2(size_t *node, Graph *graph, const size_t *before,
                            size_t count, const KernelNodeParams *params) {
  if (int error = record("cuGraphAddKernelNode", params->function->symbol))
    return error;
  fake.nodeOrders.emplace_back(before, before + count);
  for (size_t i = 0; i < count; ++i)
    if (before[i] == 0 || before[i] > graph->launches.size())
      return 1;
  graph->launches.push_back(makeLaunch(*params));
  *node = graph->launches.size();
  return 0;
}

int cuGraphKernelNodeSetAttribute(size_t, int attribute, const int *value) {
  if (attribute == 8)
    fake.nodePriorities.push_back(*value);
  return record("cuGraphKernelNodeSetAttribute");
}

int cuGraphInstantiateWithFlags(Graph **executable, Graph *graph, unsigned long long) {
  if (int error = record("cuGraphInstantiate"))
    return error;
  *executable = new Graph(*graph);
  ++fake.graphs;
  return 0;
}

int cuGraphExecDestroy(Graph *executable) {
  delete executable;
  --fake.graphs;
  return record("cuGraphExecDestroy");
}

int cuGraphExecKernelNodeSetParams_v2(Graph *executable, size_t node,
                                      const KernelNodeParams *params) {
  if (isQuiet)
    return 0;
  if (int error = record("cuGraphExecKernelNodeSetParams", params->function->symbol))
    return error;
  executable->launches.at(node - 1) = makeLaunch(*params);
  return 0;
}

int cuGraphLaunch(Graph *executable, void *stream) {
  if (isQuiet)
    return 0;
  std::string symbols;
  for (const FakeLaunch &launch : executable->launches)
    symbols += (symbols.empty() ? "" : " ") + launch.symbol;
  if (int error = record("cuGraphLaunch", symbols))
    return error;
  for (const FakeLaunch &launch : executable->launches)
    run(launch, stream);
  return 0;
}

int cuStreamGetId(void *stream, unsigned long long *id) {
  *id = reinterpret_cast<uintptr_t>(stream);
  return record("cuStreamGetId");
}

int cuStreamGetPriority(void *, int *priority) {
  *priority = fake.streamPriority;
  return record("cuStreamGetPriority");
}

int cuStreamGetGreenCtx(void *stream, void **green) {
  *green = stream && stream == fake.greenStream ? &fake : nullptr;
  return record("cuStreamGetGreenCtx");
}

int cuStreamIsCapturing(void *stream, int *status) {
  *status = stream && stream == fake.captured;
  return record("cuStreamIsCapturing");
}

int cuStreamSynchronize(void *) { return record("cuStreamSynchronize"); }

int cuThreadExchangeStreamCaptureMode(int *mode) {
  std::lock_guard<std::mutex> lock(fake.mutex);
  std::swap(*mode, fake.captureMode);
  return 0;
}

int cuMemAlloc_v2(uintptr_t *address, size_t bytes) {
  int error = record("cuMemAlloc", std::to_string(bytes));
  if (error)
    return error;
  constexpr size_t alignment = 256;
  void *memory =
      std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  *address = reinterpret_cast<uintptr_t>(memory);
  ++fake.allocations;
  return 0;
}

int cuMemFree_v2(uintptr_t address) {
  std::free(reinterpret_cast<void *>(address));
  --fake.allocations;
  return record("cuMemFree");
}

int cuMemcpyHtoD_v2(uintptr_t to, const void *from, size_t bytes) {
  int error = record("cuMemcpyHtoD", std::to_string(bytes));
  if (!error)
    std::memcpy(reinterpret_cast<void *>(to), from, bytes);
  return error;
}

int cuMemcpyDtoH_v2(void *to, uintptr_t from, size_t bytes) {
  int error = record("cuMemcpyDtoH", std::to_string(bytes));
  if (!error)
    std::memcpy(to, reinterpret_cast<void *>(from), bytes);
  return error;
}

int cuMemcpyDtoHAsync_v2(void *to, uintptr_t from, size_t bytes, void *) {
  int error = record("cuMemcpyDtoHAsync", std::to_string(bytes));
  if (!error)
    std::memcpy(to, reinterpret_cast<void *>(from), bytes);
  return error;
}

int cuEventCreate(Event **event, unsigned) {
  if (int error = record("cuEventCreate"))
    return error;
  static Event everyEvent;
  *event = &everyEvent;
  ++fake.events;
  return 0;
}

int cuEventDestroy_v2(Event *) {
  --fake.events;
  return record("cuEventDestroy");
}

int cuEventRecord(Event *, void *) { return record("cuEventRecord"); }

int cuEventSynchronize(Event *) { return record("cuEventSynchronize"); }

int cuEventElapsedTime(float *milliseconds, Event *, Event *) {
  *milliseconds = 1.5F;
  return record("cuEventElapsedTime");
}

} // extern "C"
