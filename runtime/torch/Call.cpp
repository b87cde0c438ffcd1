//===- Call.cpp - One call of an entry with tensors of PyTorch ------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Call.h"

#include <array>
#include <dlfcn.h>

using namespace fovea::ops;
using torch::stable::Tensor;
using torch::stable::accelerator::DeviceGuard;

namespace {

using Sizes = std::array<int64_t, mostDims>;

/// One call. Every step is false where the entry cannot take the tensors.
class Call {
public:
  Call(const Entry &entry, const Tensors &given, const CallOptions &options)
      : entry(entry), given(given), options(options) {}

  /// That the tensors are of the arguments' types and shapes, dense, in one place, and
  /// of one batch.
  bool readTensors();
  /// Makes the outputs in the inputs' place, unless they are given.
  bool allocate(Tensors &outputs);
  bool run();

private:
  bool readTensor(size_t number, const Tensor &tensor);
  bool readPlace(const Tensor &tensor);
  bool readShape(size_t number, const Tensor &tensor);
  bool joinSequences(const int64_t *sizes);
  bool countRows(const Argument &argument, int64_t rows);
  bool allocate(size_t number, Tensors &outputs);
  bool runOnCpu() const;
  bool launch() const;
  bool launch(void *stream) const;
  bool setWorkspace(fovea_call_t &call, std::optional<Tensor> &made) const;

  const Entry &entry;
  const Tensors &given;
  const CallOptions &options;
  int32_t deviceType = 0, deviceIndex = 0;
  /// Unknown while negative.
  int64_t tokens = -1, keyTokens = -1, pages = -1, ends = -1;
  /// Of arrays that have both as dimensions; there are none where negative.
  int64_t sequences = -1, tokensOfEach = -1;
  bool hasJoined = false, hasPacked = false;
  std::array<fovea_tensor_t, mostArguments> tensors;
  std::array<Sizes, mostArguments> shapes;
};

} // namespace

/// PyTorch's current stream of a device, by the CUDA part of PyTorch, which is loaded
/// before there is a tensor on a device, and which this library must do without
/// elsewhere.
static bool getCurrentStream(int32_t device, void *&stream) {
  using Ask = AOTITorchError (*)(int32_t, void **);
  static const Ask ask = [] {
    void *library = dlopen("libtorch_cuda.so", RTLD_LAZY | RTLD_NOLOAD);
    void *found =
        library ? dlsym(library, "aoti_torch_get_current_cuda_stream") : nullptr;
    return reinterpret_cast<Ask>(found);
  }();
  return ask && ask(device, &stream) == AOTI_TORCH_SUCCESS;
}

bool Call::readTensors() {
  if (given.size() != (options.isWhole ? entry.arguments.size() : entry.inputCount))
    return false;
  auto tensor = given.begin();
  for (size_t i = 0; i < entry.arguments.size(); ++i)
    if (options.isWhole || !entry.arguments[i].output)
      if (!readTensor(i, *tensor++))
        return false;
  return !hasJoined || (options.joins && !hasPacked);
}

bool Call::readTensor(size_t number, const Tensor &tensor) {
  const Argument &argument = entry.arguments[number];
  int32_t type = -1;
  if (aoti_torch_get_dtype(tensor.get(), &type) != AOTI_TORCH_SUCCESS ||
      type != argument.torchType || !tensor.is_contiguous() || !readPlace(tensor) ||
      !readShape(number, tensor))
    return false;
  // The runtime, and the CPU's functions, check addresses themselves.
  tensors[number].data = tensor.data_ptr();
  return true;
}

bool Call::readPlace(const Tensor &tensor) {
  int32_t type = -1, index = -1;
  if (aoti_torch_get_device_type(tensor.get(), &type) != AOTI_TORCH_SUCCESS ||
      aoti_torch_get_device_index(tensor.get(), &index) != AOTI_TORCH_SUCCESS)
    return false;
  if (&tensor == &given.front()) {
    deviceType = type;
    deviceIndex = index;
    return type == (entry.onCuda ? aoti_torch_device_type_cuda()
                                 : aoti_torch_device_type_cpu());
  }
  return type == deviceType && index == deviceIndex;
}

bool Call::readShape(size_t number, const Tensor &tensor) {
  const Argument &argument = entry.arguments[number];
  size_t rank = argument.shape.size(), dims = static_cast<size_t>(tensor.dim());
  const int64_t *sizes = tensor.sizes().data();
  bool isJoined = argument.isPerToken() && dims == rank + 1;
  if (dims != rank && !isJoined)
    return false;
  Sizes &shape = shapes[number];
  std::copy(sizes + isJoined, sizes + dims, shape.begin());
  if (isJoined) {
    if (!joinSequences(sizes))
      return false;
    shape[0] *= sizes[0];
  }
  hasJoined |= isJoined;
  hasPacked |= argument.isPerToken() && !isJoined;
  for (size_t i = 0; i < rank; ++i)
    if (argument.shape[i] != -1 && argument.shape[i] != shape[i])
      return false;
  tensors[number] = {nullptr, argument.type, static_cast<uint32_t>(rank), shape.data()};
  return rank == 0 || countRows(argument, shape[0]);
}

bool Call::joinSequences(const int64_t *sizes) {
  if (sequences < 0) {
    sequences = sizes[0];
    tokensOfEach = sizes[1];
  }
  return sizes[0] == sequences && sizes[1] == tokensOfEach;
}

bool Call::countRows(const Argument &argument, int64_t rows) {
  switch (argument.rows) {
  case FOVEA_ROWS_STATIC:
    return true;
  case FOVEA_ROWS_TOKENS:
  case FOVEA_ROWS_KEY_TOKENS: {
    bool isOfKeys = argument.rows == FOVEA_ROWS_KEY_TOKENS;
    int64_t &count = isOfKeys ? keyTokens : tokens;
    // Of keys that lie in pages their table alone says how many there are at most.
    if (count < 0 && (argument.tokensPerRow == 1 || (isOfKeys && !entry.hasRowPerKey)))
      count = (rows + 1) * argument.tokensPerRow - 1;
    return count >= 0 && rows == count / argument.tokensPerRow;
  }
  case FOVEA_ROWS_SEQUENCES:
    ends = ends < 0 ? rows + 1 : ends;
    return rows + 1 == ends;
  case FOVEA_ROWS_SEQUENCE_ENDS:
  case FOVEA_ROWS_KEY_SEQUENCE_ENDS:
    ends = ends < 0 ? rows : ends;
    return rows > 0 && rows == ends;
  case FOVEA_ROWS_PAGES:
    pages = pages < 0 ? rows : pages;
    return rows == pages;
  }
  return false;
}

bool Call::allocate(Tensors &outputs) {
  for (size_t i = 0; i < entry.arguments.size(); ++i)
    if (!options.isWhole && entry.arguments[i].output && !allocate(i, outputs))
      return false;
  return true;
}

bool Call::allocate(size_t number, Tensors &outputs) {
  const Argument &argument = entry.arguments[number];
  size_t rank = argument.shape.size();
  Sizes &shape = shapes[number];
  std::copy(argument.shape.begin(), argument.shape.end(), shape.begin());
  if (rank != 0 && shape[0] == -1) {
    int64_t count = argument.rows == FOVEA_ROWS_TOKENS       ? tokens
                    : argument.rows == FOVEA_ROWS_KEY_TOKENS ? keyTokens
                    : argument.rows == FOVEA_ROWS_SEQUENCES  ? ends - 1
                    : argument.rows == FOVEA_ROWS_PAGES      ? pages
                                                             : ends;
    if (count < 0)
      return false;
    shape[0] = count / argument.tokensPerRow;
  }
  // What PyTorch is to see of it.
  std::array<int64_t, mostDims + 1> sizes, strides;
  bool isJoined = hasJoined && argument.isPerToken();
  std::copy_n(shape.begin(), rank, sizes.begin() + isJoined);
  if (isJoined) {
    sizes[0] = sequences;
    sizes[1] = tokensOfEach;
  }
  size_t dims = rank + isJoined;
  for (int64_t i = static_cast<int64_t>(dims) - 1, stride = 1; i >= 0; --i) {
    strides[i] = stride;
    stride *= std::max<int64_t>(sizes[i], 1);
  }
  AtenTensorHandle made = nullptr;
  if (aoti_torch_empty_strided(static_cast<int64_t>(dims), sizes.data(), strides.data(),
                               argument.torchType, deviceType, deviceIndex,
                               &made) != AOTI_TORCH_SUCCESS)
    return false;
  outputs.emplace_back(made);
  tensors[number] = {outputs.back().data_ptr(), argument.type,
                     static_cast<uint32_t>(rank), shape.data()};
  return true;
}

bool Call::run() { return entry.handle ? launch() : runOnCpu(); }

bool Call::runOnCpu() const {
  if (entry.mostTokens >= 0 && tokens > entry.mostTokens)
    return false;
  // As docs/cpu-object.md says of them.
  std::array<int64_t, 4 + mostArguments> fields;
  size_t count = 0;
  fields[count++] = std::max<int64_t>(tokens, 0);
  fields[count++] = ends < 0 ? 0 : ends - 1;
  if (entry.countsKeys)
    fields[count++] = std::max<int64_t>(keyTokens, 0);
  if (entry.countsPages)
    fields[count++] = std::max<int64_t>(pages, 0);
  for (size_t i = 0; i < entry.arguments.size(); ++i)
    fields[count++] = reinterpret_cast<intptr_t>(tensors[i].data);
  return entry.function(fields.data()) == 0;
}

bool Call::launch() const {
  if (!entry.onCuda)
    return launch(nullptr);
  void *stream = nullptr;
  if (!getCurrentStream(deviceIndex, stream))
    return false;
  // The runtime launches into the current context.
  if (torch::stable::accelerator::getCurrentDeviceIndex() == deviceIndex)
    return launch(stream);
  DeviceGuard guard(deviceIndex);
  return launch(stream);
}

bool Call::launch(void *stream) const {
  fovea_call_t call = {};
  call.tensors = tensors.data();
  call.tensor_count = entry.arguments.size();
  call.stream = stream;
  if (!options.workspace &&
      entry.runtime.workspace_bytes(entry.handle, call.tensors, call.tensor_count,
                                    &call.workspace_bytes) != FOVEA_OK)
    return false;
  // What PyTorch frees goes to what follows on the same stream, so it may be freed as
  // soon as the kernels are in the stream.
  std::optional<Tensor> made;
  return setWorkspace(call, made) &&
         entry.runtime.launch(entry.handle, &call) == FOVEA_OK;
}

/// The one that is given, or of the bytes that `call` asks for.
bool Call::setWorkspace(fovea_call_t &call, std::optional<Tensor> &made) const {
  if (const Tensor *workspace = options.workspace) {
    int32_t type = -1, index = -1;
    if (aoti_torch_get_device_type(workspace->get(), &type) != AOTI_TORCH_SUCCESS ||
        aoti_torch_get_device_index(workspace->get(), &index) != AOTI_TORCH_SUCCESS ||
        type != deviceType || index != deviceIndex || !workspace->is_contiguous())
      return false;
    call.workspace = workspace->data_ptr();
    call.workspace_bytes =
        static_cast<size_t>(workspace->numel()) * workspace->element_size();
    return true;
  }
  if (call.workspace_bytes == 0)
    return true;
  auto bytes = static_cast<int64_t>(call.workspace_bytes);
  int64_t stride = 1;
  AtenTensorHandle allocated = nullptr;
  if (aoti_torch_empty_strided(1, &bytes, &stride, aoti_torch_dtype_uint8(), deviceType,
                               deviceIndex, &allocated) != AOTI_TORCH_SUCCESS)
    return false;
  call.workspace = made.emplace(allocated).data_ptr();
  return true;
}

bool fovea::ops::callEntry(const Entry &entry, const Tensors &tensors, Tensors &outputs,
                           const CallOptions &options) {
  Call call(entry, tensors, options);
  return call.readTensors() && call.allocate(outputs) && call.run();
}
