//===- LaunchEntry.cpp - From a call to kernels on a stream ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LaunchEntry.h"
#include "CheckArguments.h"
#include "TensorMap.h"

#include <algorithm>
#include <cstring>

using namespace fovea::rt;

namespace {

/// A kernel's parameters as the driver takes them: one address per parameter. It is
/// filled once to its full size, so that addresses stay.
class PackedParams {
public:
  explicit PackedParams(const std::vector<Param> &params) {
    size_t maps = std::count_if(params.begin(), params.end(), [](const Param &param) {
      return param.kind == Param::Kind::TensorMap;
    });
    this->maps.reserve(maps);
    words.reserve(params.size() - maps);
    addresses.reserve(params.size());
  }

  PackedParams(PackedParams &&) = default; // a copy would point into the original
  PackedParams &operator=(PackedParams &&) = default;

  template <typename T> void add(T value) {
    static_assert(sizeof(T) <= sizeof(uint64_t), "a parameter of one word");
    std::memcpy(&words.emplace_back(0), &value, sizeof(T));
    addresses.push_back(&words.back());
  }
  TensorMap &addTensorMap() {
    addresses.push_back(&maps.emplace_back());
    return maps.back();
  }
  void **getAddresses() { return addresses.data(); }

private:
  std::vector<TensorMap> maps;
  std::vector<uint64_t> words;
  std::vector<void *> addresses;
};

/// A kernel that is ready to be launched.
struct PackedLaunch {
  const Kernel *kernel;
  CudaFunction function;
  unsigned blocks;
  PackedParams params;
};

/// One call of an entry: what launches are made of.
class Call {
public:
  Call(const Bundle &bundle, const Entry &entry, const fovea_call_t &call)
      : bundle(bundle), entry(entry), call(call) {}

  /// Checks the caller's tensors and workspace and evaluates the program.
  Status check();
  /// Appends launch `number`, if it has any programs.
  Status pack(size_t number, const Driver &driver, const LoadedKernels &loaded,
              std::vector<PackedLaunch> &launches) const;

private:
  ArrayView getArray(const Operand &operand) const;
  Status packParam(const Driver &driver, const Param &param, const Launch &launch,
                   const Grid &grid, PackedParams &params) const;
  Status packScalar(ScalarType type, int64_t value, PackedParams &params) const;
  /// An address that is neither null nor misaligned, for maps of arrays that are empty.
  void *getAnyAddress() const;

  const Bundle &bundle;
  const Entry &entry;
  const fovea_call_t &call;
  std::vector<Shape> shapes;
  Evaluation evaluation;
};

} // namespace

static bool isEmpty(const Shape &shape) {
  auto end = shape.sizes.begin() + shape.rank;
  return std::find(shape.sizes.begin(), end, 0) != end;
}

Status Call::check() {
  Status status = checkShapes(entry, call.tensors, call.tensor_count, shapes);
  if (!status.failed())
    status = evaluate(entry, shapes, evaluation);
  if (!status.failed())
    status = checkMemory(entry, call, evaluation.workspace.bytes);
  return status;
}

ArrayView Call::getArray(const Operand &operand) const {
  ArrayView view;
  if (operand.kind == Operand::Kind::Argument) {
    view.address = call.tensors[operand.number].data;
    view.type = entry.arguments[operand.number].type;
    view.shape = shapes[operand.number];
  } else {
    view.type = entry.workspace[operand.number].type;
    view.shape = evaluation.workspaceShapes[operand.number];
    if (!isEmpty(view.shape))
      view.address = static_cast<char *>(call.workspace) +
                     evaluation.workspace.offsets[operand.number];
  }
  return view;
}

void *Call::getAnyAddress() const {
  if (evaluation.workspace.bytes != 0)
    return call.workspace;
  for (size_t i = 0; i < shapes.size(); ++i)
    if (!isEmpty(shapes[i]))
      return call.tensors[i].data;
  return reinterpret_cast<void *>(workspaceAlignment); // NOLINT: no array has one
}

Status Call::packScalar(ScalarType type, int64_t value, PackedParams &params) const {
  switch (type) {
  case ScalarType::I64:
    params.add(value);
    break;
  case ScalarType::F32:
    params.add(static_cast<float>(value));
    break;
  case ScalarType::I32:
    if (value < INT32_MIN || value > INT32_MAX)
      return invalidArgument(format("expected a value of 32 bits, got %lld: the arrays "
                                    "are too large",
                                    static_cast<long long>(value)));
    params.add(static_cast<int32_t>(value));
    break;
  }
  return {};
}

Status Call::packParam(const Driver &driver, const Param &param, const Launch &launch,
                       const Grid &grid, PackedParams &params) const {
  if (param.kind == Param::Kind::Programs) {
    params.add(
        static_cast<int32_t>(param.axis < maxGridRank ? grid.sizes[param.axis] : 1));
    return {};
  }
  const Operand &operand = launch.operands[param.argument];
  if (param.kind == Param::Kind::Scalar)
    return packScalar(param.type, evaluation.values[operand.number], params);
  ArrayView view = getArray(operand);
  if (param.kind == Param::Kind::Pointer) {
    params.add(view.address);
    return {};
  }
  if (param.kind == Param::Kind::Size) {
    params.add(view.shape.sizes[param.axis]);
    return {};
  }
  if (isEmpty(view.shape))
    view.address = getAnyAddress();
  Status status = encodeTensorMap(driver, param, view, params.addTensorMap());
  return status.at(operand.kind == Operand::Kind::Argument
                       ? "argument '" + entry.arguments[operand.number].name + "'"
                       : format("intermediate %u", operand.number));
}

Status Call::pack(size_t number, const Driver &driver, const LoadedKernels &loaded,
                  std::vector<PackedLaunch> &launches) const {
  const Launch &launch = entry.launches[number];
  const Grid &grid = evaluation.grids[number];
  if (grid.programs == 0)
    return {};
  const Kernel &kernel = bundle.program.kernels[launch.kernel];
  const LoadedKernel &ready = loaded.kernels[launch.kernel];
  PackedParams params(kernel.params);
  for (const Param &param : kernel.params)
    if (Status status = packParam(driver, param, launch, grid, params); status.failed())
      return status.at(entry.name + ", kernel " + kernel.name);
  auto blocks = static_cast<unsigned>(std::min(grid.programs, ready.maxBlocks));
  launches.push_back({&kernel, ready.function, blocks, std::move(params)});
  return {};
}

Status fovea::rt::queryWorkspace(const Entry &entry, const fovea_tensor_t *tensors,
                                 size_t count, size_t &bytes) {
  std::vector<Shape> shapes;
  Evaluation evaluation;
  Status status = checkShapes(entry, tensors, count, shapes);
  if (!status.failed())
    status = evaluate(entry, shapes, evaluation);
  if (!status.failed())
    bytes = evaluation.workspace.bytes;
  return status;
}

Status fovea::rt::prepareBundle(Bundle &bundle) {
  const Driver *driver = nullptr;
  if (Status status = getDriver(driver); status.failed())
    return status;
  CurrentContext context(*driver);
  if (Status status = context.enter(bundle.kernels); status.failed())
    return status;
  const LoadedKernels *loaded = nullptr;
  return bundle.kernels.get(*driver, bundle.program, bundle.bytes, loaded);
}

Status fovea::rt::launchEntry(Bundle &bundle, const Entry &entry,
                              const fovea_call_t &call, LaunchRange range) {
  if (range.first > range.last || range.last > entry.launches.size())
    return invalidArgument(entry.name +
                           format(": expected a range of %zu launches, got "
                                  "%zu to %zu",
                                  entry.launches.size(), range.first, range.last));
  Call checked(bundle, entry, call);
  Status status = checked.check();
  if (status.failed())
    return status;
  const Driver *driver = nullptr;
  if (status = getDriver(driver); status.failed())
    return status;
  CurrentContext context(*driver);
  if (status = context.enter(bundle.kernels); status.failed())
    return status;
  const LoadedKernels *loaded = nullptr;
  status = bundle.kernels.get(*driver, bundle.program, bundle.bytes, loaded);
  std::vector<PackedLaunch> launches;
  for (size_t i = range.first; i < range.last && !status.failed(); ++i)
    status = checked.pack(i, *driver, *loaded, launches);
  for (size_t i = 0; i < launches.size() && !status.failed(); ++i) {
    PackedLaunch &launch = launches[i];
    CudaResult result = driver->cuLaunchKernel(
        launch.function, launch.blocks, 1, 1, launch.kernel->threads, 1, 1,
        launch.kernel->sharedBytes, call.stream, launch.params.getAddresses(), nullptr);
    status = driver->check(result, "cuLaunchKernel")
                 .at(entry.name + ", kernel " + launch.kernel->name);
  }
  return status;
}
